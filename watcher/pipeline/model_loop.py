"""What waits for a stage that asks a model -> answers kept: by this process, or by whichever worker is free.

A question about several papers that fails is halved until what spoils it stands alone. Whether a failure is the paper's
own or the model's is told by what else gets through (`outage`).
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from watcher.domain.errors import BadReply, CapReached, ModelError, WatcherError
from watcher.domain.facts import Candidate
from watcher.domain.handover import Cause, LoneFailure
from watcher.domain.papers.topic import Topic
from watcher.pipeline.dependencies import MeteredModel
from watcher.pipeline.outage import Harmless, harmless
from watcher.pipeline.run import Run
from watcher.ports import LanguageModel, ModelJob, WorkerPool

Unit = TypeVar("Unit")
Answer = TypeVar("Answer")

_LARGEST_JOB = 8
"""Questions a job: more would save little, and be late when the worker dies."""
_JOBS_LEFT = 2
"""So many jobs for every model call at a time are always left to be given out."""


@dataclass(frozen=True, slots=True)
class _OpenFailure:
    """A question about one paper alone that failed when the model had given so many `answers`; whose fault it is stands open."""

    candidate: Candidate
    error: WatcherError
    answers: int


class ModelLoop(ABC, Generic[Unit, Answer]):
    """One run's questions of one stage about one topic's papers. A stage says what its units are, how one is asked about
    and how the answer is kept; `asked` holds the numbers of the candidates that a question was sent about.
    """

    stage: str
    total_name: str
    """The count of the run that tells how far the stage is."""

    def __init__(self, run: Run, topic: Topic, model: LanguageModel, concurrency: int) -> None:
        self.run, self.topic, self.deps, self.store = run, topic, run.deps, run.store
        self._model, self._concurrency = model, concurrency
        self._health = run.health(self.stage)
        self._lock = threading.Lock()
        self._open: list[_OpenFailure] = []
        self._unusable: dict[int, BadReply] = {}
        self._total = 0
        self.asked = set[int]()

    @abstractmethod
    def units(self) -> Sequence[Unit]:
        """What is to be asked in this run, without what failed in it already."""

    @abstractmethod
    def papers(self, unit: Unit) -> Sequence[Candidate]:
        """The candidates that a unit asks about."""

    @abstractmethod
    def ask(self, unit: Unit, model: LanguageModel) -> Answer:
        """Ask about a unit once. Raises BadReply and ModelError."""

    @abstractmethod
    def keep(self, unit: Unit, answer: Answer) -> None:
        """Record what was answered."""

    @abstractmethod
    def harmless(self, candidate: Candidate, attempt: int) -> Unit:
        """A question about this paper, which is no candidate; an answer to it is not kept."""

    def note_unusable(self, papers: Sequence[Candidate], error: BadReply) -> None:
        """Record that an answer could not be used, which was no paper's fault: what is asked next is another question."""
        del papers, error

    def part(self, unit: Unit, papers: Sequence[Candidate]) -> Unit:
        """The unit about some of its papers only."""
        del papers
        return unit

    def split_answers(self, error: WatcherError) -> bool:
        """Whether a failure was merely too much for one answer, so that either part may get through."""
        del error
        return False

    def made_from(self, candidate: Candidate) -> tuple[str, str]:
        """The hash of the prompt and the name of the model that a failed question was asked with. A topic that asks the
        same of the same model takes the failure over; empty strings mean that it never does.
        """
        del candidate
        return "", ""

    def again(self) -> Sequence[Unit]:
        """What is asked about once more when all was asked."""
        return ()

    def put_back(self, units: Sequence[Unit]) -> None:
        """Let units wait their turn for which the day's cap had no room."""

    def __call__(self) -> None:
        """Ask about everything that waits, by this process or by the pool of workers where there is one."""
        units = self.units()
        self._total = sum(len(self.papers(unit)) for unit in units)
        if (workers := self.deps.worker_pool) is not None:
            self._give_out(units, workers)
            return
        self._each(units)
        if again := self.again():
            self._each(again)
        self._finish()

    def failed_alone(self) -> frozenset[int]:
        """The papers on which the model failed alone in this run already, for this topic or another."""
        return frozenset(self.store.handovers.failed_alone(self.topic.slug, self.stage, self.run.run_id))

    def count(self, **counts: int) -> None:
        """Add to the run's totals and tell how far the stage is."""
        self.run.count(**counts)
        self.run.progress(self.stage, self.total_name, self._total)

    def _give_out(self, units: Sequence[Unit], workers: WorkerPool) -> None:
        """Queue the units as jobs and wait for them. The workers record the facts, under the same run."""
        run = self.run
        at_once = workers.capacity() if len(units) > 1 else 1
        questions = [[candidate.number for candidate in self.papers(unit)] for unit in units]
        jobs = [ModelJob(run.run_id, self.stage, self.topic.slug, n, run.now) for n in chunked(questions, at_once)]
        lost = workers.map(jobs, run.merge)
        error = WatcherError(f"{len(lost)} jobs were done by no worker", remedy="the next run takes them up")
        run.note(self.stage, [(job, error) for job in lost], self.topic)

    def _each(self, units: Sequence[Unit]) -> None:
        failed = self.run.each(self.stage, units, self._work, self.topic, concurrency=self._concurrency)
        if capped := [unit for unit, error in failed if isinstance(error, CapReached)]:
            self.put_back(capped)

    def _work(self, unit: Unit) -> None:
        """Get an answer about every paper of a unit, or know which of them is the cause that there is none. Raises what
        concerns everybody.
        """
        if self._health.over is not None:
            return
        try:
            self._settle_unit(unit)
        except WatcherError:
            numbers = [candidate.number for candidate in self.papers(unit)]
            if unusable := next((self._unusable[n] for n in numbers if n in self._unusable), None):
                self.note_unusable(self.papers(unit), unusable)
            raise

    def _settle_unit(self, unit: Unit) -> None:
        error = self._ask(unit)
        if error is not None:
            self._split(unit, error)

    def _ask(self, unit: Unit) -> WatcherError | None:
        """Ask about a unit once; gives what failed, where that may be a paper's fault. Raises what concerns everybody."""
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
        return None

    def _split(self, unit: Unit, error: WatcherError) -> None:
        """Find what makes a unit fail by halves, each asked once: at most 2 log2(n) questions where it is one paper.

        Where one half gets through, what fails is in the other, which need not be asked as a whole; unless the whole
        was merely too much for one answer.
        """
        papers = self.papers(unit)
        if len(papers) == 1:
            with self._lock:
                self._open.append(_OpenFailure(papers[0], error, self._health.answers))
            self._settle()
            return
        middle = len(papers) // 2
        first, second = self.part(unit, papers[:middle]), self.part(unit, papers[middle:])
        failed = self._ask(first)
        if failed is None and len(papers) - middle > 1 and not self.split_answers(error):
            self._split(second, error)
        elif failed is None:
            self._settle_unit(second)
        else:
            also = self._ask(second)
            self._split(first, failed)
            if also is not None:
                self._split(second, also)

    def why_no_answer(self) -> WatcherError | None:
        """Ask about a harmless paper now; gives why there is no answer."""
        try:
            self.ask(self.harmless(*harmless(self.topic.slug, self.run.run_id, self.run.clock)), self._model)
        except (BadReply, ModelError) as error:
            return error
        return None

    def _finish(self) -> None:
        """Tell the papers' own failures from the model's, by a harmless question where nothing else got through."""
        try:
            left = self._settle(self.why_no_answer)
        except CapReached as capped:
            self.run.cap, left = capped.cap, []
        for one in left:
            if isinstance(one.error, BadReply):
                self.note_unusable([one.candidate], one.error)
        self.run.note(self.stage, [(one.candidate, self._health.over or one.error) for one in left], self.topic)

    def _settle(self, probe: Harmless | None = None) -> Sequence[_OpenFailure]:
        """Record the open failures that are the papers' own, which is sure once the model answers other questions.

        Without a `probe` the others stay open. With one, which asks about a harmless paper, nothing stays open: returns the
        failures that are the model's.
        """
        with self._lock:
            found, self._open = self._open, []
        left: list[_OpenFailure] = []
        for one in found:
            # A server that refuses or answers is there; one that broke off must have answered since.
            needed = one.answers if Cause.of(one.error) is Cause.BROKEN else 0
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
        failure = LoneFailure(self.stage, Cause.of(one.error), one.error.message, *self.made_from(one.candidate))
        handed_over = self.store.handovers.add_failure(one.candidate.number, failure, self.run.run_id, self.run.clock())
        self.run.count(failed_alone=1)
        if not handed_over:  # it is asked about again in the next run
            self.run.failures.append(f"{self.stage}: {one.candidate.paper.id}: {one.error}")


def chunked(questions: Sequence[Sequence[int]], at_once: int) -> Iterator[tuple[int, ...]]:
    """The candidates of several questions a job while much is left, of one near the end, for so many calls `at_once`.

    To give out a job costs as much as asking a question, and nobody shall wait for the last one's questions.
    """
    done = 0
    while done < len(questions):
        size = min(_LARGEST_JOB, max(1, (len(questions) - done) // (at_once * _JOBS_LEFT)))
        yield tuple(number for question in questions[done : done + size] for number in question)
        done += size
