"""Two titles of a paper to whether they may name the same work."""

from __future__ import annotations

from difflib import SequenceMatcher

from watcher.domain.text import fold

_ALIKE = 0.6  # arXiv's ids may be given to another paper by a replacement (info.arxiv.org/help/versions)


def same_work(before: str, after: str) -> bool:
    """Whether a later title is near enough to the earlier one, case and white space aside."""
    return SequenceMatcher(None, fold(before).lower(), fold(after).lower(), autojunk=False).ratio() >= _ALIKE
