"""One run of the pipeline: its state (topics, totals, failures, model usage), the loop in which every stage attempts its
units of work, and the circuit breakers and thread pools by which one failing or slow part does not stop the others.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from contextvars import Context, copy_context
from copy import copy
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import repeat
from typing import Any, Generic, Self, TypeVar

from watcher.domain.budget import Cap, Usage
from watcher.domain.errors import (
    BadReply,
    BusyError,
    CapReached,
    DatabaseError,
    DeskRefused,
    ModelRefused,
    Unavailable,
    WatcherError,
    unforeseen,
)
from watcher.domain.facts import Candidate
from watcher.domain.papers.feeds import FeedReport
from watcher.domain.papers.paper import AnnounceType, Paper, PaperId
from watcher.domain.papers.topic import Topic
from watcher.domain.text import fingerprint
from watcher.logs import about, get_logger, redact
from watcher.pipeline.dependencies import COUNTS, Dependencies, MeteredModel, Scope
from watcher.ports import Batch, Clock, Failure, JobResult, RunReport
from watcher.ports.records import UNREAD

Unit = TypeVar("Unit")
Record = Callable[[Unit, WatcherError], Failure | None]
"""Makes the Failure to be recorded for a failed unit of work, None if none is."""
Work = Callable[[str], Sequence[str]]
"""The work for one topic, by its slug; returns the failures."""

_OUTAGE = 3
"""The number of failures in a row, over all units, that count as an outage of the service."""
_log = get_logger(__name__)


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
        """Begin a run. `now` replaces the clock; `warnings` (models that are not offered, a gap in the schedule) appear in
        the digests and are failures of the run.
        """
        self._unmetered, self.store, self.run_id, self.now = deps, deps.store, run_id, now
        self.topics = deps.options.topics if topics is None else topics
        self.scope = scope or deps.options.scope
        self.clock: Clock = deps.clock if now is None else lambda: now
        self.started = self.clock()
        self.sources: tuple[FeedReport, ...] = ()
        self.warnings = tuple(warnings)
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

    def attempts(
        self, stage: str, units: Iterable[Unit], record: Topic | Record[Unit] | None = None
    ) -> Iterator[tuple[Unit, AbstractContextManager[None]]]:
        """Yield each unit of work of a stage with the context manager within which it is to be done. Stops in an
        outage; at the end records the failures (see `note`).
        """
        attempts = Attempts[Unit]()
        yield from attempts.over(units)
        self.note(stage, attempts.failed, record)

    @contextmanager
    def attempting(self, stage: str, record: Topic | None = None) -> Iterator[None]:
        """Context manager for the only unit of work of a stage: a failure is recorded (see `note`) and not raised."""
        attempts = Attempts[None]()
        with attempts.attempt(None):
            yield
        self.note(stage, attempts.failed, record)

    def note(
        self, stage: str, failed: Sequence[tuple[Unit, WatcherError]], record: Topic | Record[Unit] | None = None
    ) -> None:
        """Add failed units of a stage, each with its error, to the failures in the run's report (each text once), and
        store them in the database as `record` says.

        If `record` is None, nothing is stored. If it is a function, the Failure that it makes of each unit and error is
        stored, or nothing where it returns None. If it is a topic, each error is stored once as a failure of the stage
        in that topic, about no single paper; of these errors, a BadReply (an unusable answer) is not stored, because it
        was recorded for each paper before, and a CapReached only sets the run's `cap`, because a reached spending cap
        is no failure.
        """
        for unit, error in failed:
            if isinstance(record, Topic) and isinstance(error, CapReached):
                self.cap = error.cap
                continue
            if (text := f"{stage}: {error}") not in self.failures:
                self.failures.append(text)
            if isinstance(record, Topic):
                failure = None if isinstance(error, BadReply) else Failure(stage, None, str(error), record.slug)
            else:
                failure = record(unit, error) if record is not None else None
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
            for result in self.store.coordination.pop_run_results(self.run_id):
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


class Attempts(Generic[Unit]):
    """Runs units of work so that a failing one does not stop the others. `failed` lists the units that failed, each
    with its error.

    `given_up` becomes True after an error that every unit would meet (refused by the model server or the desk, database
    out of order or in use), or after three failures of a service (unavailable, or unusable answers) without a success
    in between. The remaining units are then not attempted, but left for another run: they would fail the same way, and
    may cost money.
    """

    def __init__(self) -> None:
        self.failed: list[tuple[Unit, WatcherError]] = []
        self.given_up = False
        self._in_a_row = 0
        self._lock = threading.Lock()

    def over(self, units: Iterable[Unit]) -> Iterator[tuple[Unit, AbstractContextManager[None]]]:
        """Yield each unit with the context manager of its attempt, until the rest is given up."""
        for unit in units:
            if self.given_up:
                return
            yield unit, self.attempt(unit)

    @contextmanager
    def attempt(self, unit: Unit) -> Iterator[None]:
        """Context manager for the work on a unit: notes how it ended, and raises none of its errors."""
        error: WatcherError | None = None
        try:
            with about(**_named(unit)):
                yield
        except WatcherError as caught:
            error = caught
        except Exception as caught:  # noqa: BLE001 - one paper must not stop the others, whatever went wrong
            _log.exception("a unit of work failed unexpectedly")
            error = WatcherError(unforeseen(caught), remedy="set WATCHER_LOG=info to see where")
        with self._lock:
            if error is None:
                self._in_a_row = 0
                return
            self.failed.append((unit, error))
            self._in_a_row += isinstance(error, Unavailable | BadReply)
            if isinstance(error, ModelRefused | DeskRefused | DatabaseError | BusyError) or self._in_a_row >= _OUTAGE:
                self.given_up = True


def attempt_each(
    units: Sequence[Unit], work: Callable[[Unit], None], concurrency: int = 1
) -> Sequence[tuple[Unit, WatcherError]]:
    """Call `work` for every unit in threads, `concurrency` at a time, and return the failed units with their errors, in
    the order of the units. See `Attempts` for when the rest is left.
    """
    attempts, here = Attempts[Unit](), copy_context()  # what events are about goes along

    def do(unit: Unit) -> None:
        if not attempts.given_up:
            with attempts.attempt(unit):
                work(unit)

    with ThreadPoolExecutor(concurrency) as pool:
        list(pool.map(Context.run, [here.copy() for _ in units], repeat(do), units))
    return sorted(attempts.failed, key=lambda failure: units.index(failure[0]))


def _named(unit: object) -> dict[str, Any]:
    """The fields that identify a unit of work in log events."""
    match unit:
        case Candidate() as candidate, *_:
            return {"paper": str(candidate.paper.id)}
        case Batch() as batch:
            return {"batch": batch.number, "papers": " ".join(str(c.paper.id) for c in batch.candidates)}
        case int(number) | (int(number), *_):
            return {"card": number}
    return {}


class TopicWorkers:
    """Thread pools for work on many topics, `at_once` threads in all. They are divided evenly among Slack workspaces,
    so that hanging topics of one do not stop those of another; `teams` is the workspace of each topic.
    """

    def __init__(self, teams: Mapping[str, str], at_once: int) -> None:
        self._teams = teams
        # A workspace that drips, or a catalog on a disk that hangs, must not keep another group waiting.
        part = max(1, at_once // max(1, len(set(teams.values()))))
        names = {"", *teams.values()}  # "" is also where topics go that are no longer configured
        self._pools = {team: ThreadPoolExecutor(part, thread_name_prefix="topic") for team in names}
        self._busy: dict[str, Future[None]] = {}
        self._again: dict[str, Work] = {}
        self._failed = defaultdict[str, list[str]](list)
        self._lock = threading.Lock()

    def each(self, topics: Sequence[str], work: Work, timeout: float | None = None) -> list[str]:
        """Call `work` for every topic in threads, wait, and return the failures in the order of the topics.

        A topic that takes longer than `timeout` seconds continues in the background, and a later call returns its
        failures. If it is requested again meanwhile, the work is done once more when it ends.
        """
        if timeout is None and len(topics) == 1:  # nobody to hold up
            with _isolated(topics[0]) as failures:
                failures.extend(work(topics[0]))
            return failures
        if timeout is None:
            waiting = [self._begin(topic, partial(_failures, topic, work)) for topic in topics]
            return [failure for future in waiting for failure in future.result()]
        with self._lock:
            for topic in topics:
                self._again[topic] = work
                if topic not in self._busy:
                    self._busy[topic] = self._begin(topic, partial(self._repeat, topic))
            begun = [self._busy[topic] for topic in topics]
        wait(begun, timeout=timeout)
        with self._lock:
            ended = dict.fromkeys([*topics, *self._failed])
            return [failure for topic in ended for failure in self._failed.pop(topic, ())]

    def close(self) -> None:
        """Wait for the work that is in progress, and stop the threads."""
        for pool in self._pools.values():
            pool.shutdown(cancel_futures=True)

    def _begin(self, topic: str, work: Callable[[], Any]) -> Future[Any]:
        pool = self._pools[self._teams.get(topic, "")]
        return pool.submit(copy_context().run, work)  # what events are about goes along

    def _repeat(self, topic: str) -> None:
        """Do the work for a topic until nobody asks for more."""
        while True:
            with self._lock:
                work = self._again.pop(topic, None)
                if work is None:
                    del self._busy[topic]
                    return
            failures = _failures(topic, work)
            with self._lock:
                self._failed[topic] += [failure for failure in failures if failure not in self._failed[topic]]


def _failures(topic: str, work: Work) -> list[str]:
    """Do the work for one topic and return its failures."""
    with _isolated(topic) as failures:
        failures.extend(work(topic))
    return failures


@contextmanager
def _isolated(topic: str) -> Iterator[list[str]]:
    """Context manager for the work for one topic: yields the list of its failures, to which an exception is added, so
    that other topics go on.
    """
    failures: list[str] = []
    try:
        yield failures
    except WatcherError as error:
        failures.append(f"{topic}: {error}")
    except Exception as error:  # noqa: BLE001 - one topic must not stop the others, whatever went wrong
        _log.exception("the work failed unexpectedly", topic=topic)
        failures.append(f"{topic}: {unforeseen(error)}")


_IN_A_ROW = 3
"""The number of failures in a row after which a request about a harmless paper tests for an outage."""
_FRESH = timedelta(minutes=10)
"""The time for which an answer to the harmless request shows that the model answers; then it is sent anew."""

_ABSTRACT = (
    "The dominant sequence transduction models are based on complex recurrent or convolutional neural networks in an "
    "encoder-decoder configuration. The best performing models also connect the encoder and decoder through an "
    "attention mechanism. We propose a new simple network architecture, the Transformer, based solely on attention "
    "mechanisms, dispensing with recurrence and convolutions entirely."
)
_HARMLESS = Paper(
    id=PaperId("arxiv", "1706.03762"),
    version=1,
    title_raw="Attention Is All You Need",
    abstract_raw=_ABSTRACT,
    authors_raw="Ashish Vaswani",
    title="Attention Is All You Need",
    abstract=_ABSTRACT,
    authors=("Ashish Vaswani",),
    categories=("cs.CL",),
    url="https://arxiv.org/abs/1706.03762",
    published=date(2017, 6, 12),
)
"""A well-known paper about which no model refuses to answer; arXiv's metadata are in the public domain (CC0)."""


def harmless(topic: str, run: str, clock: Clock) -> tuple[Candidate, int]:
    """A stand-in candidate for testing whether a model answers, made from a well-known paper about which no model
    refuses, and the `attempt` for the request.

    The attempt is new for each run and every few minutes, because a cached reply would not show that the model answers
    now.
    """
    now = clock()
    attempt = int(fingerprint(run, str(int(now.timestamp() / _FRESH.total_seconds()))), 16) % 2**31
    return Candidate(0, topic, _HARMLESS, AnnounceType.NEW, now), attempt


Harmless = Callable[[], WatcherError | None]
"""Sends the request about a harmless paper; returns the error, None if it was answered."""


class Health:
    """State of the circuit breaker for one stage's model: whether it answers, judged by all requests of a run, from all
    topics and threads.
    """

    def __init__(self) -> None:
        self._lock, self._asking = threading.Lock(), threading.Lock()
        self._in_a_row = 0
        self.answers = 0
        self.over: WatcherError | None = None

    def answered(self) -> None:
        """Note that the model gave a usable answer that did not come from the cache."""
        with self._lock:
            self.answers += 1
            self._in_a_row = 0

    def failed(self, error: WatcherError, harmless: Harmless) -> None:
        """Note a failed request. After several in a row, `harmless` is called to test by another request whether the
        model answers.

        Raises the error if the model refuses all requests or fails the test too; another run then takes up the
        remaining work.
        """
        with self._lock:
            self._in_a_row += 1
            doubtful = self._in_a_row >= _IN_A_ROW
        if isinstance(error, ModelRefused):
            self.over = error
        elif doubtful:
            self.check(harmless)
        if self.over is not None:
            raise self.over.with_traceback(None)

    def check(self, harmless: Harmless, since: int | None = None) -> bool:
        """Whether the model answers: it has answered since its count of answers was `since` (None: it did not fail
        several times in a row), or it answers the test request sent by `harmless`. If that fails too, an outage is
        recorded.
        """
        with self._asking:  # one who waited here may have nothing left to ask
            if self.over is not None or (self._in_a_row < _IN_A_ROW if since is None else self.answers > since):
                return self.over is None
            self.over = harmless()
            if self.over is None:
                self.answered()
            return self.over is None
