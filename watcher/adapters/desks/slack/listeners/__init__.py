"""Listeners for Slack events: what is done when somebody clicks, types a command, or opens the Home tab."""
