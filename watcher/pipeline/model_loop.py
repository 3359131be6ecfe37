"""The loop of every stage that asks a model: sends a request for each unit of waiting work, in this process or through
the worker pool, and records the answers.

Whether a failure is the paper's own or the model server's is decided by whether other requests succeed (`Health`).
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from watcher.domain.errors import BadReply, CapReached, ModelError, WatcherError
from watcher.domain.facts import Candidate, HandoverCause, LoneFailure
from watcher.domain.papers.topic import Topic
from watcher.pipeline.dependencies import MeteredModel
from watcher.pipeline.run import Harmless, Run, attempt_each, harmless
from watcher.ports import LanguageModel, ModelJob, WorkerPool

Unit = TypeVar("Unit")
Answer = TypeVar("Answer")

_LARGEST_JOB = 8
"""The most requests in a job: more would save little, and all be repeated if the worker dies."""
_JOBS_LEFT = 2
"""The number of jobs, for each concurrent model call, into which the remaining requests are divided."""


@dataclass(frozen=True, slots=True)
class _OpenFailure:
    """A failed request about one paper alone, of which it is not known yet whether paper or server is the cause.
    `answers` is how many answers the model had given then.
    """

    candidate: Candidate
    error: WatcherError
    answers: int


class ModelLoop(ABC, Generic[Unit, Answer]):
    """Base class of the loops by which a stage asks the model about one topic's papers in one run.

    A subclass says what the units of work are (`units`, each for one request), how to ask about one (`ask`) and how to
    record the answer (`keep`). `asked` holds the candidate numbers of the papers about which a request was sent.
    """

    stage: str
    total_name: str
    """The name of the run's total that shows the progress of the stage."""

    def __init__(self, run: Run, topic: Topic, model: LanguageModel, concurrency: int) -> None:
        self.run, self.topic, self.deps, self.store = run, topic, run.deps, run.store
        self._model, self._concurrency = model, concurrency
        self._health = run.health(self.stage)
        self._lock = threading.Lock()
        self._open: list[_OpenFailure] = []
        self._unusable: dict[int, BadReply] = {}
        self._total = 0
        self.asked = set[int]()

    def __call__(self) -> None:
        """Ask about everything that waits, in this process or by the worker pool if there is one."""
        units = self.units()
        self._total = sum(len(self.papers(unit)) for unit in units)
        if (workers := self.deps.worker_pool) is not None:
            self._give_out(units, workers)
            return
        self._each(units)
        if again := self.again():
            self._each(again)
        self._finish()

    @abstractmethod
    def units(self) -> Sequence[Unit]:
        """The units of work, one for each request to the model, to be done in this run. Work that already failed in
        this run is left out.
        """

    @abstractmethod
    def papers(self, unit: Unit) -> Sequence[Candidate]:
        """The papers (as candidates of the topic) that the request for a unit of work is about."""

    @abstractmethod
    def ask(self, unit: Unit, model: LanguageModel) -> Answer:
        """Send one request to the model about a unit of work (one paper or a batch) and parse the answer. Raises
        BadReply and ModelError.
        """

    @abstractmethod
    def keep(self, unit: Unit, answer: Answer) -> None:
        """Store the model's answer about a unit of work (one paper or a batch)."""

    @abstractmethod
    def harmless(self, candidate: Candidate, attempt: int) -> Unit:
        """A unit of work with only this well-known paper, to test whether the model answers at all. An answer about it
        is not stored.
        """

    def note_unusable(self, papers: Sequence[Candidate], error: BadReply) -> None:
        """Record that an answer of the model about these papers could not be used though none of them is to blame, so
        that the next request differs and is not answered from the cache.
        """
        del papers, error

    def made_from(self, candidate: Candidate) -> tuple[str, str]:
        """The hash of the prompt and the name of the model that a request about this paper uses. A failure is copied to
        other topics that use the same; empty strings prevent that.
        """
        del candidate
        return "", ""

    def again(self) -> Sequence[Unit]:
        """Units of work (papers or batches) about which the model is to be asked once more after all others."""
        return ()

    def put_back(self, units: Sequence[Unit]) -> None:
        """Release units of work that were not done because the daily spending cap was reached, so that a later run
        takes them up. Does nothing by default.
        """

    def failed_alone(self) -> frozenset[int]:
        """The candidate numbers of the topic's papers on which the model failed in this run when asked
        about each alone.
        """
        return frozenset(self.store.handovers.failed_alone(self.topic.slug, self.stage, self.run.run_id))

    def count(self, **counts: int) -> None:
        """Add to the run's totals by name, and report the progress of the stage."""
        self.run.count(**counts)
        self.run.progress(self.stage, self.total_name, self._total)

    def _give_out(self, units: Sequence[Unit], workers: WorkerPool) -> None:
        """Queue the units as jobs and wait for them. The workers record the facts under the same run id."""
        run = self.run
        at_once = workers.capacity() if len(units) > 1 else 1
        questions = [[candidate.number for candidate in self.papers(unit)] for unit in units]
        jobs = [ModelJob(run.run_id, self.stage, self.topic.slug, n, run.now) for n in chunked(questions, at_once)]
        lost = workers.map(jobs, run.merge)
        error = WatcherError(f"{len(lost)} jobs were done by no worker", remedy="the next run takes them up")
        run.note(self.stage, [(job, error) for job in lost], self.topic)

    def _each(self, units: Sequence[Unit]) -> None:
        """Ask about the units, several at a time, and record the failures that are not about a paper, e.g. an outage."""
        failed = attempt_each(units, self.work, self._concurrency)
        for unit, _ in failed:
            numbers = [candidate.number for candidate in self.papers(unit)]
            if unusable := next((self._unusable[n] for n in numbers if n in self._unusable), None):
                self.note_unusable(self.papers(unit), unusable)
        self.run.note(self.stage, failed, self.topic)
        if capped := [unit for unit, error in failed if isinstance(error, CapReached)]:
            self.put_back(capped)

    def work(self, unit: Unit) -> None:
        """Get an answer about every paper of a unit, or find out which papers cause the failure. Raises failures that
        are not about a paper.
        """
        if self._health.over is None and (error := self.answer(unit)) is not None:
            self.failed(unit, error)

    def answer(self, unit: Unit) -> WatcherError | None:
        """Send one request about a unit; return the error if a paper may have caused it. Raises errors that affect all
        requests.
        """
        model, numbers = MeteredModel(self._model), [candidate.number for candidate in self.papers(unit)]
        try:
            answer = self.ask(unit, model)
        except (BadReply, ModelError) as error:
            self.asked.update(numbers)
            if isinstance(error, BadReply):
                self._unusable.update(dict.fromkeys(numbers, error))
            self._health.failed(error, self.why_no_answer)
            return error
        self.asked.update(numbers)
        self.keep(unit, answer)
        if model.usage.calls:  # a recorded reply says nothing of now
            self._health.answered()
            self._settle()
            self.deps.checkpoint()
        return None

    def failed(self, unit: Unit, error: WatcherError) -> None:
        """Note that a request failed, perhaps because of the paper it was about; whether it was, other requests show. A
        stage that asks about several papers at a time overrides this to find the paper.
        """
        (paper,) = self.papers(unit)
        with self._lock:
            self._open.append(_OpenFailure(paper, error, self._health.answers))
        self._settle()

    def why_no_answer(self) -> WatcherError | None:
        """Test whether the model answers, by a request about a well-known paper; return the error, or None if it
        answers.
        """
        try:
            self.ask(self.harmless(*harmless(self.topic.slug, self.run.run_id, self.run.clock)), self._model)
        except (BadReply, ModelError) as error:
            return error
        return None

    def _finish(self) -> None:
        """Decide about all open failures at the end: the papers' own or the model's. If no other request succeeded, one
        about a harmless paper decides.
        """
        try:
            left = self._settle(self.why_no_answer)
        except CapReached as capped:
            self.run.cap, left = capped.cap, []
        for one in left:
            if isinstance(one.error, BadReply):
                self.note_unusable([one.candidate], one.error)
        self.run.note(self.stage, [(one.candidate, self._health.over or one.error) for one in left], self.topic)

    def _settle(self, probe: Harmless | None = None) -> Sequence[_OpenFailure]:
        """Record the open failures that are certainly the papers' own, because the model answered other requests since.

        Without a `probe` the others stay open. With one, which asks about a harmless paper, nothing stays open: returns
        the failures that are the model's.
        """
        with self._lock:
            found, self._open = self._open, []
        left: list[_OpenFailure] = []
        for one in found:
            # A server that refuses or answers is there; one that broke off must have answered since.
            needed = one.answers if HandoverCause.of(one.error) is HandoverCause.BROKEN else 0
            is_own = self._health.over is None and self._health.answers > needed
            if is_own or (probe is not None and self._health.check(probe, needed)):
                self._record(one)
            else:
                left.append(one)
        if probe is not None:
            return left
        with self._lock:
            self._open += left
        return ()

    def _record(self, one: _OpenFailure) -> None:
        failure = LoneFailure(
            self.stage, HandoverCause.of(one.error), one.error.message, *self.made_from(one.candidate)
        )
        handed_over = self.store.handovers.add_failure(one.candidate.number, failure, self.run.run_id, self.run.clock())
        self.run.count(failed_alone=1)
        if not handed_over:  # it is asked about again in the next run
            self.run.failures.append(f"{self.stage}: {one.candidate.paper.id}: {one.error}")


def chunked(questions: Sequence[Sequence[int]], at_once: int) -> Iterator[tuple[int, ...]]:
    """Group model requests into jobs for `at_once` workers. A request is given as the candidate numbers of its papers,
    a job is the numbers of all its requests: several requests while many are left, one near the end.

    Distributing a job costs as much as a request, and at the end no worker should wait for another's long job.
    """
    done = 0
    while done < len(questions):
        size = min(_LARGEST_JOB, max(1, (len(questions) - done) // (at_once * _JOBS_LEFT)))
        yield tuple(number for question in questions[done : done + size] for number in question)
        done += size
