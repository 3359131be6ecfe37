"""Transports by which Slack's events arrive: Socket Mode or HTTP, for one workspace or several."""
