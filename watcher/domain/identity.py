"""Whether two titles of one arXiv id belong to the same work."""

from __future__ import annotations

from difflib import SequenceMatcher

from watcher.domain.text import fold

# Authors may replace a paper by another one under the same id (info.arxiv.org/help/versions).
_ALIKE = 0.6  # ratio of matching characters


def same_work(before: str, after: str) -> bool:
    """Whether a later title is similar enough to the earlier one, ignoring case and white space."""
    return SequenceMatcher(None, fold(before).lower(), fold(after).lower(), autojunk=False).ratio() >= _ALIKE
