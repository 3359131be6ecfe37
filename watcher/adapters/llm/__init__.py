"""Clients of language models: for any server with OpenAI's API, for replies recorded in a file, and a cache around
either.
"""
