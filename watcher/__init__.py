"""Watch the literature: feeds in, curated catalog rows out."""

__version__ = "0.1.0"
