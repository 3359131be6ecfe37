"""The catalog (the group's Markdown list of papers): its entries, checks of them, and proposals to correct them."""
