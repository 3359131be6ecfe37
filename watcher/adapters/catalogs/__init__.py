"""Documents that approved papers extend: the Markdown catalog, committed with git."""
