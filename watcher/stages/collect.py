"""Feed entry -> Announcement: every reading is judged, merged over feeds, and added if unknown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime

from watcher.domain.calendar import announced_at, feed_day, is_fresh, source_state
from watcher.domain.card import FeedReport, SourceState
from watcher.domain.merge import merge
from watcher.domain.paper import Announcement, PaperId
from watcher.domain.topic import Topic
from watcher.ports import CatchUp, Reading, Source, Store


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


def _everything(announcement: Announcement) -> bool:
    del announcement
    return True


def _nothing(reading: Reading) -> None:
    del reading


def catch_up(
    source: CatchUp,
    store: Store,
    topics: Sequence[Topic],
    *,
    run: str,
    now: datetime,
    wanted: Callable[[Announcement], bool] = _everything,
    taken: Callable[[Reading], None] = _nothing,
) -> Collected:
    """Add what a window holds, reading by reading: it may be too large for the memory.

    Only `wanted` announcements are added; `taken` is told of each reading whose announcements are safe. The report is
    one for all feeds, COMPLETE when none failed; its `new` counts papers that no feed had told of.
    """
    entries = new = announced = 0
    troubles: list[str] = []
    for reading in source.read():
        if reading.error is not None:
            troubles.append(str(reading.error))
            continue
        found = [announcement for announcement in reading.announcements if wanted(announcement)]
        entries += len(found) + len(reading.broken)
        new += sum(announcement.announce_type.is_news for announcement in found)
        announced += store.announce(found, topics, run, now)
        troubles += reading.broken
        taken(reading)
    state = SourceState.FAILED if source.complete_as_of is None else SourceState.COMPLETE
    report = FeedReport(source.name, state, entries, new, "; ".join(troubles))
    store.add_readings([report], run, now)
    return Collected((report,), announced)
