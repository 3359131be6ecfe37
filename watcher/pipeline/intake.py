"""The ways in which a run takes in papers before its stages: from feeds, from arXiv's complete list for missed days
(reconcile), or from past days (backfill); and the stage "screen".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from functools import partial
from typing import NamedTuple

from watcher.domain.errors import CatalogError
from watcher.domain.papers.feeds import (
    MARGIN,
    FeedRole,
    History,
    SourceState,
    Span,
    feed_day,
    harvested,
    window_from,
)
from watcher.domain.papers.paper import WITHDRAWN, Announcement, PaperId
from watcher.domain.papers.topic import Topic
from watcher.domain.text import fingerprint
from watcher.logs import get_logger, staged
from watcher.pipeline.run import Run
from watcher.ports import Reading, Window
from watcher.stages.collect import Collected, catch_up, notice_replacements
from watcher.stages.collect import collect as collect_feeds

_FirstVersions = Sequence[tuple[date, PaperId]]
_AT_A_TIME = 1000
_log = get_logger(__name__)


class Intake(NamedTuple):
    """A way of taking in papers at the beginning of a run: `take` is called with the run. With `must_close`,
    announcement days that stay unread are a failure of the run.
    """

    take: Callable[[Run], None]
    must_close: bool
    reads_feeds: bool = False


def _collect(run: Run) -> None:
    """Read every feed and store new announcements."""
    options = run.deps.options
    with staged("collect", run.run_id):
        found = collect_feeds(
            run.deps.sources(),
            run.store,
            options.topics,
            run=run.run_id,
            now=run.clock(),
            holidays=options.holidays,
            window_hours=options.window_hours,
            watch=options.watch,
        )
        _add_reports(run, found)
        _notice(run, [])


def _collect_and_close_days(run: Run) -> None:
    """Read every feed, then harvest from arXiv's full list what was announced on unread days, if there are any."""
    _collect(run)
    if unread := run.deps.unread_days(run.clock()):
        _harvest(run, unread[0] - MARGIN)


def _reconcile(run: Run, since: date | None) -> None:
    now = run.clock()
    _harvest(run, since or window_from(run.store.feeds.account(now), now, run.deps.unread_days(now)))


def _backfill(run: Run, history: History) -> None:
    def screen_all() -> None:
        waiting = list(run.deps.options.topics)
        while waiting:  # by turns: what was read of a paper for one topic is still known for the next
            waiting = [topic for topic in waiting if _screen_some(run, topic)]

    with staged("backfill", run.run_id):
        _add_reports(run, Harvest(run).backfill(history, screen_all))


def _nothing(run: Run) -> None:
    del run


FEEDS = Intake(_collect_and_close_days, must_close=True, reads_feeds=True)
"""Read the feeds, then harvest unread announcement days from arXiv's full list."""
FEEDS_ONLY = Intake(_collect, must_close=True, reads_feeds=True)
"""Read watched feeds that a command names."""
POLL = Intake(_collect, must_close=False, reads_feeds=True)
"""Read feeds or files; days may stay unread, because a reconciliation follows or the source counts for no day."""
NOTHING = Intake(_nothing, must_close=True)
LEFT_OVER = Intake(_nothing, must_close=False)
"""Take in nothing, between polls: only work left over by earlier runs is done."""


def reconcile(since: date | None = None) -> Intake:
    """Intake for a run that compares with arXiv's complete list: it takes in what was announced since a day (UTC) and
    is not known yet.

    Without a day it begins at the last complete reconciliation or the oldest unread day, whichever is earlier. With
    one, unread days before it stay unread.
    """
    return Intake(partial(_reconcile, since=since), must_close=True)


def backfill(history: History) -> Intake:
    """Intake for a run over past days: it takes in and screens, page by page, what was announced in a span of days. An
    interrupted one continues where it stopped.
    """
    return Intake(partial(_backfill, history=history), must_close=False)


def cite(run: Run) -> None:
    """Take in papers that cite the catalogs of the run's topics. If a service does not answer, the run continues; the
    error is in the weekly report.
    """
    with staged("collect", run.run_id):
        for topic in run.topics:
            for trouble in run.deps.cite(topic, run.run_id, run.clock()):
                _log.warning("papers that cite the catalog were not all found", topic=topic.slug, error=trouble)


def screen(run: Run, topic: Topic) -> None:
    """The stage "screen" for one topic: decide for every new paper, by keywords and classifier, whether it
    is scored.
    """
    while _screen_some(run, topic):
        pass


def _screen_some(run: Run, topic: Topic) -> bool:
    """Screen the next thousand candidates; return whether there may be more."""
    screening = run.deps.screens[topic.slug]
    waiting = run.store.papers.to_screen(topic.slug, _AT_A_TIME, run.screened_to[topic.slug])
    if waiting:
        threshold = screening.threshold(run.store.papers)
        screened = [(candidate.number, screening(candidate, threshold)) for candidate in waiting]
        run.store.papers.add_screenings(screened, run.run_id, run.clock())
        run.count(screened=len(screened), passed=sum(found.passed for _, found in screened))
        run.screened_to[topic.slug] = waiting[-1].number
    return len(waiting) == _AT_A_TIME


def _harvest(run: Run, since: date) -> None:
    with staged("reconcile", run.run_id):
        found, withdrawn = Harvest(run).reconcile(since)
        _add_reports(run, found)
        _notice(run, withdrawn)


def _add_reports(run: Run, found: Collected) -> None:
    run.count(announced=found.announced)
    run.failures += [f"collect: {report.trouble}" for report in found.reports if report.trouble]
    run.sources += found.reports


def _notice(run: Run, withdrawn: Sequence[Announcement]) -> None:
    """Record notices about later versions of papers that have a card or are in a catalog."""
    known, deps = run.store.papers.with_card(), run.deps
    for document in {id(d): d for d in (deps.document, *deps.documents.values())}.values():
        try:
            known |= document.ids()
        except CatalogError as error:
            if any(deps.document_of(topic.slug) is document for topic in run.topics):
                run.failures.append(f"collect: {error}")
    notice_replacements(run.store, known, withdrawn, run=run.run_id, now=run.clock())


class Harvest:
    """Reads arXiv's complete list (OAI-PMH) for one run. If interrupted, it keeps what it stored, counts no day as
    read, and continues later where it stopped.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._watched = frozenset[str]().union(*(topic.categories for topic in run.deps.options.topics))

    def reconcile(self, since: date) -> tuple[Collected, Sequence[Announcement]]:
        """Store the papers announced since a day (UTC) that no feed showed; return a summary of what was stored, and
        the announcements that withdraw papers.
        """
        purpose = f"reconcile {since} {fingerprint(*sorted(self._watched))}"
        days = self._run.store.feeds
        account, begun = days.account(self._run.clock()), days.watched_since()
        firsts = {c: account.oldest_of(begun[c], since) for c in self._watched & begun.keys()}
        oldest = {category: paper for category, paper in firsts.items() if paper is not None}
        withdrawn: list[Announcement] = []

        def taken(reading: Reading) -> None:
            withdrawn.extend(a for a in reading.announcements if WITHDRAWN in a.anomalies)
            self._leave_off(purpose, reading)

        def ended(whole: datetime, first_versions: _FirstVersions) -> SourceState:
            for feed in self._left_off(purpose):  # the same window may be asked for again
                self._run.store.feeds.add_harvest(
                    purpose, feed, datetime.combine(since, time(), UTC), self._run.run_id, self._run.clock()
                )
            self._account(self._span(since, whole, first_versions), FeedRole.LIST)
            return self._state()

        found = catch_up(
            self._run.deps.catch_up(Window(since, self._watched, self._left_off(purpose), oldest)),
            self._run.store,
            self._run.deps.options.topics,
            run=self._run.run_id,
            now=self._run.clock(),
            taken=taken,
            role=FeedRole.LIST,
            ended=ended,
        )
        return found, withdrawn

    def backfill(self, history: History, screen: Callable[[], None]) -> Collected:
        """Store the papers announced in a span of days, calling `screen` after each page. The days count as read if all
        watched categories were requested.
        """
        purpose = f"backfill {history.since} {history.until} {fingerprint(*sorted(history.categories))}"

        def taken(reading: Reading) -> None:
            screen()
            self._leave_off(purpose, reading)
            if reading.reached is not None:
                days = (feed_day(self._run.clock()) - history.since).days
                self._run.deps.progress(reading.feed, (reading.reached - history.since).days, days)

        def ended(whole: datetime, first_versions: _FirstVersions) -> SourceState:
            span = self._span(history.since, whole, first_versions)
            if history.categories >= self._watched:
                self._account(span if span.last <= history.until else Span(span.first, history.until), FeedRole.OTHER)
            return self._state()

        return catch_up(
            self._run.deps.catch_up(Window(history.since, history.categories, self._left_off(purpose))),
            self._run.store,
            self._run.deps.options.topics,
            run=self._run.run_id,
            now=self._run.clock(),
            wanted=history.holds,
            taken=taken,
            ended=ended,
        )

    def _span(self, since: date, whole: datetime, first_versions: _FirstVersions) -> Span:
        now = self._run.clock()
        newest = self._run.store.feeds.account(now).newest_before(feed_day(now))
        return harvested(since, min(whole, now), first_versions, newest)

    def _account(self, span: Span, role: FeedRole) -> None:
        if span.first <= span.last:
            self._run.store.feeds.add_span(span, role, self._run.run_id, self._run.clock())

    def _state(self) -> SourceState:
        """The state of a list that was read to its end: complete unless an announcement day is still unread."""
        return SourceState.PARTIAL if self._run.deps.unread_days(self._run.clock()) else SourceState.COMPLETE

    def _left_off(self, purpose: str) -> dict[str, date]:
        return {feed: reached.date() for feed, reached in self._run.store.feeds.harvested(purpose).items()}

    def _leave_off(self, purpose: str, reading: Reading) -> None:
        if reading.reached is not None:
            reached = datetime.combine(reading.reached, time(), UTC)
            self._run.store.feeds.add_harvest(purpose, reading.feed, reached, self._run.run_id, self._run.clock())
