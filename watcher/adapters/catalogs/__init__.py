"""The catalog, a Markdown list of papers to which approved papers are added, committed with git."""
