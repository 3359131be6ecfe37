"""What is asked of the memory about arXiv's announcement days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from watcher.domain.card import FeedReport
from watcher.domain.days import Account, FeedRole, Span
from watcher.domain.paper import PaperId


class DayStore(Protocol):
    """The part of the memory that accounts for announcement days."""

    def add_readings(
        self, reports: Sequence[FeedReport], run: str, at: datetime, roles: Sequence[FeedRole] | None = None
    ) -> None:
        """Add how every feed did in a run, each in its role (by default one that says nothing of days)."""
        ...

    def add_span(self, span: Span, role: FeedRole, run: str, at: datetime) -> None:
        """Add the fact that announcement days are accounted for, by feeds, by the full list or by history."""
        ...

    def account(self, now: datetime) -> Account:
        """Everything known of announcement days, as of a moment."""
        ...

    def watched_before(self) -> bool:
        """Whether a configured feed was ever read."""
        ...

    def fresh_on(self, now: datetime) -> frozenset[str]:
        """The feeds that were read fresh and to the last entry on the feed day of a moment."""
        ...

    def known_before(self, papers: Sequence[PaperId], batch: datetime, now: datetime) -> frozenset[PaperId]:
        """Which of these papers had been announced to us before a batch was; or later than `now`, when a clock was
        ahead.
        """
        ...
