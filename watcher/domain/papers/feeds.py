"""How a feed was found: its state, and what it announced."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SourceState(StrEnum):
    """What a feed's answer means; only STALLED and FAILED alarm."""

    FRESH = "fresh"
    WAITING = "waiting"
    QUIET = "quiet"
    STALLED = "stalled"
    FAILED = "failed"
    COMPLETE = "complete"  # a catch-up came to its end: nothing announced is missing
    PARTIAL = "partial"  # it came to its end, but announcement days are left that it did not reach over


@dataclass(frozen=True, slots=True)
class FeedReport:
    """How one feed did in one run: `entries` in the document, `new` of them unknown to the store."""

    name: str
    state: SourceState
    entries: int = 0
    new: int = 0
    error: str = ""

    @property
    def trouble(self) -> str:
        """What to tell of it, in a line; "" when all was well."""
        if self.state in {SourceState.FAILED, SourceState.STALLED} or self.error:
            return f"{self.name} {self.state}: {self.error or 'no new batch on a day that should bring one'}"
        return ""
