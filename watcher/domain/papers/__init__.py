"""Papers and their announcements, topics that are watched, feeds, and arXiv's announcement days."""
