"""Renders every Slack message, modal window and Home tab as Block Kit blocks."""
