"""The stage "score" of a topic: reuses known scores, asks the model batch by batch, and once more about papers missing
from an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from watcher.domain.budget import day_start
from watcher.domain.errors import BadReply, WatcherError
from watcher.domain.facts import Candidate
from watcher.domain.papers.topic import Topic
from watcher.domain.prompts import choose_examples, with_examples
from watcher.logs import get_logger
from watcher.pipeline.model_loop import ModelLoop
from watcher.pipeline.run import Run
from watcher.ports import Batch, Failure, LanguageModel
from watcher.stages.score import STAGE, CutOff, Scored, inherited, made_from, question, score

_log = get_logger(__name__)


class ScoringLoop(ModelLoop[Batch, Scored]):
    """The loop that has the model score a topic's papers in one run, with one request per batch of papers."""

    stage, total_name = STAGE, "scored"

    def __init__(self, run: Run, topic: Topic) -> None:
        super().__init__(run, topic, run.scorer, run.scope.concurrency)
        self._lessons: dict[datetime, Topic] = {}
        self._at: dict[int, datetime | None] = {}
        self._missed: set[int] = set()
        self._found: set[int] = set()

    def units(self) -> Sequence[Batch]:
        """The batches of papers to be scored in this run, within its budget. Scores known from other topics are reused
        first.
        """
        scope = self.run.scope
        if scope.budget != 0:  # what is given out already is there, and not known elsewhere
            if not any(self.store.scoring.unscored(self.topic.slug)):
                return ()
            self._reuse_verdicts()
        return self._batches(scope.budget, self.run.clock())

    def again(self) -> Sequence[Batch]:
        """New batches of the papers that were missing from the model's answers in this run."""
        if not self._missed:
            return ()
        return [batch for batch in self._batches(0) if any(c.number in self._missed for c in batch.candidates)]

    def _batches(self, budget: int | None, at: datetime | None = None) -> Sequence[Batch]:
        size, only, done = self.deps.options.batch_size, self.run.scope.only, self.failed_alone()
        found = self.store.scoring.batches(self.topic.slug, size, budget, only, at)
        left = [replace(b, candidates=tuple(c for c in b.candidates if c.number not in done)) for b in found]
        return [replace(b, once=len(b.candidates) == 1 and b.attempt > 0) for b in left if b.candidates]

    def papers(self, unit: Batch) -> Sequence[Candidate]:
        """The papers of a scoring batch."""
        return unit.candidates

    def part(self, unit: Batch, papers: Sequence[Candidate]) -> Batch:
        """A smaller scoring batch with only these papers, whose request is not retried."""
        return replace(unit, candidates=tuple(papers), once=True)

    def split_answers(self, error: WatcherError) -> bool:
        """Whether the model's answer about a batch was cut off at the length limit, so that smaller batches
        may succeed.
        """
        return isinstance(error, CutOff)

    def ask(self, unit: Batch, model: LanguageModel) -> Scored:
        """Ask the model to score the papers of a batch, in one request."""
        self._at.update({candidate.number: unit.at for candidate in unit.candidates})
        topic, gist = self._with_examples(unit.at), self.deps.gists.get(self.topic.slug)
        return score(unit, topic, model, self.deps.options.score_prompt, gist)

    def keep(self, unit: Batch, answer: Scored) -> None:
        """Store the scores of a batch, and failures of the papers missing from the answer."""
        del unit
        if answer.invented:
            _log.warning("the model answered about papers nobody asked about", papers=" ".join(answer.invented))
        self._keep(answer)

    def harmless(self, candidate: Candidate, attempt: int) -> Batch:
        """A scoring batch of this well-known paper alone, to test whether the model answers."""
        return Batch(0, (candidate,), attempt)

    def note_unusable(self, papers: Sequence[Candidate], error: BadReply) -> None:
        """Record, for each of these papers that has no score, that the model's answer could not be used."""
        left = [candidate.number for candidate in papers if candidate.number not in self._found]
        missed = [Failure(STAGE, number, str(error)) for number in left]
        self.store.scoring.add_relevances((), missed, self.run.run_id, self.run.clock())

    def put_back(self, units: Sequence[Batch]) -> None:
        """Dissolve the batches that were not sent because the daily spending cap was reached, so that new ones are
        formed later.
        """
        unasked = [u.number for u in units if not u.attempt and not any(c.number in self.asked for c in u.candidates)]
        self.store.scoring.unassign(unasked)

    def made_from(self, candidate: Candidate) -> tuple[str, str]:
        """The hash of the scoring prompt as of the time when the paper was put into a batch, and the model's name."""
        return self._prompt(self._at.get(candidate.number)), self.deps.scorer.name

    def _with_examples(self, moment: datetime | None) -> Topic:
        """The topic with few-shot examples from decisions. They change at most once a day, so that servers can cache
        the prompt. A batch keeps the examples of the day it was assigned, so that after a kill the same request is made
        again.
        """
        topic, count = self.topic, self.deps.options.examples
        today = day_start(moment or self.run.clock())
        if count and today not in self._lessons:
            examples = choose_examples(self.store.scoring.examples(topic.slug, today), count)
            self._lessons[today] = replace(topic, criteria=with_examples(topic.criteria.strip(), examples))
        return self._lessons.get(today, topic)

    def _prompt(self, moment: datetime | None) -> str:
        return made_from(question(Batch(0, ()), self._with_examples(moment), self.deps.options.score_prompt))

    def _reuse_verdicts(self) -> None:
        """Reuse scores of the same paper versions by the same criteria, and count earlier failures on them; neither is
        asked about again.
        """
        made = self._prompt(None), self.deps.scorer.name
        known = dict(self.store.scoring.judged(self.topic.slug, *made))
        if known:
            self._keep(Scored(tuple((number, inherited(found, self.topic)) for number, found in known.items()), ()))
        self.store.handovers.share_failures(self.topic.slug, *made, self.run.run_id, self.run.clock())

    def _keep(self, scored: Scored) -> None:
        self.store.scoring.add_relevances(scored.found, scored.missed, self.run.run_id, self.run.clock())
        with self._lock:
            self._found.update(number for number, _ in scored.found)
            self._missed.update(failure.number for failure in scored.missed if failure.number is not None)
        relevant = sum(relevance.relevant for _, relevance in scored.found)
        self.count(scored=len(scored.found), relevant=relevant)
