"""A span of days in the past, and which announcements belong to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from watcher.domain.errors import Misuse
from watcher.domain.paper import Announcement


@dataclass(frozen=True, slots=True)
class History:
    """Papers first announced from `since` to `until`, both included, in some categories."""

    since: date
    until: date
    categories: frozenset[str]

    def __post_init__(self) -> None:
        """Raises Misuse for a span that is empty."""
        if self.until < self.since:
            raise Misuse(
                f"the span ends before it begins: {self.since} to {self.until}", remedy="swap --from and --until"
            )

    def holds(self, announcement: Announcement) -> bool:
        """Whether a paper belongs to the span, by the day of its first submission at the end of it.

        A catch-up gives what was announced since a day, papers that waited for moderation included; the day of
        an announcement in the past is told by no source. Replacements are left out: nobody watched the papers then.
        """
        submitted = announcement.paper.published
        return announcement.announce_type.is_news and (submitted is None or submitted <= self.until)
