"""Calls of Slack's Web API: client, channels, people."""
