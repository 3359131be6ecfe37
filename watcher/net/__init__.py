"""HTTP client with limits on time and size of whole exchanges."""
