"""What we watch: categories, keyword groups, thresholds and written criteria."""

from __future__ import annotations

from dataclasses import dataclass

from watcher.domain.paper import AnnounceType


@dataclass(frozen=True, slots=True)
class KeywordGroup:
    """Keywords that say one thing. Any keyword of any group passes a paper; `priority` 0 is scored first."""

    name: str
    priority: int
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """One subject of interest. `post_at` is the score from which a card is posted, `fold_at` the
    score from which a paper is at least named in the digest's fold. `channel` and `catalog` are where its cards and
    rows go, `team` is the workspace whose people see it; empty where the deployment's own serve it.
    """

    slug: str
    title: str
    categories: frozenset[str]
    announce: frozenset[AnnounceType]
    post_at: int
    fold_at: int
    groups: tuple[KeywordGroup, ...]
    criteria: str
    channel: str = ""
    catalog: str = ""
    team: str = ""
