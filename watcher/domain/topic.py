"""What we watch: categories, keyword groups, thresholds and written criteria."""

from __future__ import annotations

from dataclasses import dataclass

from watcher.domain.paper import AnnounceType, Paper


@dataclass(frozen=True, slots=True)
class KeywordGroup:
    """Keywords that say one thing. Any keyword of any group passes a paper where keywords alone decide; those of
    `priority` 0 always do, and are scored first.
    """

    name: str
    priority: int
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Theme:
    """Phrases that say one thing of what the topic is about; a learned prefilter weighs them. What belongs to the topic
    ties a `crossed` theme to another one.
    """

    name: str
    phrases: tuple[str, ...]
    crossed: bool = False


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
    themes: tuple[Theme, ...] = ()

    def takes(self, announce_type: AnnounceType, paper: Paper) -> bool:
        """Whether a paper announced in this way is to be looked at."""
        return announce_type in self.announce and not self.categories.isdisjoint(paper.categories)
