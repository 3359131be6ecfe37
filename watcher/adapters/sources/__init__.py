"""Everything that reads announcements: arXiv's feeds and files of papers."""
