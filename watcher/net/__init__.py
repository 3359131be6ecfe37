"""HTTP client whose timeout limits the duration of the whole exchange."""
