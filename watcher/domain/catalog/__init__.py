"""The catalog's entries, what is found wrong with them, and proposals to change them."""
