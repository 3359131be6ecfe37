"""What waits for a summary -> the Japanese cells of each paper; those about which no model answers go to the curators."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from watcher.domain.budget import Cap
from watcher.domain.errors import BadReply, CapReached, ModelError, WatcherError
from watcher.domain.facts import Candidate, Relevance
from watcher.domain.papers.topic import Topic
from watcher.pipeline.dependencies import Dependencies, MeteredModel
from watcher.pipeline.outage import OwnFailures, harmless
from watcher.ports import Clock, Failure
from watcher.stages.summarize import STAGE, summarize

if TYPE_CHECKING:
    from watcher.pipeline.run import Run

Unit = tuple[Candidate, Relevance, int]
_HARMLESS = Relevance(3, "", "", relevant=True, threshold=3, prompt="", model="")


class SummaryLoop:
    """One run's summaries of one topic, under the same promises as `ScoringLoop`."""

    def __init__(self, run: Run, topic: Topic) -> None:
        self._run, self._topic, self._deps, self._store = run, topic, run.deps, run.store
        self._lock = threading.Lock()
        self._health = run.summarizing
        self._own = OwnFailures(STAGE, run.store, run.summarizing, run.run_id, run.clock, run.counts)
        self._total = 0
        self.cap: Cap | None = None

    def __call__(self) -> Sequence[tuple[Candidate, WatcherError]]:
        """Write what waits; gives the papers that failed for no reason of their own, and why."""
        units = self.waiting_units()
        self._total = len(units)
        failed = self._deps.engine.each(units, self._write, self._run.scope.summary_concurrency)
        told = [(unit[0], error) for unit, error in failed]
        try:
            left = self._own.settle(self._harmless)
        except CapReached as capped:
            left = []
            self.cap = capped.cap
        for candidate, error in left:
            self._note(candidate, error)
        told += [(candidate, self._health.over or error) for candidate, error in left]
        return told

    @property
    def waiting(self) -> Sequence[str]:
        """The papers on which the model failed alone and that are asked about again, with the reasons."""
        return self._own.waiting

    def waiting_units(self) -> Sequence[Unit]:
        """What is to be asked in this run: not what failed in it already."""
        done = self._store.handovers.failed_alone(self._topic.slug, STAGE, self._run.run_id)
        return [
            unit
            for unit in self._store.summaries.to_summarize(self._topic.slug)
            if unit[0].number not in done and self._run.scope.includes(unit[0].number)
        ]

    def _write(self, unit: Unit) -> None:
        if self._health.over is not None:
            return
        candidate, relevance, attempt = unit
        deps, model = self._deps, MeteredModel(self._deps.summarizer)
        try:
            summary = summarize(
                candidate, relevance, self._topic, model, deps.options.summary_prompt, deps.options.style, attempt
            )
        except (BadReply, ModelError) as error:
            try:
                self._health.failed(error, self._harmless)
            except WatcherError:
                self._note(candidate, error)
                raise
            self._own.add(candidate, error)
            return
        self._store.summaries.add(candidate.number, summary, self._run.run_id, self._run.clock())
        if model.usage.calls:
            self._health.answered()
            self._own.settle()
        with self._lock:
            self._run.counts["summarized"] += 1
            self._run.counts["flagged"] += bool(summary.violations)
            deps.progress("summarize", self._run.counts["summarized"], self._total)

    def _note(self, candidate: Candidate, error: WatcherError) -> None:
        """An answer that could not be used was no paper's fault: what is asked next is another question."""
        if isinstance(error, BadReply):
            self._store.runs.add_failure(
                Failure(STAGE, candidate.number, str(error)), self._run.run_id, self._run.clock()
            )

    def _harmless(self) -> WatcherError | None:
        return summary_of_harmless(self._topic, self._deps, self._run.run_id, self._run.clock)


def summary_of_harmless(topic: Topic, deps: Dependencies, run_id: str, clock: Clock) -> WatcherError | None:
    """Ask for the summary of a harmless paper now; gives why there is none."""
    candidate, attempt = harmless(topic.slug, run_id, clock)
    options = deps.options
    try:
        summarize(candidate, _HARMLESS, topic, deps.summarizer, options.summary_prompt, options.style, attempt)
    except (BadReply, ModelError) as error:
        return error
    return None
