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
from watcher.domain.papers.paper import WITHDRAWN, Announcement
from watcher.domain.papers.topic import Topic
from watcher.domain.text import fingerprint
from watcher.logs import get_logger, staged
from watcher.pipeline.run import Run
from watcher.ports import Window
from watcher.stages.collect import Collected, Harvest, notice_replacements
from watcher.stages.collect import collect as collect_feeds

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


FEEDS = Intake(_collect_and_close_days, must_close=True, reads_feeds=True)
"""Read the feeds, then harvest unread announcement days from arXiv's full list."""
FEEDS_ONLY = Intake(_collect, must_close=True, reads_feeds=True)
"""Read watched feeds that a command names."""
POLL = Intake(_collect, must_close=False, reads_feeds=True)
"""Read feeds or files; days may stay unread, because a reconciliation follows or the source counts for no day."""
NOTHING = Intake(lambda _: None, must_close=True)
LEFT_OVER = Intake(lambda _: None, must_close=False)
"""Take in nothing, between polls: only work left over by earlier runs is done."""


def reconcile(since: date | None = None) -> Intake:
    """Intake for a run that compares with arXiv's complete list: it takes in what was announced since a day (UTC) and
    is not known yet.

    Without a day it begins at the last complete reconciliation or the oldest unread day, whichever is earlier. With
    one, unread days before it stay unread.
    """
    return Intake(partial(_harvest, since=since), must_close=True)


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


def _harvest(run: Run, since: date | None) -> None:
    """Store the papers announced since a day (UTC) that no feed showed, from arXiv's complete list; see `reconcile`. If
    interrupted, it keeps what it stored, counts no day as read, and continues later where it stopped.
    """
    feeds, watched, now = run.store.feeds, _watched(run), run.clock()
    account, begun = feeds.account(now), feeds.watched_since()
    since = since or window_from(account, now, run.deps.unread_days(now))
    purpose = f"reconcile {since} {fingerprint(*sorted(watched))}"
    firsts = {c: account.oldest_of(begun[c], since) for c in watched & begun.keys()}
    oldest = {category: paper for category, paper in firsts.items() if paper is not None}
    withdrawn: list[Announcement] = []
    with staged("reconcile", run.run_id):
        source = run.deps.catch_up(Window(since, watched, _left_off(run, purpose), oldest))
        harvest = Harvest(source, run.store, run.deps.options.topics, run=run.run_id, now=run.clock())
        for page in harvest.pages():
            withdrawn += [found for found in page.announcements if WITHDRAWN in found.anomalies]
            _leave_off(run, purpose, page.feed, page.reached)
        if harvest.complete_as_of is not None:
            for feed in _left_off(run, purpose):  # the same window may be asked for again
                _leave_off(run, purpose, feed, since)
            _count_days(run, harvest, harvest.complete_as_of, since, FeedRole.LIST)
        _add_reports(run, harvest.end(_state(run), FeedRole.LIST))
        _notice(run, withdrawn)


def _backfill(run: Run, history: History) -> None:
    """Store the papers announced in a span of days, and screen them after each page. The days count as read if all
    watched categories were requested.
    """
    purpose = f"backfill {history.since} {history.until} {fingerprint(*sorted(history.categories))}"
    with staged("backfill", run.run_id):
        source = run.deps.catch_up(Window(history.since, history.categories, _left_off(run, purpose)))
        topics = run.deps.options.topics
        harvest = Harvest(source, run.store, topics, run=run.run_id, now=run.clock(), wanted=history.holds)
        for page in harvest.pages():
            waiting = list(topics)
            while waiting:  # by turns: what was read of a paper for one topic is still known for the next
                waiting = [topic for topic in waiting if _screen_some(run, topic)]
            _leave_off(run, purpose, page.feed, page.reached)
            if page.reached is not None:
                days = (feed_day(run.clock()) - history.since).days
                run.deps.progress(page.feed, (page.reached - history.since).days, days)
        if harvest.complete_as_of is not None and history.categories >= _watched(run):
            _count_days(run, harvest, harvest.complete_as_of, history.since, FeedRole.OTHER, history.until)
        _add_reports(run, harvest.end(_state(run), FeedRole.OTHER))


def _watched(run: Run) -> frozenset[str]:
    return frozenset[str]().union(*(topic.categories for topic in run.deps.options.topics))


def _left_off(run: Run, purpose: str) -> dict[str, date]:
    """How far each feed of an interrupted harvest had come."""
    return {feed: reached.date() for feed, reached in run.store.feeds.harvested(purpose).items()}


def _leave_off(run: Run, purpose: str, feed: str, reached: date | None) -> None:
    if reached is not None:
        run.store.feeds.add_harvest(purpose, feed, datetime.combine(reached, time(), UTC), run.run_id, run.clock())


def _count_days(
    run: Run, harvest: Harvest, whole: datetime, since: date, role: FeedRole, until: date | None = None
) -> None:
    """Record that the announcement days of a harvest were read, which is `whole` up to a time."""
    now, feeds = run.clock(), run.store.feeds
    newest = feeds.account(now).newest_before(feed_day(now))
    span = harvested(since, min(whole, now), harvest.first_versions, newest)
    if until is not None and span.last > until:
        span = Span(span.first, until)
    if span.first <= span.last:
        feeds.add_span(span, role, run.run_id, now)


def _state(run: Run) -> SourceState:
    """The state of a list that was read to its end: complete unless an announcement day is still unread."""
    return SourceState.PARTIAL if run.deps.unread_days(run.clock()) else SourceState.COMPLETE


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
