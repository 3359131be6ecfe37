"""The line from feed entry to catalog row."""
