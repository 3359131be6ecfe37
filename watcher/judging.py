"""What waits for a score -> verdicts: known ones first, then batch by batch, then once more what an answer left out."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from watcher.domain.budget import Cap, day_start
from watcher.domain.errors import BadReply, CapReached, WatcherError
from watcher.domain.examples import choose_examples, with_examples
from watcher.domain.topic import Topic
from watcher.parts import Parts
from watcher.ports import Batch, Clock
from watcher.stages.score import Scored, inherited, made_from, question, score

_log = logging.getLogger(__name__)


class Judging:
    """One run's scoring of one topic. `tally` counts what was scored and what of it is relevant; `cap` is the day's
    cap that stopped it, if one did.
    """

    def __init__(self, topic: Topic, parts: Parts, run_id: str, clock: Clock, tally: Counter[str]) -> None:
        self._parts, self._store = parts, parts.store
        self._topic = topic
        self._lessons: dict[datetime, Topic] = {}
        self._gist = parts.gists.get(topic.slug)
        self._run_id, self._clock = run_id, clock
        self._tally, self._lock = tally, threading.Lock()
        self._missed: set[int] = set()
        self._waiting = 0
        self.cap: Cap | None = None

    def __call__(self) -> Sequence[tuple[Batch, WatcherError]]:
        """Score what waits, as far as the run's budget goes; gives the batches that failed and why."""
        parts, topic = self._parts, self._topic
        batches = self.assigned()
        self._waiting = sum(len(batch.candidates) for batch in batches)
        failed = list(self._each(batches))
        again = self._missed - {b.candidates[0].number for b in batches if len(b.candidates) == 1 and b.attempt}
        if again:
            left = self._store.batches(topic.slug, parts.batch_size, 0, parts.only)
            failed += self._each([batch for batch in left if any(c.number in again for c in batch.candidates)])
        return failed

    def assigned(self) -> Sequence[Batch]:
        """What is to be asked, given to batches as far as the run's budget goes; what is known is not."""
        parts = self._parts
        if parts.papers_per_run != 0:  # what is given out already is there, and not known elsewhere
            if not any(self._store.unscored(self._topic.slug)):
                return ()
            self._inherit()
        return self._store.batches(self._topic.slug, parts.batch_size, parts.papers_per_run, parts.only, self._clock())

    def _taught(self, moment: datetime | None) -> Topic:
        """The topic with examples from decisions; they change at most once a day, so that servers keep the prompt. A
        batch keeps those of the day it was assigned: what was sent, or replied to before a kill, is the same question.
        """
        topic, count = self._topic, self._parts.examples
        today = day_start(moment or self._clock())
        if count and today not in self._lessons:
            examples = choose_examples(self._store.examples(topic.slug, today), count)
            self._lessons[today] = replace(topic, criteria=with_examples(topic.criteria.strip(), examples))
        return self._lessons.get(today, topic)

    def _inherit(self) -> None:
        """Take over what was said of the same paper versions under the same criteria: it is not asked again."""
        topic, parts = self._topic, self._parts
        prompt = made_from(question(Batch(0, ()), self._taught(None), parts.score_prompt))
        known = dict(self._store.judged(topic.slug, prompt, parts.scorer.name))
        if known:
            self._keep(Scored(tuple((number, inherited(found, topic)) for number, found in known.items()), ()))

    def _each(self, batches: Sequence[Batch]) -> Sequence[tuple[Batch, WatcherError]]:
        """Ask, whole or in parts; what the day's cap had no room for is no failure, and goes back to wait its turn."""
        units = [part for batch in batches for part in _parted(batch)]
        failed = self._parts.engine.each(units, self._judge, self._parts.concurrency)
        capped = {batch.number: error.cap for batch, error in failed if isinstance(error, CapReached)}
        if capped:
            self.cap = next(iter(capped.values()))
            self._store.give_back([batch.number for batch in batches if batch.number in capped and not batch.attempt])
        return [(batch, error) for batch, error in failed if not isinstance(error, CapReached)]

    def _judge(self, batch: Batch) -> None:
        scored = score(batch, self._taught(batch.at), self._parts.scorer, self._parts.score_prompt, self._gist)
        if scored.invented:
            _log.warning("run %s: answers for papers nobody asked about: %s", self._run_id, scored.invented)
        self._keep(scored)
        if not scored.found:
            raise BadReply(scored.missed[0].error, about=f"{len(scored.missed)} papers")

    def _keep(self, scored: Scored) -> None:
        self._store.add_relevances(scored.found, scored.missed, self._run_id, self._clock())
        with self._lock:
            self._missed.update(failure.number for failure in scored.missed if failure.number is not None)
            self._tally["scored"] += len(scored.found)
            self._tally["relevant"] += sum(relevance.relevant for _, relevance in scored.found)
            self._parts.progress("score", self._tally["scored"], max(self._waiting, self._tally["scored"]))


def _parted(batch: Batch) -> list[Batch]:
    """A batch that was answered unreadably is asked in twice as many parts each time: one paper may be what spoils it."""
    size = max(1, -(-len(batch.candidates) // 2**batch.attempt))
    starts = range(0, len(batch.candidates), size)
    return [replace(batch, candidates=batch.candidates[start : start + size]) for start in starts]
