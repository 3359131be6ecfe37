"""Summaries: the texts of a catalog row that a model writes, and the rules they must follow."""
