"""A range of days in the past whose papers are to be fetched (`watcher backfill`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from watcher.domain.errors import Misuse
from watcher.domain.paper import Announcement


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

        arXiv lists papers by the day of their last change, so the source itself applies `since`; no source states the
        day of a past announcement, so `until` is compared with the day of submission. Replacements do not belong.
        """
        submitted = announcement.paper.published
        return announcement.announce_type.is_news and (submitted is None or submitted <= self.until)
