"""Runs a deployment: scheduler, recurring jobs, Slack and web pages, and monitoring, in one process or several."""
