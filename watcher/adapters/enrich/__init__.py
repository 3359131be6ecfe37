"""Clients of services that know more about papers: arXiv's search API, Semantic Scholar, OpenAlex, Hugging Face,
GitHub.
"""
