"""What waits for a summary -> the Japanese cells of each paper; those about which no model answers go to the curators."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence

from watcher.domain.budget import Cap
from watcher.domain.errors import BadReply, CapReached, ModelError, WatcherError
from watcher.domain.facts import Candidate, Relevance
from watcher.domain.papers.topic import Topic
from watcher.pipeline.dependencies import Meter, Parts
from watcher.pipeline.outage import Health, OwnFailures, harmless
from watcher.ports import Clock, Failure
from watcher.stages.summarize import STAGE, summarize

Unit = tuple[Candidate, Relevance, int]
_HARMLESS = Relevance(3, "", "", relevant=True, threshold=3, prompt="", model="")


class Summarizing:
    """One run's summaries of one topic, under the same promises as `Judging`."""

    def __init__(
        self, topic: Topic, parts: Parts, run_id: str, clock: Clock, tally: Counter[str], health: Health
    ) -> None:
        self._topic, self._parts, self._store = topic, parts, parts.store
        self._run_id, self._clock = run_id, clock
        self._tally, self._lock = tally, threading.Lock()
        self._health = health
        self._own = OwnFailures(STAGE, parts.store, health, run_id, clock, tally)
        self._total = 0
        self.cap: Cap | None = None

    def __call__(self) -> Sequence[tuple[Candidate, WatcherError]]:
        """Write what waits; gives the papers that failed for no reason of their own, and why."""
        units = self.waiting_units()
        self._total = len(units)
        failed = self._parts.engine.each(units, self._write, self._parts.summary_concurrency)
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
        done = self._store.handovers.failed_alone(self._topic.slug, STAGE, self._run_id)
        only = self._parts.only
        return [
            unit
            for unit in self._store.summaries.to_summarize(self._topic.slug)
            if unit[0].number not in done and (only is None or unit[0].number in only)
        ]

    def _write(self, unit: Unit) -> None:
        if self._health.over is not None:
            return
        candidate, relevance, attempt = unit
        parts, model = self._parts, Meter(self._parts.summarizer)
        try:
            summary = summarize(candidate, relevance, self._topic, model, parts.summary_prompt, parts.style, attempt)
        except (BadReply, ModelError) as error:
            try:
                self._health.failed(error, self._harmless)
            except WatcherError:
                self._note(candidate, error)
                raise
            self._own.add(candidate, error)
            return
        self._store.summaries.add(candidate.number, summary, self._run_id, self._clock())
        if model.usage.calls:
            self._health.answered()
            self._own.settle()
        with self._lock:
            self._tally["summarized"] += 1
            self._tally["flagged"] += bool(summary.violations)
            parts.progress("summarize", self._tally["summarized"], self._total)

    def _note(self, candidate: Candidate, error: WatcherError) -> None:
        """An answer that could not be used was no paper's fault: what is asked next is another question."""
        if isinstance(error, BadReply):
            self._store.runs.add_failure(Failure(STAGE, candidate.number, str(error)), self._run_id, self._clock())

    def _harmless(self) -> WatcherError | None:
        """Ask for the summary of a harmless paper now; gives why there is none."""
        candidate, attempt = harmless(self._topic.slug, self._run_id, self._clock)
        parts = self._parts
        try:
            summarize(candidate, _HARMLESS, self._topic, parts.summarizer, parts.summary_prompt, parts.style, attempt)
        except (BadReply, ModelError) as error:
            return error
        return None
