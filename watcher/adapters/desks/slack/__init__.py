"""The Slack desk: cards and digests are channel messages, decisions are button clicks."""
