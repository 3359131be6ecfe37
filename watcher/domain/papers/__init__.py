"""Papers, topics, feeds and announcement days."""
