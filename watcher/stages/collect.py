"""Feed entry -> Announcement: every reading is judged, merged over feeds, and added if unknown."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime

from watcher.domain.calendar import announced_at, feed_day, is_fresh, source_state
from watcher.domain.card import FeedReport, SourceState
from watcher.domain.merge import merge
from watcher.domain.paper import PaperId
from watcher.domain.topic import Topic
from watcher.ports import Reading, Source, Store


@dataclass(frozen=True, slots=True)
class Collected:
    """How every feed did, and how many announcements were new over all of them."""

    reports: tuple[FeedReport, ...]
    announced: int


def collect(
    sources: Sequence[Source],
    store: Store,
    topics: Sequence[Topic],
    *,
    run: str,
    now: datetime,
    holidays: AbstractSet[date],
    window_hours: int,
) -> Collected:
    """Read every feed of every source. A broken feed or entry is reported; it never hides another."""
    readings = [reading for source in sources for reading in source.read()]
    newest = store.newest_before(announced_at(feed_day(now)))
    reports = tuple(_report(reading, store, newest, now, holidays, window_hours) for reading in readings)
    found = [a for reading in readings if reading.error is None for a in reading.announcements]
    announced = store.announce(merge(found), topics, run, now)
    store.add_readings(reports, run, now)
    return Collected(reports, announced)


def _report(
    reading: Reading,
    store: Store,
    newest: PaperId | None,
    now: datetime,
    holidays: AbstractSet[date],
    window_hours: int,
) -> FeedReport:
    if reading.error is not None:
        return FeedReport(reading.feed, SourceState.FAILED, error=str(reading.error))
    papers = [announcement.paper for announcement in reading.announcements]
    entries = len(papers) + len(reading.broken)
    new = len({(paper.id, paper.version) for paper in papers}) - store.known(papers)
    fresh = is_fresh(reading.announcements, newest, new)
    state = source_state(fresh=fresh, now=now, holidays=holidays, window_hours=window_hours)
    return FeedReport(reading.feed, state, entries, new, "; ".join(reading.broken))
