"""Merges announcements of the same paper version from several feeds into one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from watcher.domain.paper import Announcement, PaperId


def unite(first: Announcement, second: Announcement) -> Announcement:
    """Merge two announcements of the same paper version: all categories, and the stronger announce_type.

    arXiv's announce_type depends on the category asked for: a paper that is `cross` in one feed may be `new` in
    another. If both are equal, the first announcement is kept.
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
    """One announcement for each (paper, version), in the order of first occurrence."""
    merged: dict[tuple[PaperId, int], Announcement] = {}
    for announcement in announcements:
        key = (announcement.paper.id, announcement.paper.version)
        merged[key] = unite(merged[key], announcement) if key in merged else announcement
    return list(merged.values())
