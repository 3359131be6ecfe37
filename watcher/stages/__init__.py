"""The stages of the pipeline, one module each, recording one kind of fact each: collect, screen, triage, score,
summarize, post, decide, catalog.

Their order is in watcher/pipeline/pipeline.py. Stages do not import each other and use the outside world only through
watcher/ports.
"""
