"""The state in which a feed was found, and the report about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SourceState(StrEnum):
    """The state of a feed; only STALLED and FAILED raise an alarm."""

    FRESH = "fresh"
    WAITING = "waiting"
    QUIET = "quiet"
    STALLED = "stalled"
    FAILED = "failed"
    COMPLETE = "complete"  # a catch-up came to its end: nothing announced is missing
    PARTIAL = "partial"  # it came to its end, but announcement days are left that it did not reach over


@dataclass(frozen=True, slots=True)
class FeedReport:
    """The result of reading one feed in one run: `entries` in the document, `new` ones that were not stored yet."""

    name: str
    state: SourceState
    entries: int = 0
    new: int = 0
    error: str = ""

    @property
    def trouble(self) -> str:
        """The problem with the feed on one line; "" if there was none."""
        if self.state in {SourceState.FAILED, SourceState.STALLED} or self.error:
            return f"{self.name} {self.state}: {self.error or 'no new batch on a day that should bring one'}"
        return ""
