"""Clients of web services for data about papers: arXiv's search API, Semantic Scholar, OpenAlex, Crossref, Hugging
Face, GitHub.
"""
