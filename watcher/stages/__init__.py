"""One stage = one verb = one file = one fact: collect, screen, score, summarize, post, decide, catalog.

The order stands in watcher/pipeline/pipeline.py. Stages do not know each other and see the world only through watcher/ports.py.
"""
