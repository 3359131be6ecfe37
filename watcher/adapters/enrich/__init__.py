"""Clients of web services for data about papers: Semantic Scholar, OpenAlex, Crossref, Hugging Face, GitHub."""
