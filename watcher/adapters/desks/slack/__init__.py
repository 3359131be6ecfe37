"""Slack as a user interface for curators: papers and daily summaries are channel messages, decisions are button clicks
or reactions.
"""
