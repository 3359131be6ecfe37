"""Literature watcher: papers from arXiv's feeds are screened, scored and summarized, and curators add them to a
catalog.
"""

__version__ = "0.1.0"
