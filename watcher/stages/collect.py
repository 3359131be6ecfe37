"""Feed entry -> Announcement: the stage that reads feeds, checks that they are fresh, merges them, and stores what is
new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime

from watcher.domain.facts import Notice, NoticeKind
from watcher.domain.papers.feeds import (
    FeedReport,
    FeedRole,
    SourceState,
    Span,
    Watch,
    announced_at,
    batch_end,
    batch_start,
    feed_day,
    shows_new_batch,
    source_state,
)
from watcher.domain.papers.paper import Announcement, AnnounceType, PaperId, merge, same_work
from watcher.domain.papers.topic import Topic
from watcher.ports import CatchUp, Reading, Replacement, Source, Store


@dataclass(frozen=True, slots=True)
class Collected:
    """The result of the stage "collect": a report for every feed, and how many announcements of papers were stored as
    new.
    """

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
    watch: Watch,
) -> Collected:
    """Read every feed of every source and store new announcements of papers, which makes them candidates of the topics
    that watch them.

    The announcement day counts as read once every watched feed was read and showed the day's batch. A broken feed or
    entry is reported and never hides another. `window_hours` after midnight Eastern a missing batch counts as stalled;
    `watch` says how this run's feeds count.
    """
    readings = [reading for source in sources for reading in source.read()]
    newest = store.feeds.account(now).newest_before(feed_day(now))
    # Before the announcements are stored: afterwards nothing in the feeds would count as new.
    reports = tuple(_report(reading, store, newest, now, holidays, window_hours, watch) for reading in readings)
    found = [a for reading in readings if reading.error is None for a in reading.announcements]
    announced = store.papers.announce(merge(found), topics, run, now)
    for reading in readings:
        if reading.memory is not None:  # not before: what a kill leaves unstored must be asked for again
            store.feeds.remember(reading.memory, run, now)
    days = [report.name for report, reading in zip(reports, readings, strict=True) if reading.by_day]
    counts = watch.role is FeedRole.WATCHED or (watch.role is FeedRole.GIVEN and not store.feeds.watched_before())
    store.feeds.add_readings(
        reports, run, now, [watch.role if reading.by_day else FeedRole.OTHER for reading in readings]
    )
    if counts and days and store.feeds.fresh_on(now) >= (watch.feeds or set(days)):
        _account([a for r in readings if r.by_day and r.error is None for a in r.announcements], store, run, now)
    return Collected(reports, announced)


def _account(found: Sequence[Announcement], store: Store, run: str, now: datetime) -> None:
    """Record that the present announcement day was read, unless that is recorded already for a batch with the same
    end.
    """
    day = feed_day(now)
    newest = batch_end(a.paper.id for a in found if a.announce_type.is_news)
    before = [s.newest for s in store.feeds.account(now).spans if s.first <= day <= s.last]
    if newest in before or (before and newest is None):
        return
    oldest = batch_start(a.paper.id for a in found if a.announce_type is AnnounceType.NEW)
    store.feeds.add_span(Span(day, day, newest, oldest), FeedRole.WATCHED, run, now)


def _report(
    reading: Reading,
    store: Store,
    newest: PaperId | None,
    now: datetime,
    holidays: AbstractSet[date],
    window_hours: int,
    watch: Watch,
) -> FeedReport:
    if reading.error is not None:
        return FeedReport(reading.feed, SourceState.FAILED, error=str(reading.error))
    papers = [announcement.paper for announcement in reading.announcements]
    entries = (len(reading.memory.seen) if reading.memory else len(papers)) + len(reading.broken)
    new = len({(paper.id, paper.version) for paper in papers}) - store.papers.count_known(papers)
    if reading.forgot:
        state = SourceState.FORGOT
    elif not reading.by_day and reading.memory:
        state = SourceState.FRESH if new else SourceState.QUIET
    elif watch.role is FeedRole.OTHER:
        state = SourceState.FRESH if new else SourceState.WAITING
    else:
        news = list(dict.fromkeys(a.paper.id for a in reading.announcements if a.announce_type.is_news))
        fresh = shows_new_batch(news, store.papers.known_before(news, announced_at(feed_day(now)), now), newest)
        state = source_state(fresh=fresh, now=now, holidays=holidays, window_hours=window_hours)
    return FeedReport(
        reading.feed,
        state,
        entries,
        new,
        "; ".join(filter(None, (reading.forgot, *reading.broken))),
        _revised(reading.announcements),
    )


def _revised(announcements: Sequence[Announcement]) -> int:
    """Count the papers of which only a later version is announced."""
    return len({announcement.paper.id for announcement in announcements if not announcement.announce_type.is_news})


def notice_replacements(
    store: Store,
    papers: AbstractSet[PaperId],
    withdrawn: Sequence[Announcement],
    *,
    run: str,
    now: datetime,
) -> None:
    """Record a notice for each later version of the papers in `papers`, once each, so that curators learn of it; a
    later version is no new candidate.

    `withdrawn` are announcements that withdraw a paper. The feed may have announced that version earlier without saying
    that it is a withdrawal.
    """
    found = [
        Notice(later.paper, later.version, _kind(later), later.title, later.url, later.before or "")
        for later in store.papers.replacements(papers)
    ]
    found += [
        Notice(paper.id, paper.version, NoticeKind.WITHDRAWN, paper.title, paper.url)
        for paper in (announcement.paper for announcement in withdrawn)
        if paper.id in papers and (paper.id, paper.version) not in {(n.paper, n.version) for n in found}
    ]
    store.papers.add_notices(found, run, now)


def _kind(later: Replacement) -> NoticeKind:
    if later.withdrawn:
        return NoticeKind.WITHDRAWN
    alike = later.before is None or same_work(later.before, later.title)
    return NoticeKind.REPLACED if alike else NoticeKind.RETITLED


class Harvest:
    """The reading of arXiv's complete list (OAI-PMH) for a range of days, page by page, because the whole may not fit
    into memory. Only announcements that `wanted` accepts are stored.

    `first_versions` are those in the pages read so far; `complete_as_of` is the time up to which the list is complete,
    None before its end or if it could not be read to the end.
    """

    def __init__(
        self,
        source: CatchUp,
        store: Store,
        topics: Sequence[Topic],
        *,
        run: str,
        now: datetime,
        wanted: Callable[[Announcement], bool] = lambda _: True,
    ) -> None:
        self._source, self._store, self._topics, self._wanted = source, store, topics, wanted
        self._run, self._now = run, now
        self._entries = self._new = self._announced = self._revised = 0
        self._troubles: list[str] = []
        self.first_versions: list[tuple[date, PaperId]] = []
        self.complete_as_of: datetime | None = None

    def pages(self) -> Iterator[Reading]:
        """Read the list, and yield each page that could be read once its announcements are stored."""
        for page in self._source.read():
            if page.error is not None:
                self._troubles.append(str(page.error))
                continue
            found = [announcement for announcement in page.announcements if self._wanted(announcement)]
            self._entries += len(found) + len(page.broken)
            self._new += sum(announcement.announce_type.is_news for announcement in found)
            self._revised += _revised(found)
            self._announced += self._store.papers.announce(found, self._topics, self._run, self._now)
            self._troubles += page.broken
            self.first_versions += page.first_versions
            yield page
        self.complete_as_of = self._source.complete_as_of

    def end(self, state: SourceState, role: FeedRole) -> Collected:
        """Record and return one report for all feeds, with this state, or FAILED if the list could not be read to its
        end. Its `new` counts the papers that no feed had announced.
        """
        state = SourceState.FAILED if self.complete_as_of is None else state
        troubles = "; ".join(self._troubles)
        report = FeedReport(self._source.name, state, self._entries, self._new, troubles, self._revised)
        self._store.feeds.add_readings([report], self._run, self._now, [role])
        return Collected((report,), self._announced)
