"""What a desk says of cards that have waited for a verdict too long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Overdue:
    """A card that still waits: `posted` is when it was shown first, `put_off` whether a curator said later."""

    title: str
    url: str
    score: int
    posted: datetime
    put_off: bool


@dataclass(frozen=True, slots=True)
class Reminder:
    """One day's list of cards older than `days`, oldest first."""

    day: date
    topic: str
    days: int
    cards: tuple[Overdue, ...]

    @property
    def key(self) -> str:
        """The outbox key: one a day and topic."""
        return f"reminder/{self.topic}/{self.day.isoformat()}"
