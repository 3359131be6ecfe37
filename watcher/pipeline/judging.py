"""The stages "score" and "triage" of a topic: ask the model about the waiting papers, batch by batch, and record its
answers.

Scoring first reuses known scores, and asks once more about papers missing from an answer. Triage shows one line per
paper. Its papers are put aside only by an answer that was accepted and that names the known papers hidden in the batch
(plants). Otherwise the batch is asked about in halves; papers still without an accepted answer wait for the next run,
and after several runs they are scored.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property

from watcher.domain.budget import day_start
from watcher.domain.curation.weekly import RECALL_WEEKS
from watcher.domain.errors import BadReply, CatalogError, QuestionRefused, WatcherError
from watcher.domain.facts import Candidate, Triage, TriageOutcome, TriageReading
from watcher.domain.papers.paper import PaperId, is_suspicious
from watcher.domain.papers.topic import Topic, compile_group, searchable
from watcher.domain.prompts import choose_examples, with_examples
from watcher.domain.screening.triage import Entry, can_be_listed, choose_plants, halves, in_batches
from watcher.logs import get_logger
from watcher.pipeline.model_loop import ModelLoop
from watcher.pipeline.run import Run
from watcher.ports import Batch, Failure, KnownPaper, LanguageModel, TriageBatch
from watcher.stages.score import CutOff, Scored, inherited, question, score
from watcher.stages.triage import Triaged, entry_of, triage, triage_made_from

_log = get_logger(__name__)


class ScoringLoop(ModelLoop[Batch, Scored]):
    """The loop that has the model score a topic's papers in one run, with one request per batch of papers."""

    stage, total_name = "score", "scored"

    def __init__(self, run: Run, topic: Topic) -> None:
        super().__init__(run, topic, run.scorer, run.scope.concurrency)
        self._lessons: dict[datetime, Topic] = {}
        self._at: dict[int, datetime | None] = {}
        self._missed: set[int] = set()
        self._found: set[int] = set()

    def units(self) -> Sequence[Batch]:
        """The batches of papers to be scored in this run, within its budget. Scores of the same paper versions by the
        same criteria are reused first, and earlier failures on them counted; neither is asked about again.
        """
        scope, slug = self.run.scope, self.topic.slug
        if scope.budget != 0:  # what is given out already is there, and not known elsewhere
            if not any(self.store.scoring.unscored(slug)):
                return ()
            made = self._prompt(None), self.deps.scorer.name
            known = dict(self.store.scoring.judged(slug, *made))
            if known:
                self._keep(Scored(tuple((number, inherited(found, self.topic)) for number, found in known.items()), ()))
            self.store.handovers.share_failures(slug, *made, self.run.run_id, self.run.clock())
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

    def failed(self, unit: Batch, error: WatcherError) -> None:
        """Find the papers that make a batch fail, by halving; at most 2 log2(n) requests if it is one paper.

        If one half succeeds, the cause is in the other, which need not be asked about as a whole, unless the answer
        about the whole was merely too long. Requests about halves are not retried.
        """
        failing = [(unit, error)]
        while failing:
            unit, error = failing.pop()
            papers = unit.candidates
            if len(papers) == 1:
                super().failed(unit, error)
                continue
            middle = len(papers) // 2
            first, second = (replace(unit, candidates=half, once=True) for half in (papers[:middle], papers[middle:]))
            wrong = self.answer(first)
            if wrong is None and len(second.candidates) > 1 and not isinstance(error, CutOff):
                failing.append((second, error))
            else:
                outcomes = ((second, self.answer(second)), (first, wrong))
                failing += [(half, found) for half, found in outcomes if found is not None]

    def harmless(self, candidate: Candidate, attempt: int) -> Batch:
        """A scoring batch of this well-known paper alone, to test whether the model answers."""
        return Batch(0, (candidate,), attempt)

    def note_unusable(self, papers: Sequence[Candidate], error: BadReply) -> None:
        """Record, for each of these papers that has no score, that the model's answer could not be used."""
        left = [candidate.number for candidate in papers if candidate.number not in self._found]
        missed = [Failure(self.stage, number, str(error)) for number in left]
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
        return question(Batch(0, ()), self._with_examples(moment), self.deps.options.score_prompt).made_from

    def _keep(self, scored: Scored) -> None:
        self.store.scoring.add_relevances(scored.found, scored.missed, self.run.run_id, self.run.clock())
        with self._lock:
            self._found.update(number for number, _ in scored.found)
            self._missed.update(failure.number for failure in scored.missed if failure.number is not None)
        relevant = sum(relevance.relevant for _, relevance in scored.found)
        self.count(scored=len(scored.found), relevant=relevant)


_UNKNOWN = 0.5  # how likely to belong a known paper is that screening never saw
_CORE = 0


class TriageLoop(ModelLoop[TriageBatch, Triaged]):
    """The loop that has the model triage a topic's papers in one run, with one request per batch."""

    stage, total_name = "triage", "triaged"

    def __init__(self, run: Run, topic: Topic) -> None:
        super().__init__(run, topic, run.triager, run.scope.concurrency)
        self._line = run.deps.lines[topic.slug]
        self._made_from = triage_made_from(topic, run.deps.options.triage_prompt)

    def units(self) -> Sequence[TriageBatch]:
        """The batches for triage in this run: stored ones without an answer, and new ones, which are stored now. A run
        limited to some candidates takes the unanswered batches that hold them.
        """
        only = self.run.scope.only
        if only is None and any(self.store.triage.untriaged(self.topic.slug)):
            self._reuse()
            self._assign()
        return self.store.triage.open_batches(self.topic.slug, only)

    def papers(self, unit: TriageBatch) -> Sequence[Candidate]:
        """The papers of a triage batch, without the known ones hidden in it."""
        return unit.candidates

    def ask(self, unit: TriageBatch, model: LanguageModel) -> Triaged:
        """Ask the model which papers of a batch could belong, in one request. An answer that cannot be used is a result
        here, not an error.
        """
        return triage(unit, self.topic, model, self.deps.options.triage_prompt, self._line)

    def harmless(self, candidate: Candidate, attempt: int) -> TriageBatch:
        """A triage batch of this well-known paper alone, to test whether the model answers."""
        return TriageBatch((candidate,), attempt=attempt)

    def keep(self, unit: TriageBatch, answer: Triaged) -> None:
        """Store the outcomes of a triage answer. Papers about which it cannot be trusted are asked about once more in
        two halves; if that fails too, they wait for another run.
        """
        settled = {number for number, _ in answer.found}
        left = [candidate for candidate in unit.candidates if candidate.number not in settled]
        again = bool(left) and unit.parent is None
        self._record_answer(unit, answer, left if again else ())
        outcomes = [outcome for _, outcome in answer.found]
        self.count(triaged=len(outcomes), flagged_by_triage=sum(outcome.goes_on for outcome in outcomes))
        if left and not again:
            why = answer.reading.error or "the answer does not name a paper that is known to belong"
            stayed = WatcherError(f"{len(left)} papers stayed unread: {why}", remedy="the next run takes them up")
            self.run.note(self.stage, [(unit, stayed)], self.topic)
        for half in self.store.triage.open_batches(self.topic.slug) if again else ():
            if half.parent == unit.number:
                self.work(half)

    def failed(self, unit: TriageBatch, error: WatcherError) -> None:
        """Handle a failed request about a batch. If the model refused just this request (QuestionRefused), or answers a
        test request about a well-known paper, the failure is stored like an unusable answer, and the papers are asked
        about once more in two halves (see `keep`). If the model does not answer that test either, or is known to be
        down, nothing is stored, and the error that showed it is raised.
        """
        if not isinstance(error, QuestionRefused) and not self._health.check(self.why_no_answer, self._health.answers):
            raise (self._health.over or error).with_traceback(None)
        reading = TriageReading(
            accepted=False, error=error.message, prompt=self._made_from, model=self.deps.triager.name
        )
        self.keep(unit, Triaged(reading, ()))

    def _record_answer(self, unit: TriageBatch, answer: Triaged, again: Sequence[Candidate]) -> None:
        run, now = self.run.run_id, self.run.clock()
        with self.store.locks.hold(f"plants/{self.topic.slug}"):
            planted = self._planted() if again else {}
            parts = [self._batch(who, planted, unit.attempt, unit) for who in halves(again) if who]
            self.store.triage.add_reading(unit, answer.reading, answer.found, parts, run, now)

    def _reuse(self) -> None:
        """Reuse the outcomes of the same paper versions in other topics by the same prompt."""
        known = dict(self.store.triage.judged(self.topic.slug, self._made_from, self.deps.triager.name))
        if known:
            self.store.triage.add(list(known.items()), self.run.run_id, self.run.clock())
            self.count(triaged=len(known), flagged_by_triage=sum(triage.goes_on for triage in known.values()))

    def _assign(self) -> None:
        """Assign waiting papers to new batches and record these. Papers that are too few for a batch, or that could
        spoil one, are sent to scoring.
        """
        store, run, now = self.store.triage, self.run.run_id, self.run.clock()
        limit = self.run.scope.triage_budget
        waiting = store.waiting(self.topic.slug, limit, run)
        stayed = {candidate.number: runs for candidate, runs in waiting}
        plain = [candidate for candidate, _ in waiting if _is_plain(candidate)]
        together, few = in_batches(plain, self.deps.options.triage_batch, lambda candidate: str(candidate.paper.id))
        apart = [(c.number, Triage(TriageOutcome.ALONE)) for c, _ in waiting if not _is_plain(c)]
        if limit is None or len(waiting) < limit:  # else the few find company in the next run
            apart += [(candidate.number, Triage(TriageOutcome.FEW)) for candidate in few]
        store.add(apart, run, now)
        if together:
            with self.store.locks.hold(f"plants/{self.topic.slug}"):
                planted = self._planted()
                new = [self._batch(who, planted, max(stayed[c.number] for c in who)) for who in together]
                store.add_batches(self.topic.slug, new, run, now)

    def _batch(
        self, who: Sequence[Candidate], planted: dict[str, datetime], attempt: int, parent: TriageBatch | None = None
    ) -> TriageBatch:
        """Build a batch with plants (known papers) in it, and note them in `planted`. If no plant is free for a half,
        it gets those of the whole batch again: without any, its answer could put everything aside unseen.
        """
        members, now = {str(candidate.paper.id) for candidate in who}, self.run.clock()
        chosen = choose_plants(self._known, lambda known: str(known.id), planted, now, members)
        plants: tuple[Entry, ...] = tuple(entry_of(known, self._line) for known in chosen)
        planted.update({plant.key: now for plant in plants})
        if parent is not None and not plants:
            plants = parent.plants
        return TriageBatch(tuple(who), plants, parent.number if parent else None, attempt)

    def _planted(self) -> dict[str, datetime]:
        return dict(self.store.triage.planted(self.topic.slug, self.run.clock() - timedelta(weeks=RECALL_WEEKS)))

    @cached_property
    def _known(self) -> Sequence[KnownPaper]:
        """The known papers that may be planted, those with the lowest prefilter probability first.

        Left out are papers with a core keyword, which need no triage, and examples of the scoring prompt. Empty if
        the model's replies come from a recorded file.
        """
        if self.deps.triager.recorded:
            return ()
        core = [keyword for group in self.topic.groups if group.priority == _CORE for keyword in group.keywords]
        pattern = compile_group(core) if core else None
        examples = self.store.scoring.examples(self.topic.slug, day_start(self.run.clock()))
        shown = {example.title for example in choose_examples(examples, self.deps.options.examples)}
        found: dict[str, KnownPaper] = {}
        own = self.store.triage.known(self.topic.slug, self._cataloged())
        for known in (*own, *self.deps.known_papers.get(self.topic.slug, ())):
            is_core = pattern is not None and pattern.search(searchable(known.title, known.abstract_raw))
            if not is_core and known.title not in shown and can_be_listed(known.title):
                found.setdefault(str(known.id), known)
        return sorted(found.values(), key=lambda k: _UNKNOWN if k.probability is None else k.probability)

    def _cataloged(self) -> AbstractSet[PaperId]:
        try:
            return self.deps.document_of(self.topic.slug).ids()
        except CatalogError:  # told where rows are written
            return frozenset()


def _is_plain(candidate: Candidate) -> bool:
    """Whether a paper may be in one batch with others: it has no suspected prompt injection, and its title can be
    repeated.
    """
    return not is_suspicious(candidate.anomalies) and can_be_listed(candidate.paper.title)
