"""What is asked of services that count citations, upvotes and stars, and of the memory of what they said."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from watcher.domain.catalog.attention import Signal
from watcher.domain.facts import Enrichment
from watcher.domain.papers.paper import PaperId


class Enricher(Protocol):
    """A service that counts something about papers."""

    name: str

    def signals(
        self, papers: Sequence[PaperId], known: Mapping[PaperId, Sequence[Signal]], now: datetime
    ) -> Sequence[Signal]:
        """What it says of these papers; `known` is what others said. Raises FeedError."""
        ...


class SignalStore(Protocol):
    """What services said, kept with its source and time. Every method is one transaction."""

    def add_signals(self, signals: Sequence[Signal]) -> None:
        """Keep what a service said."""
        ...

    def signals(self, papers: Collection[PaperId], since: datetime | None = None) -> Sequence[Signal]:
        """The latest signal of every source for each of these papers (after a moment, or ever)."""
        ...

    def add_enrichments(self, found: Mapping[int, Enrichment], run: str, at: datetime) -> None:
        """Add what the services' figures make of candidates' cells; one that stands stays as it is."""
        ...
