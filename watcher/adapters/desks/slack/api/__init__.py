"""Calls to Slack's Web API: the client, channels, people."""
