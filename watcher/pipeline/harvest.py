"""A window of arXiv's full list -> announcements, and the announcement days that it accounts for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time

from watcher.domain.hostile.codes import WITHDRAWN
from watcher.domain.papers.announcement_days import FeedRole, Span, harvested
from watcher.domain.papers.calendar import feed_day
from watcher.domain.papers.feeds import SourceState
from watcher.domain.papers.history import History
from watcher.domain.papers.paper import Announcement, PaperId
from watcher.domain.prompt import fingerprint
from watcher.pipeline.dependencies import Dependencies
from watcher.ports import Clock, Reading, Window
from watcher.stages.collect import Collected, catch_up

_FirstVersions = Sequence[tuple[date, PaperId]]


class Harvest:
    """One run's harvests. What breaks off accounts for no day, keeps what it brought, and is gone on with where it was."""

    def __init__(self, deps: Dependencies, run_id: str, clock: Clock) -> None:
        self._deps, self._store, self._run_id, self._clock = deps, deps.store, run_id, clock
        self._watched = frozenset[str]().union(*(topic.categories for topic in deps.options.topics))

    def reconcile(self, since: date) -> tuple[Collected, Sequence[Announcement]]:
        """Add what no feed told of since a day (UTC); gives beside it what takes a paper back."""
        purpose = f"reconcile {since} {fingerprint(*sorted(self._watched))}"
        oldest = self._store.days.account(self._clock()).oldest_until(since)
        withdrawn: list[Announcement] = []

        def taken(reading: Reading) -> None:
            withdrawn.extend(a for a in reading.announcements if WITHDRAWN in a.anomalies)
            self._leave_off(purpose, reading)

        def ended(whole: datetime, first_versions: _FirstVersions) -> SourceState:
            for feed in self._left_off(purpose):  # the same window may be asked for again
                self._store.papers.add_harvest(
                    purpose, feed, datetime.combine(since, time(), UTC), self._run_id, self._clock()
                )
            self._account(self._span(since, whole, first_versions), FeedRole.LIST)
            return self._state()

        found = catch_up(
            self._deps.catch_up(Window(since, self._watched, self._left_off(purpose), oldest)),
            self._store,
            self._deps.options.topics,
            run=self._run_id,
            now=self._clock(),
            taken=taken,
            role=FeedRole.LIST,
            ended=ended,
        )
        return found, withdrawn

    def backfill(self, history: History, screen: Callable[[], None]) -> Collected:
        """Add what was announced in a span of days, and have each page screened. Days are accounted for where all
        watched categories are in it.
        """
        purpose = f"backfill {history.since} {history.until} {fingerprint(*sorted(history.categories))}"

        def taken(reading: Reading) -> None:
            screen()
            self._leave_off(purpose, reading)
            if reading.reached is not None:
                days = (feed_day(self._clock()) - history.since).days
                self._deps.progress(reading.feed, (reading.reached - history.since).days, days)

        def ended(whole: datetime, first_versions: _FirstVersions) -> SourceState:
            span = self._span(history.since, whole, first_versions)
            if history.categories >= self._watched:
                self._account(span if span.last <= history.until else Span(span.first, history.until), FeedRole.OTHER)
            return self._state()

        return catch_up(
            self._deps.catch_up(Window(history.since, history.categories, self._left_off(purpose))),
            self._store,
            self._deps.options.topics,
            run=self._run_id,
            now=self._clock(),
            wanted=history.holds,
            taken=taken,
            ended=ended,
        )

    def _span(self, since: date, whole: datetime, first_versions: _FirstVersions) -> Span:
        now = self._clock()
        newest = self._store.days.account(now).newest_before(feed_day(now))
        return harvested(since, min(whole, now), first_versions, newest)

    def _account(self, span: Span, role: FeedRole) -> None:
        if span.first <= span.last:
            self._store.days.add_span(span, role, self._run_id, self._clock())

    def _state(self) -> SourceState:
        """A list that came to its end is complete when it leaves no announcement day open."""
        return SourceState.PARTIAL if self._deps.unread_days(self._clock()) else SourceState.COMPLETE

    def _left_off(self, purpose: str) -> dict[str, date]:
        return {feed: reached.date() for feed, reached in self._store.papers.harvested(purpose).items()}

    def _leave_off(self, purpose: str, reading: Reading) -> None:
        if reading.reached is not None:
            reached = datetime.combine(reading.reached, time(), UTC)
            self._store.papers.add_harvest(purpose, reading.feed, reached, self._run_id, self._clock())
