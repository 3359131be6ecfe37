"""What is asked of services that count citations, upvotes and stars, and of the memory of what they said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from watcher.domain.catalog.attention import Signal
from watcher.domain.papers.paper import PaperId


class Enricher(Protocol):
    """A service that counts something about papers."""

    name: str

    def signals(
        self, papers: Sequence[PaperId], known: Mapping[PaperId, Sequence[Signal]], now: datetime
    ) -> Sequence[Signal]:
        """What it says of these papers; `known` is what others said. Raises FeedError."""
        ...
