"""The Slack desk: digest and cards as messages, decisions as button clicks over Socket Mode."""
