"""What waits for a score -> verdicts: known ones first, then batch by batch, then once more what an answer left out.

A batch that fails is halved until what spoils it stands alone.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from watcher.domain.budget import Cap, day_start
from watcher.domain.errors import BadReply, CapReached, ModelError, WatcherError
from watcher.domain.facts import Candidate
from watcher.domain.papers.topic import Topic
from watcher.domain.screening.examples import choose_examples, with_examples
from watcher.logs import get_logger
from watcher.pipeline.dependencies import MeteredModel
from watcher.pipeline.outage import OwnFailures, harmless
from watcher.ports import Batch, Failure
from watcher.stages.score import STAGE, CutOff, Scored, inherited, made_from, question, score

if TYPE_CHECKING:
    from watcher.pipeline.run import Run

_log = get_logger(__name__)


class ScoringLoop:
    """One run's scoring of one topic. `cap` is the day's cap that stopped it, if one did; `waiting` are the papers on which the model
    failed alone and that are asked about again, with the reasons.
    """

    def __init__(self, run: Run, topic: Topic) -> None:
        self._run, self._deps, self._store, self._scope = run, run.deps, run.store, run.scope
        self._topic = topic
        self._lessons: dict[datetime, Topic] = {}
        self._gist = run.deps.gists.get(topic.slug)
        self._lock = threading.Lock()
        self._health = run.scoring
        self._own = OwnFailures(STAGE, run.store, run.scoring, run.run_id, run.clock, run.counts, self._made_from)
        self._at: dict[int, datetime | None] = {}
        self._missed: set[int] = set()
        self._found: set[int] = set()
        self._begun: set[int] = set()
        self._unusable: dict[int, BadReply] = {}
        self._waiting = 0
        self.cap: Cap | None = None

    def __call__(self) -> Sequence[tuple[Batch, WatcherError]]:
        """Score what waits, as far as the run's budget goes; gives the batches that failed and why."""
        deps, topic = self._deps, self._topic
        batches = self.assigned()
        self._waiting = sum(len(batch.candidates) for batch in batches)
        failed = list(self._each(batches))
        if self._missed:
            left = self._unasked(self._store.scoring.batches(topic.slug, deps.options.batch_size, 0, self._scope.only))
            failed += self._each([batch for batch in left if any(c.number in self._missed for c in batch.candidates)])
        try:
            left_over = self._own.settle(self._harmless)
        except CapReached as capped:
            self.cap = capped.cap
            left_over = []
        for candidate, error in left_over:
            alone = Batch(0, (candidate,))
            self._note(alone, error)
            failed.append((alone, self._health.over or error))
        return failed

    @property
    def waiting(self) -> Sequence[str]:
        """The papers on which the model failed alone and that are asked about again, with the reasons."""
        return self._own.waiting

    def assigned(self) -> Sequence[Batch]:
        """What is to be asked, given to batches as far as the run's budget goes; what is known is not."""
        deps = self._deps
        if self._scope.budget != 0:  # what is given out already is there, and not known elsewhere
            if not any(self._store.scoring.unscored(self._topic.slug)):
                return ()
            self._reuse_verdicts()
        found = self._store.scoring.batches(
            self._topic.slug, deps.options.batch_size, self._scope.budget, self._scope.only, self._run.clock()
        )
        return self._unasked(found)

    def _unasked(self, batches: Sequence[Batch]) -> list[Batch]:
        """Without the papers on which the model failed alone in this run already, for this topic or another."""
        done = self._store.handovers.failed_alone(self._topic.slug, STAGE, self._run.run_id)
        left = [replace(b, candidates=tuple(c for c in b.candidates if c.number not in done)) for b in batches]
        return [replace(b, once=len(b.candidates) == 1 and b.attempt > 0) for b in left if b.candidates]

    def _with_examples(self, moment: datetime | None) -> Topic:
        """The topic with examples from decisions; they change at most once a day, so that servers keep the prompt. A
        batch keeps those of the day it was assigned: what was sent, or replied to before a kill, is the same question.
        """
        topic, count = self._topic, self._deps.options.examples
        today = day_start(moment or self._run.clock())
        if count and today not in self._lessons:
            examples = choose_examples(self._store.scoring.examples(topic.slug, today), count)
            self._lessons[today] = replace(topic, criteria=with_examples(topic.criteria.strip(), examples))
        return self._lessons.get(today, topic)

    def _prompt(self, moment: datetime | None) -> str:
        return made_from(question(Batch(0, ()), self._with_examples(moment), self._deps.options.score_prompt))

    def _made_from(self, candidate: Candidate) -> tuple[str, str]:
        return self._prompt(self._at.get(candidate.number)), self._deps.scorer.name

    def _reuse_verdicts(self) -> None:
        """Take over what was said of the same paper versions under the same criteria, and how often the model failed on
        them: they are not asked about again.
        """
        topic, deps = self._topic, self._deps
        prompt = self._prompt(None)
        known = dict(self._store.scoring.judged(topic.slug, prompt, deps.scorer.name))
        if known:
            self._keep(Scored(tuple((number, inherited(found, topic)) for number, found in known.items()), ()))
        self._store.handovers.share_failures(topic.slug, prompt, deps.scorer.name, self._run.run_id, self._run.clock())

    def _each(self, batches: Sequence[Batch]) -> Sequence[tuple[Batch, WatcherError]]:
        """Ask; what the day's cap had no room for is no failure, and goes back to wait its turn if nothing of it was asked."""
        failed = self._deps.engine.each(batches, self._judge, self._scope.concurrency)
        capped = {batch.number: error.cap for batch, error in failed if isinstance(error, CapReached)}
        if capped:
            self.cap = next(iter(capped.values()))
            unasked = [b.number for b in batches if b.number in capped.keys() - self._begun and not b.attempt]
            self._store.scoring.unassign(unasked)
        return [(batch, error) for batch, error in failed if not isinstance(error, CapReached)]

    def _judge(self, batch: Batch) -> None:
        """Get a verdict on every paper of a batch, or know which of them is the cause that there is none. Raises what
        concerns everybody.
        """
        if self._health.over is not None:
            return
        self._at.update({candidate.number: batch.at for candidate in batch.candidates})
        try:
            self._settle(batch)
        except WatcherError:
            if unusable := self._unusable.get(batch.number):
                self._note(batch, unusable)
            raise

    def _settle(self, batch: Batch) -> None:
        error = self._asked(batch)
        if error is not None:
            self._split(batch, error)

    def _asked(self, batch: Batch) -> WatcherError | None:
        """Ask about a batch once; gives what failed, where that may be a paper's fault. Raises what concerns everybody."""
        scorer = MeteredModel(self._deps.scorer)
        try:
            scored = score(batch, self._with_examples(batch.at), scorer, self._deps.options.score_prompt, self._gist)
        except (BadReply, ModelError) as error:
            self._begun.add(batch.number)
            if isinstance(error, BadReply):
                self._unusable[batch.number] = error
            self._health.failed(error, self._harmless)
            return error
        self._begun.add(batch.number)
        if scored.invented:
            _log.warning("the model answered about papers nobody asked about", papers=" ".join(scored.invented))
        self._keep(scored)
        if scorer.usage.calls:  # a recorded reply says nothing of now
            self._health.answered()
            self._own.settle()
        return None

    def _split(self, batch: Batch, error: WatcherError) -> None:
        """Find what makes a batch fail by halves, each asked once: at most 2 log2(n) questions where it is one paper.

        Where one half gets through, what fails is in the other, which need not be asked as a whole; unless the whole
        was merely too much for one answer.
        """
        if len(batch.candidates) == 1:
            self._own.add(batch.candidates[0], error)
            return
        middle = len(batch.candidates) // 2
        first, second = (
            replace(batch, candidates=half, once=True)
            for half in (batch.candidates[:middle], batch.candidates[middle:])
        )
        failed = self._asked(first)
        if failed is None and len(second.candidates) > 1 and not isinstance(error, CutOff):
            self._split(second, error)
        elif failed is None:
            self._settle(second)
        else:
            also = self._asked(second)
            self._split(first, failed)
            if also is not None:
                self._split(second, also)

    def _harmless(self) -> WatcherError | None:
        """Ask about a harmless paper now; gives why there is no answer."""
        candidate, attempt = harmless(self._topic.slug, self._run.run_id, self._run.clock)
        batch = Batch(0, (candidate,), attempt)
        try:
            score(batch, self._with_examples(None), self._deps.scorer, self._deps.options.score_prompt, self._gist)
        except (BadReply, ModelError) as error:
            return error
        return None

    def _note(self, batch: Batch, error: WatcherError) -> None:
        """An answer that could not be used was no paper's fault: what is asked next is another question."""
        if isinstance(error, BadReply):
            left = [c.number for c in batch.candidates if c.number not in self._found]
            missed = [Failure(STAGE, number, str(error)) for number in left]
            self._store.scoring.add_relevances((), missed, self._run.run_id, self._run.clock())

    def _keep(self, scored: Scored) -> None:
        self._store.scoring.add_relevances(scored.found, scored.missed, self._run.run_id, self._run.clock())
        with self._lock:
            self._found.update(number for number, _ in scored.found)
            self._missed.update(failure.number for failure in scored.missed if failure.number is not None)
            self._run.counts["scored"] += len(scored.found)
            self._run.counts["relevant"] += sum(relevance.relevant for _, relevance in scored.found)
            self._deps.progress("score", self._run.counts["scored"], max(self._waiting, self._run.counts["scored"]))
