"""The reminder of cards that have waited too long for a decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Overdue:
    """A card that waits for a decision: `posted` is when it was first shown, `put_off` whether a
    curator chose "later".
    """

    title: str
    url: str
    score: int | None
    posted: datetime
    put_off: bool


@dataclass(frozen=True, slots=True)
class Reminder:
    """The list of cards that have waited for more than `days` days, oldest first; one for each day and topic."""

    day: date
    topic: str
    days: int
    cards: tuple[Overdue, ...]

    @property
    def key(self) -> str:
        """The key of this message in the outbox; for each key one message is sent, so one for each day and topic."""
        return f"reminder/{self.topic}/{self.day.isoformat()}"
