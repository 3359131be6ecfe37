"""The state of one run of the pipeline (topics, totals, failures, model usage), and `Run.each`, the loop in which every
stage processes its units of work.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Self, TypeVar

from watcher.domain.budget import Cap, Usage
from watcher.domain.errors import BadReply, CapReached, WatcherError
from watcher.domain.papers.feeds import FeedReport
from watcher.domain.papers.topic import Topic
from watcher.logs import redact
from watcher.pipeline.dependencies import COUNTS, Dependencies, MeteredModel, Scope
from watcher.pipeline.outage import Health
from watcher.pipeline.workers import attempt_each
from watcher.ports import Clock, Failure, JobResult, RunReport
from watcher.ports.records import UNREAD

Unit = TypeVar("Unit")
Record = Callable[[Unit, WatcherError], Failure | None]
"""Makes the Failure to be recorded for a failed unit of work, None if none is."""


def unrecorded(unit: object, error: WatcherError) -> None:
    """A `record` function for `Run.each` that stores nothing about a failed unit: the failure is in the run's report
    only.
    """
    del unit, error


class Run:
    """The state of one run of the pipeline. Threads share it; `fork` gives each topic totals of its own."""

    def __init__(
        self,
        deps: Dependencies,
        run_id: str,
        now: datetime | None = None,
        *,
        warnings: Sequence[str] = (),
        scope: Scope | None = None,
        topics: Sequence[Topic] | None = None,
    ) -> None:
        """Begin a run. `now` replaces the clock; `warnings` are about models that are not available."""
        self._unmetered, self.store, self.run_id, self.now = deps, deps.store, run_id, now
        self.topics = deps.options.topics if topics is None else topics
        self.scope = scope or deps.options.scope
        self.clock: Clock = deps.clock if now is None else lambda: now
        self.started = self.clock()
        self.sources: tuple[FeedReport, ...] = ()
        self.warnings = tuple(f"score: {warning}" for warning in warnings)
        self._health: dict[str, Health] = {}
        self.screened_to: Counter[str] = Counter()  # what this run screened need not be passed over again and again
        self._reset_totals()

    def _reset_totals(self) -> None:
        deps = self._unmetered
        self.scorer, self.triager = MeteredModel(deps.scorer), MeteredModel(deps.triager)
        self.summarizer = MeteredModel(deps.summarizer)
        self.deps = replace(deps, scorer=self.scorer, triager=self.triager, summarizer=self.summarizer)
        self.failures: list[str] = list(self.warnings)
        self.cap: Cap | None = None
        self._counts: Counter[str] = Counter()
        self._recorded = set[Failure]()
        self._lock = threading.Lock()

    def add_warnings(self, warnings: Sequence[str]) -> None:
        """Add warnings about models, which appear in the digests and as failures of the run."""
        self.warnings += tuple(warnings)
        self.failures += warnings

    def fork(self) -> Self:
        """A copy of the run with empty totals, for a topic that is processed in parallel with others; its `result` is
        added to the run by `merge`.
        """
        mine = copy(self)
        mine._reset_totals()  # noqa: SLF001 - one of us
        return mine

    def within(self, scope: Scope) -> Self:
        """A copy of the run with other limits (Scope) that shares its totals, except `cap`, which the caller copies
        back.
        """
        mine = copy(self)
        mine.scope = scope
        return mine

    def merge(self, result: JobResult) -> None:
        """Add the result (totals, usage, failures) of a forked run or of a worker's job to this run."""
        self.count(**result.counts)
        self.scorer.usage += result.usage
        self.failures += result.failures
        self.cap = result.cap or self.cap

    def count(self, **counts: int) -> None:
        """Add to the run's totals by name, e.g. scored=3."""
        with self._lock:
            self._counts.update(counts)

    def total(self, name: str) -> int:
        """The present value of one of the run's totals, by name."""
        return self._counts[name]

    def progress(self, stage: str, count: str, total: int) -> None:
        """Report the progress of a stage: how far the total named `count` has come, out of `total`."""
        done = self._counts[count]
        self.deps.progress(stage, done, max(total, done))

    def health(self, stage: str) -> Health:
        """The circuit breaker for the model that a stage asks, shared by all topics of the run."""
        return self._health.setdefault(stage, Health())

    def each(
        self,
        stage: str,
        units: Sequence[Unit],
        work: Callable[[Unit], None],
        record: Topic | Record[Unit],
        *,
        concurrency: int = 1,
        backoff: tuple[str, Sequence[timedelta]] | None = None,
    ) -> Sequence[tuple[Unit, WatcherError]]:
        """Call `work` for each unit, stop in an outage, record failures (see `note`), and return the failed units with
        their errors. Every stage uses this loop.

        `backoff` is a name under which further attempts are paused after a failure, and how long after the first,
        second … failure; the caller checks beforehand whether it is paused.
        """
        failed = attempt_each(units, work, concurrency)
        self.note(stage, failed, record)
        if backoff is not None and failed:
            self.store.backoff.pause(backoff[0], self.clock(), backoff[1])
        elif backoff is not None and units:
            self.store.backoff.clear(backoff[0])
        return failed

    def note(self, stage: str, failed: Sequence[tuple[Unit, WatcherError]], record: Topic | Record[Unit]) -> None:
        """Add errors of units to the run's failures (each text once) and record them in the database.

        `record` makes the Failure of a unit. If it is a topic, the errors are not about single papers: they are
        recorded once for the topic's digest, except unusable answers, which were recorded by paper, and a reached
        spending cap, which is no failure.
        """
        for unit, error in failed:
            if isinstance(record, Topic) and isinstance(error, CapReached):
                self.cap = error.cap
                continue
            if (text := f"{stage}: {error}") not in self.failures:
                self.failures.append(text)
            if not isinstance(record, Topic):
                failure = record(unit, error)
            else:
                failure = None if isinstance(error, BadReply) else Failure(stage, None, str(error), record.slug)
            if failure is not None and failure not in self._recorded:
                self._recorded.add(failure)
                self.store.runs.add_failure(failure, self.run_id, self.clock())

    @property
    def usage(self) -> Usage:
        """Tokens and cost of the model calls of this run."""
        return self.scorer.usage + self.triager.usage + self.summarizer.usage

    def result(self) -> JobResult:
        """The totals, usage and failures of this part of a run, to be added to the whole run by `merge`."""
        return JobResult(dict(self._counts), self.usage, tuple(dict.fromkeys(self.failures)), self.cap)

    def report(self, *, must_close: bool = False) -> RunReport:
        """The report of the run: what it did, and what is left to do for its topics. With `must_close`, announcement
        days that were never read are a failure.
        """
        if self.deps.worker_pool is not None:  # also what others did for it under one who died
            for result in self.store.results.pop_run(self.run_id):
                self.merge(result)
        unread = self.deps.unread_days(self.clock())
        if unread and must_close:
            self.failures.append(f"{UNREAD}: {' '.join(map(str, unread))}")
        slugs = [topic.slug for topic in self.topics]
        given, over = self.store.scoring.unscored(*slugs)
        self.count(unscored=given, carried_over=over + sum(self.store.triage.untriaged(*slugs)))
        return RunReport(
            run_id=self.run_id,
            started=self.started,
            finished=self.clock(),
            sources=self.sources,
            counts={name: self._counts[name] for name in COUNTS},
            waiting=self.deps.waiting(self.topics),
            usage=self.usage,
            failures=tuple(dict.fromkeys(map(redact, self.failures))),
            cap=self.cap,
            unread=unread,
            pretended=self.now is not None,
        )
