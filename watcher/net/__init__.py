"""HTTP within limits of time and size."""
