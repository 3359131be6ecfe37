"""Adapters of the catalog, the document to which approved papers are added: a Markdown file, committed with git."""
