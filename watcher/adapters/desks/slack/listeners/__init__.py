"""Handlers of Slack events: clicks, commands, reactions, and opening the Home tab."""
