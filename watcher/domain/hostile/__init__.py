"""Detection of prompt injection and other hostile text in papers, and framing of untrusted text in prompts."""
