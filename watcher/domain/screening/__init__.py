"""Which papers are put to the model, and how well that choice does."""
