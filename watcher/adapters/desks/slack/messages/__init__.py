"""What Slack shows: every message and window as blocks."""
