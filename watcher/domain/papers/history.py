"""A range of days in the past whose papers are to be fetched (`watcher backfill`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from watcher.domain.errors import Misuse
from watcher.domain.papers.paper import Announcement


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
        """Whether an announcement belongs to the range.

        The source is asked for what was announced since `since`, so only `until` is checked here, by the day of
        submission: no source states the day of a past announcement. Replacements do not belong, because nobody watched
        their papers then.
        """
        submitted = announcement.paper.published
        return announcement.announce_type.is_news and (submitted is None or submitted <= self.until)
