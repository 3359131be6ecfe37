"""The stages of the pipeline, one per file, each recording one kind of fact: collect, screen, triage, score, summarize,
post, decide, catalog.

Their order is in watcher/pipeline/pipeline.py. Stages do not import each other and use the outside world only through
watcher/ports.
"""
