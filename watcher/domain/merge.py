"""Several feeds' announcements into one per paper version: categories united, the strongest announce_type kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from watcher.domain.paper import Announcement, PaperId


def unite(first: Announcement, second: Announcement) -> Announcement:
    """Two announcements of the same paper version as one.

    The stronger announce_type wins, the earlier one when they are equal: arXiv's announce_type is relative to
    the categories asked for, so a paper that is `cross` in one feed may be `new` in another.
    """
    strong, weak = (second, first) if second.announce_type.rank < first.announce_type.rank else (first, second)
    categories = tuple(dict.fromkeys(first.paper.categories + second.paper.categories))
    return replace(
        strong,
        paper=replace(strong.paper, categories=categories),
        announced_on=strong.announced_on or weak.announced_on,
        anomalies=tuple(dict.fromkeys(strong.anomalies + weak.anomalies)),
    )


def merge(announcements: Iterable[Announcement]) -> list[Announcement]:
    """One announcement per (paper, version) in the order first met, whichever feeds they came from."""
    merged: dict[tuple[PaperId, int], Announcement] = {}
    for announcement in announcements:
        key = (announcement.paper.id, announcement.paper.version)
        merged[key] = unite(merged[key], announcement) if key in merged else announcement
    return list(merged.values())
