"""A deployment that lives for a year within minutes: its world, what goes wrong in it, and what must hold every day."""
