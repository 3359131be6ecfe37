"""Summaries: the Japanese texts of a catalog row, and the rules they must follow."""
