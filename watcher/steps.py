"""One run's stages, each with its loop: take what waits, do it, record the fact or the failure."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self

from watcher.domain.anomalies import WITHDRAWN
from watcher.domain.budget import TOKYO, Cap
from watcher.domain.card import FeedReport, digest_key
from watcher.domain.errors import BadReply, CapReached, CatalogError, WatcherError
from watcher.domain.history import History
from watcher.domain.paper import Announcement
from watcher.domain.prompt import fingerprint
from watcher.domain.topic import Topic
from watcher.judging import Judging
from watcher.logs import redact, staged
from watcher.morning import digest_of, reminder_of
from watcher.outage import Health
from watcher.parts import COUNTS, Meter, Parts
from watcher.ports import Clock, Failure, Reading, RunReport, Tally, Window
from watcher.stages.collect import Collected, catch_up, collect, notice_replacements
from watcher.stages.post import post, post_digest, post_reminder
from watcher.summarizing import Summarizing

RECONCILED = "reconcile"
_MARGIN = timedelta(days=1)  # arXiv's lists may lag behind its clock

_AT_A_TIME = 1000
_log = logging.getLogger(__name__)


class Steps:
    """One run's stages; every one takes what waits for it and records what it did and what failed."""

    def __init__(self, parts: Parts, run_id: str, now: datetime | None, warnings: Sequence[str] = ()) -> None:
        self._unmetered, self.topics = parts, parts.topics
        self.store, self.engine, self.run_id = parts.store, parts.engine, run_id
        self.clock: Clock = parts.clock if now is None else lambda: now
        self.started = self.clock()
        self.sources: tuple[FeedReport, ...] = ()
        self._warnings = tuple(f"score: {warning}" for warning in warnings)
        self.scoring, self.summarizing = Health(), Health()  # of the whole run, whichever topic asks
        self._screened_to: Counter[str] = Counter()  # what this run screened need not be passed over again and again
        self._open_account()

    def _open_account(self) -> None:
        parts = self._unmetered
        self.scorer, self.summarizer = Meter(parts.scorer), Meter(parts.summarizer)
        self.parts = replace(parts, scorer=self.scorer, summarizer=self.summarizer)
        self.failures: list[str] = list(self._warnings)
        self._cap: Cap | None = None
        self._tally: Counter[str] = Counter()
        self._lock = threading.Lock()

    def apart(self) -> Self:
        """The same run with an account of its own, for one topic beside others; `take_in` adds up what it comes to."""
        mine = copy(self)
        mine._open_account()  # noqa: SLF001 - one of us
        return mine

    def take_in(self, told: Tally) -> None:
        """Add what was done for this run elsewhere."""
        self._tally.update(told.counts)
        self.scorer.usage += told.usage
        self.failures += told.failures
        self._cap = told.cap or self._cap

    @staged("collect")
    def collect(self) -> None:
        """Read every feed and add what it announces."""
        parts = self.parts
        found = collect(
            parts.sources,
            self.store,
            parts.topics,
            run=self.run_id,
            now=self.clock(),
            holidays=parts.holidays,
            window_hours=parts.window_hours,
        )
        self._account(found)
        self._notice([])

    @staged("reconcile")
    def reconcile(self, since: date | None) -> None:
        """Add what was announced since a day (UTC) and no feed told of; without a day, since the last time this ended
        well. A gap that `since` would leave open stays to be closed.
        """
        parts = self.parts
        last = self.store.harvested(RECONCILED).get("", self.started)
        due = last.astimezone(UTC).date() - _MARGIN
        watched = frozenset[str]().union(*(topic.categories for topic in parts.topics))
        source, withdrawn = parts.catch_up(Window(since or due, watched)), list[Announcement]()

        def taken(reading: Reading) -> None:
            withdrawn.extend(a for a in reading.announcements if WITHDRAWN in a.anomalies)

        self._account(catch_up(source, self.store, parts.topics, run=self.run_id, now=self.clock(), taken=taken))
        self._notice(withdrawn)
        if source.complete_as_of is not None and (since is None or since <= due):
            self.store.add_harvest(RECONCILED, "", source.complete_as_of, self.run_id, self.clock())

    @staged("backfill")
    def backfill(self, history: History) -> None:
        """Add and screen what was announced in a span of days; one that was cut short goes on where it was."""
        parts = self.parts
        purpose = f"backfill {history.since} {history.until} {fingerprint(*sorted(history.categories))}"
        left_off = {feed: reached.date() for feed, reached in self.store.harvested(purpose).items()}

        def taken(reading: Reading) -> None:
            waiting = list(parts.topics)
            while waiting:  # by turns: what was read of a paper for one topic is still known for the next
                waiting = [topic for topic in waiting if self._screen_some(topic)]
            if reading.reached is not None:
                reached = datetime.combine(reading.reached, time(), UTC)
                self.store.add_harvest(purpose, reading.feed, reached, self.run_id, self.clock())
                days = (self.started.date() - history.since).days
                parts.progress(reading.feed, (reading.reached - history.since).days, days)

        source = parts.catch_up(Window(history.since, history.categories, left_off))
        self._account(
            catch_up(
                source, self.store, parts.topics, run=self.run_id, now=self.clock(), wanted=history.holds, taken=taken
            )
        )

    def _notice(self, withdrawn: Sequence[Announcement]) -> None:
        """Give notice of later versions of what has a card or stands in the catalog."""
        known = self.store.met()
        for document in {id(d): d for d in (self.parts.document, *self.parts.documents.values())}.values():
            try:
                known |= document.ids()
            except CatalogError as error:
                if any(self.parts.document_of(topic.slug) is document for topic in self.topics):
                    self.failures.append(f"collect: {error}")
        notice_replacements(self.store, known, withdrawn, run=self.run_id, now=self.clock())

    def _account(self, found: Collected) -> None:
        self._tally["announced"] += found.announced
        self.failures += [f"collect: {report.trouble}" for report in found.reports if report.trouble]
        self.sources += found.reports

    @staged("screen")
    def screen(self, topic: Topic) -> None:
        """Screen every new candidate."""
        while self._screen_some(topic):
            pass

    def _screen_some(self, topic: Topic) -> bool:
        """Screen the next thousand; whether there may be more."""
        screen = self.parts.screens[topic.slug]
        screen.refresh()
        waiting = self.store.to_screen(topic.slug, _AT_A_TIME, self._screened_to[topic.slug])
        if waiting:
            threshold = screen.threshold(self.store)
            judged = [(candidate.number, screen(candidate, threshold)) for candidate in waiting]
            self.store.add_screenings(judged, self.run_id, self.clock())
            self._tally["screened"] += len(judged)
            self._tally["passed"] += sum(screening.passed for _, screening in judged)
            self._screened_to[topic.slug] = waiting[-1].number
        return len(waiting) == _AT_A_TIME

    @staged("score")
    def score(self, topic: Topic) -> None:
        """Score what waits, each batch by one question."""
        judging = Judging(topic, self.parts, self.run_id, self.clock, self._tally, self.scoring)
        self._outage("score", judging(), topic)
        self._left("score", judging)

    @staged("summarize")
    def summarize(self, topic: Topic) -> None:
        """Write the cells of what is relevant."""
        writing = Summarizing(topic, self.parts, self.run_id, self.clock, self._tally, self.summarizing)
        self._outage("summarize", writing(), topic)
        self._left("summarize", writing)

    def _left(self, stage: str, done: Judging | Summarizing) -> None:
        self.failures += [f"{stage}: {paper}" for paper in done.waiting]
        self._cap = done.cap or self._cap

    @staged("post")
    def post(self, topic: Topic) -> None:
        """Open the day with its digest, then show a card for every summary."""
        parts = self.parts
        if parts.only is None:
            self._digest(topic)

        def show(number: int) -> None:
            beyond = before + waiting.index(number) >= parts.cards_in_channel
            below = self._digest_ref(topic) if beyond else ""
            post(number, parts.desk, self.store, run=self.run_id, now=self.clock(), below=below)
            self._tally["posted"] += 1
            parts.progress("post", self._tally["posted"], len(waiting))

        morning = self.clock().astimezone(TOKYO).replace(hour=0, minute=0, second=0, microsecond=0)
        before = self.store.posted(topic.slug, parts.desk.name, morning)
        waiting = [n for n in self.store.to_post(topic.slug, parts.desk.name) if self._is_meant(n)]
        for trouble in parts.enrich([self.store.card(number) for number in waiting], self.run_id, self.clock()):
            _log.warning("run %s: cards go without figures: %s", self.run_id, trouble)
        for number, error in self.engine.each(waiting, show):
            self.store.fail(Failure("post", number, str(error)), self.run_id, self.clock())
            self.failures.append(f"post: {error}")
        if parts.only is None and parts.remind_after_days:
            self._remind(topic)

    def _digest_ref(self, topic: Topic) -> str:
        """Where today's digest stands, for the cards in its thread."""
        day = self.clock().astimezone(TOKYO).date()
        return self.store.sent(f"{digest_key(topic.slug, day)}/{self.parts.desk.name}") or ""

    def _remind(self, topic: Topic) -> None:
        """List what has waited for a verdict too long, once a day."""
        reminders = [one for one in [reminder_of(topic, self.parts, self.clock())] if one.cards]
        failed = self.engine.each(
            reminders, lambda reminder: post_reminder(reminder, self.parts.desk, self.store, now=self.clock())
        )
        self._outage("post", failed, topic)

    def refresh(self) -> None:
        """Propose what has happened to the catalog's papers; services that do not answer hold up no other."""
        try:
            found = self.parts.refresh(self.run_id, self.clock())
        except WatcherError as error:
            self.failures.append(f"refresh: {error}")
            return
        for trouble in found.troubles:
            _log.warning("run %s: the refresh goes without figures: %s", self.run_id, trouble)

    def _is_meant(self, number: int) -> bool:
        return self.parts.only is None or number in self.parts.only

    def _digest(self, topic: Topic) -> None:
        """Post today's digest, or bring it up to date when something changed."""
        digest = digest_of(topic, self.parts, self.clock(), self._cap, self._warnings)
        today = self.store.last_digest(topic.slug)
        if today is None or today[0] != digest:
            skip = self.parts.quiet == "skip"
            failed = self.engine.each(
                [digest],
                lambda unit: post_digest(unit, self.parts.desk, self.store, now=self.clock(), skip_quiet=skip),
            )
            self._outage("post", failed, topic)

    def _outage(self, stage: str, failed: Sequence[tuple[Any, WatcherError]], topic: Topic) -> None:
        """Note what failed, once per cause; what is no single paper's fault is recorded for the digest."""
        for text, error in {str(error): error for _, error in failed}.items():
            if isinstance(error, CapReached):
                self._cap = error.cap
                continue
            self.failures.append(f"{stage}: {text}")
            if not isinstance(error, BadReply):
                self.store.fail(Failure(stage, None, text, topic.slug), self.run_id, self.clock())

    def tally(self) -> Tally:
        """What was done so far, for whoever reports of the run."""
        usage = self.scorer.usage + self.summarizer.usage
        return Tally(dict(self._tally), usage, tuple(dict.fromkeys(self.failures)), self._cap)

    def report(self) -> RunReport:
        """What this run did and what is left to do for its topics."""
        given, over = self.store.unscored(*(topic.slug for topic in self.topics))
        self._tally["unscored"] += given
        self._tally["carried_over"] += over
        return RunReport(
            run_id=self.run_id,
            started=self.started,
            finished=self.clock(),
            sources=self.sources,
            counts={name: self._tally[name] for name in COUNTS},
            waiting=self.parts.waiting(self.topics),
            usage=self.scorer.usage + self.summarizer.usage,
            failures=tuple(dict.fromkeys(map(redact, self.failures))),
            cap=self._cap,
        )
