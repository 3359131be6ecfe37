"""One run's stages, each with its loop: take what waits, do it, record the fact or the failure."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Self

from watcher.domain.budget import TOKYO, Cap
from watcher.domain.curation.card import Reminder, digest_key
from watcher.domain.errors import BadReply, CapReached, CatalogError, WatcherError
from watcher.domain.papers.announcement_days import MARGIN, window_from
from watcher.domain.papers.feeds import FeedReport
from watcher.domain.papers.history import History
from watcher.domain.papers.paper import Announcement
from watcher.domain.papers.topic import Topic
from watcher.logs import get_logger, redact, staged
from watcher.pipeline.dependencies import COUNTS, UNREAD, Dependencies, MeteredModel, Scope
from watcher.pipeline.digest import digest_of, reminder_of
from watcher.pipeline.harvest import Harvest
from watcher.pipeline.outage import Health
from watcher.pipeline.scoring import ScoringLoop
from watcher.pipeline.summarizing import SummaryLoop
from watcher.ports import Clock, Failure, RunReport, Tally
from watcher.stages.collect import Collected, collect, notice_replacements
from watcher.stages.post import post, post_digest, send_once

_AT_A_TIME = 1000
_log = get_logger(__name__)


class Run:
    """One run's stages; every one takes what waits for it and records what it did and what failed."""

    def __init__(
        self,
        deps: Dependencies,
        run_id: str,
        now: datetime | None,
        warnings: Sequence[str] = (),
        scope: Scope | None = None,
    ) -> None:
        self._unmetered, self.topics = deps, deps.options.topics
        self.scope = scope or deps.options.scope
        self.store, self.engine, self.run_id = deps.store, deps.engine, run_id
        self.clock: Clock = deps.clock if now is None else lambda: now
        self.started, self._pretended = self.clock(), now is not None
        self.sources: tuple[FeedReport, ...] = ()
        self._warnings = tuple(f"score: {warning}" for warning in warnings)
        self.scoring, self.summarizing = Health(), Health()  # of the whole run, whichever topic asks
        self._screened_to: Counter[str] = Counter()  # what this run screened need not be passed over again and again
        self._reset_totals()

    def _reset_totals(self) -> None:
        deps = self._unmetered
        self.scorer, self.summarizer = MeteredModel(deps.scorer), MeteredModel(deps.summarizer)
        self.deps = replace(deps, scorer=self.scorer, summarizer=self.summarizer)
        self.failures: list[str] = list(self._warnings)
        self._cap: Cap | None = None
        self.counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def fork(self) -> Self:
        """The same run with an account of its own, for one topic beside others; `merge` adds up what it comes to."""
        mine = copy(self)
        mine._reset_totals()  # noqa: SLF001 - one of us
        return mine

    def merge(self, told: Tally) -> None:
        """Add what was done for this run elsewhere."""
        self.counts.update(told.counts)
        self.scorer.usage += told.usage
        self.failures += told.failures
        self._cap = told.cap or self._cap

    @staged("collect")
    def collect(self) -> None:
        """Read every feed and add what it announces."""
        deps = self.deps
        found = collect(
            deps.sources(),
            self.store,
            deps.options.topics,
            run=self.run_id,
            now=self.clock(),
            holidays=deps.options.holidays,
            window_hours=deps.options.window_hours,
            watch=deps.options.watch,
        )
        self._add_reports(found)
        self._notice([])

    @staged("reconcile")
    def close_days(self) -> None:
        """Take in by arXiv's full list what was announced on days that nobody has read, if there are any."""
        if unread := self.deps.unread_days(self.clock()):
            self._harvest(unread[0] - MARGIN)

    @staged("reconcile")
    def reconcile(self, since: date | None) -> None:
        """Add what was announced since a day (UTC) and no feed told of; without a day, since the last complete
        reconciliation or the oldest open day, whichever is earlier. What a later day leaves open stays open.
        """
        now = self.clock()
        self._harvest(since or window_from(self.store.days.account(now), now, self.deps.unread_days(now)))

    def _harvest(self, since: date) -> None:
        found, withdrawn = Harvest(self.deps, self.run_id, self.clock).reconcile(since)
        self._add_reports(found)
        self._notice(withdrawn)

    @staged("backfill")
    def backfill(self, history: History) -> None:
        """Add and screen what was announced in a span of days; one that was cut short goes on where it was."""
        self._add_reports(Harvest(self.deps, self.run_id, self.clock).backfill(history, self._screen_all))

    def _screen_all(self) -> None:
        waiting = list(self.deps.options.topics)
        while waiting:  # by turns: what was read of a paper for one topic is still known for the next
            waiting = [topic for topic in waiting if self._screen_some(topic)]

    def _notice(self, withdrawn: Sequence[Announcement]) -> None:
        """Give notice of later versions of what has a card or stands in the catalog."""
        known = self.store.papers.with_card()
        for document in {id(d): d for d in (self.deps.document, *self.deps.documents.values())}.values():
            try:
                known |= document.ids()
            except CatalogError as error:
                if any(self.deps.document_of(topic.slug) is document for topic in self.topics):
                    self.failures.append(f"collect: {error}")
        notice_replacements(self.store, known, withdrawn, run=self.run_id, now=self.clock())

    def _add_reports(self, found: Collected) -> None:
        self.counts["announced"] += found.announced
        self.failures += [f"collect: {report.trouble}" for report in found.reports if report.trouble]
        self.sources += found.reports

    @staged("screen")
    def screen(self, topic: Topic) -> None:
        """Screen every new candidate."""
        while self._screen_some(topic):
            pass

    def _screen_some(self, topic: Topic) -> bool:
        """Screen the next thousand; whether there may be more."""
        screen = self.deps.screens[topic.slug]
        screen.refresh()
        waiting = self.store.papers.to_screen(topic.slug, _AT_A_TIME, self._screened_to[topic.slug])
        if waiting:
            threshold = screen.threshold(self.store.prefilters)
            judged = [(candidate.number, screen(candidate, threshold)) for candidate in waiting]
            self.store.papers.add_screenings(judged, self.run_id, self.clock())
            self.counts["screened"] += len(judged)
            self.counts["passed"] += sum(screening.passed for _, screening in judged)
            self._screened_to[topic.slug] = waiting[-1].number
        return len(waiting) == _AT_A_TIME

    @staged("score")
    def score(self, topic: Topic) -> None:
        """Score what waits, each batch by one question."""
        judging = ScoringLoop(self, topic)
        self._record_failures("score", judging(), topic)
        self._left("score", judging)

    @staged("summarize")
    def summarize(self, topic: Topic) -> None:
        """Write the cells of what is relevant."""
        writing = SummaryLoop(self, topic)
        self._record_failures("summarize", writing(), topic)
        self._left("summarize", writing)

    def _left(self, stage: str, done: ScoringLoop | SummaryLoop) -> None:
        self.failures += [f"{stage}: {paper}" for paper in done.waiting]
        self._cap = done.cap or self._cap

    @staged("post")
    def post(self, topic: Topic) -> None:
        """Open the day with its digest, then show a card for every summary."""
        deps = self.deps
        if self.scope.only is None:
            self._digest(topic)

        def show(number: int) -> None:
            beyond = before + waiting.index(number) >= deps.options.cards_in_channel
            below = self._digest_ref(topic) if beyond else ""
            post(number, deps.desk, self.store, run=self.run_id, now=self.clock(), below=below)
            self.counts["posted"] += 1
            deps.progress("post", self.counts["posted"], len(waiting))

        morning = self.clock().astimezone(TOKYO).replace(hour=0, minute=0, second=0, microsecond=0)
        before = self.store.cards.count_posted(topic.slug, deps.desk.name, morning)
        waiting = [n for n in self.store.cards.to_post(topic.slug, deps.desk.name) if self.scope.includes(n)]
        for trouble in deps.enrich([self.store.cards.get(number) for number in waiting], self.run_id, self.clock()):
            _log.warning("cards go without figures", error=trouble)
        for number, error in self.engine.each(waiting, show):
            self.store.runs.add_failure(Failure("post", number, str(error)), self.run_id, self.clock())
            self.failures.append(f"post: {error}")
        if self.scope.only is None and deps.options.remind_after_days:
            self._remind(topic)

    def _digest_ref(self, topic: Topic) -> str:
        """Where today's digest stands, for the cards in its thread."""
        day = self.clock().astimezone(TOKYO).date()
        return self.store.outbox.sent(f"{digest_key(topic.slug, day)}/{self.deps.desk.name}") or ""

    def _remind(self, topic: Topic) -> None:
        """List what has waited for a verdict too long, once a day."""
        reminders = [one for one in [reminder_of(topic, self.deps, self.clock())] if one.cards]
        desk = self.deps.desk

        def remind(reminder: Reminder) -> None:
            send_once(f"{reminder.key}/{desk.name}", reminder, desk, self.store, self.clock())

        self._record_failures("post", self.engine.each(reminders, remind), topic)

    def refresh(self) -> None:
        """Propose what has happened to the catalog's papers; services that do not answer hold up no other."""
        try:
            found = self.deps.refresh(self.run_id, self.clock())
        except WatcherError as error:
            self.failures.append(f"refresh: {error}")
            return
        for trouble in found.troubles:
            _log.warning("the refresh goes without figures", run=self.run_id, error=trouble)

    def _digest(self, topic: Topic) -> None:
        """Post today's digest, or bring it up to date when something changed."""
        digest = digest_of(topic, self.deps, self.clock(), self._cap, self._warnings)
        today = self.store.digests.last(topic.slug)
        if today is None or today[0] != digest:
            skip = self.deps.options.quiet == "skip"
            failed = self.engine.each(
                [digest],
                lambda unit: post_digest(unit, self.deps.desk, self.store, now=self.clock(), skip_quiet=skip),
            )
            self._record_failures("post", failed, topic)

    def _record_failures(self, stage: str, failed: Sequence[tuple[Any, WatcherError]], topic: Topic) -> None:
        """Note what failed, once per cause; what is no single paper's fault is recorded for the digest."""
        for text, error in {str(error): error for _, error in failed}.items():
            if isinstance(error, CapReached):
                self._cap = error.cap
                continue
            self.failures.append(f"{stage}: {text}")
            if not isinstance(error, BadReply):
                self.store.runs.add_failure(Failure(stage, None, text, topic.slug), self.run_id, self.clock())

    def result(self) -> Tally:
        """What was done so far, for whoever reports of the run."""
        usage = self.scorer.usage + self.summarizer.usage
        return Tally(dict(self.counts), usage, tuple(dict.fromkeys(self.failures)), self._cap)

    def report(self, *, must_close: bool = False) -> RunReport:
        """What this run did and what is left to do for its topics. Days that nobody has read are its failure where it
        `must_close` them.
        """
        unread = self.deps.unread_days(self.clock())
        if unread and must_close:
            self.failures.append(f"{UNREAD}: {' '.join(map(str, unread))}")
        given, over = self.store.scoring.unscored(*(topic.slug for topic in self.topics))
        self.counts["unscored"] += given
        self.counts["carried_over"] += over
        return RunReport(
            run_id=self.run_id,
            started=self.started,
            finished=self.clock(),
            sources=self.sources,
            counts={name: self.counts[name] for name in COUNTS},
            waiting=self.deps.waiting(self.topics),
            usage=self.scorer.usage + self.summarizer.usage,
            failures=tuple(dict.fromkeys(map(redact, self.failures))),
            cap=self._cap,
            unread=unread,
            pretended=self._pretended,
        )
