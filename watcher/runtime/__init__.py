"""What runs when, and in which thread or process."""
