"""What the world says of papers already in the catalog: arXiv's metadata, by id and by title."""
