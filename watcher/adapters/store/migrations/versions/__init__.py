"""Every schema change, numbered."""
