"""The schema migrations, in the order of their numbers."""
