"""Catalogs, the documents to which approved papers are added: a Markdown file, committed with git."""
