"""What happens when somebody clicks, types or opens a tab in Slack."""
