"""The state of a feed when read, what is remembered of it, the report about it, and the range of a backfill."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from watcher.domain.errors import Misuse
from watcher.domain.papers.paper import Announcement


class SourceState(StrEnum):
    """The state of a feed after an attempt to read it, e.g. a new batch of papers (FRESH), none expected today (QUIET),
    still expected (WAITING) or overdue (STALLED). STALLED, FAILED and FORGOT are reported as failures.
    """

    FRESH = "fresh"
    WAITING = "waiting"
    QUIET = "quiet"
    STALLED = "stalled"
    FAILED = "failed"
    COMPLETE = "complete"  # a catch-up came to its end: nothing announced is missing
    FORGOT = "forgot"  # it lists nothing of what it listed before: what it listed between is not known
    PARTIAL = "partial"  # it came to its end, but announcement days are left that it did not reach over


BROKEN: Final = frozenset({SourceState.FAILED, SourceState.STALLED, SourceState.FORGOT})
"""The states of feeds of which papers may be missing."""


@dataclass(frozen=True, slots=True)
class FeedMemory:
    """What is remembered of a web feed (RSS, Atom) from its last complete reading, to recognize new papers and
    unchanged documents.

    `seen` are the keys of all its papers, `skipped` those that were too old to be news at the first reading; `newest`
    is the latest date in it. `etag` and `modified` are the server's HTTP validators, "" for none, given when the
    document was last sent whole, at `read_at`. `watched_by` is a hash of the topics that took the papers.
    """

    url: str = field(repr=False)  # it may hold a secret
    watched_by: str
    seen: frozenset[str]
    skipped: frozenset[str]
    newest: date | None
    etag: str
    modified: str
    read_at: datetime


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
        if self.state in BROKEN or self.error:
            return f"{self.name} {self.state}: {self.error or 'no new batch on a day that should bring one'}"
        return ""


@dataclass(frozen=True, slots=True)
class History:
    """A backfill request: the papers of some categories first announced from `since` to `until`, both included."""

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
        """Whether an announcement belongs to the range of the backfill.

        The source is asked for what was announced since `since`, so only `until` is checked here, by the day of
        submission: no source states the day of a past announcement. Replacements do not belong, because nobody watched
        their papers then.
        """
        submitted = announcement.paper.published
        return announcement.announce_type.is_news and (submitted is None or submitted <= self.until)
