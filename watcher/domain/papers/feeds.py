"""The state in which a feed was found, the report about it, and the span of a backfill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from watcher.domain.errors import Misuse
from watcher.domain.papers.paper import Announcement


class SourceState(StrEnum):
    """The state of a feed after an attempt to read it; only STALLED and FAILED raise an alarm."""

    FRESH = "fresh"
    WAITING = "waiting"
    QUIET = "quiet"
    STALLED = "stalled"
    FAILED = "failed"
    COMPLETE = "complete"  # a catch-up came to its end: nothing announced is missing
    PARTIAL = "partial"  # it came to its end, but announcement days are left that it did not reach over


@dataclass(frozen=True, slots=True)
class FeedReport:
    """The result of reading one feed in one run: `entries` in the document, `new` ones that were not stored yet, and
    `revised` ones that announce a further version of a paper.
    """

    name: str
    state: SourceState
    entries: int = 0
    new: int = 0
    error: str = ""
    revised: int = 0

    @property
    def trouble(self) -> str:
        """The problem with reading the feed on one line; "" if there was none."""
        if self.state in {SourceState.FAILED, SourceState.STALLED} or self.error:
            return f"{self.name} {self.state}: {self.error or 'no new batch on a day that should bring one'}"
        return ""


@dataclass(frozen=True, slots=True)
class History:
    """A request for the papers of some categories first announced from `since` to `until`, both included."""

    since: date
    until: date
    categories: frozenset[str]

    def __post_init__(self) -> None:
        """Raises Misuse if the range is empty."""
        if self.until < self.since:
            raise Misuse(
                f"the span ends before it begins: {self.since} to {self.until}", remedy="swap --from and --until"
            )

    def holds(self, announcement: Announcement) -> bool:
        """Whether an announcement belongs to the range of this backfill.

        The source is asked for what was announced since `since`, so only `until` is checked here, by the day of
        submission: no source states the day of a past announcement. Replacements do not belong, because nobody watched
        their papers then.
        """
        submitted = announcement.paper.published
        return announcement.announce_type.is_news and (submitted is None or submitted <= self.until)
