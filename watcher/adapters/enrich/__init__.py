"""Clients of services that have metadata and figures about papers: arXiv's search API, Semantic Scholar, OpenAlex,
Hugging Face, GitHub.
"""
