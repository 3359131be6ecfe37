"""A run whose model calls are done by every worker of a deployment, and the pieces of it that one of them does.

Collecting, screening, and showing cards in their order stay with the one worker that runs the line; what takes long
and costs money is shared. The facts are recorded by whoever does a piece, under the same run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from watcher.domain.errors import WatcherError
from watcher.domain.papers.topic import Topic
from watcher.pipeline.dependencies import Parts
from watcher.pipeline.run import Steps
from watcher.pipeline.scoring import Judging
from watcher.pipeline.summarizing import Summarizing
from watcher.ports import Crew, Piece, RunReport


def begin(parts: Parts, run_id: str, now: datetime | None, warnings: Sequence[str]) -> Steps:
    """One run's stages, shared where there is a crew."""
    if parts.crew is None:
        return Steps(parts, run_id, now, warnings)
    return _SharedSteps(parts, parts.crew, run_id, now, warnings)


def do_piece(piece: Piece, parts: Parts) -> None:
    """Do a piece of somebody's run and leave word of it; nothing where that was done already.

    A piece that others are at is waited for, and then nothing is left of it.
    """
    store = parts.store
    with store.locks.hold(piece.key):
        if store.results.has(piece.key):
            return
        # one question at a time: how many are asked at once is how many pieces a worker does at once
        mine = replace(
            parts,
            crew=None,
            only=frozenset(piece.numbers),
            papers_per_run=0,
            concurrency=1,
            summary_concurrency=1,
        )
        steps = Steps(mine, piece.run, piece.now)
        topic = next((topic for topic in parts.topics if topic.slug == piece.topic), None)
        if topic is not None:  # one that was taken out of the configuration meanwhile has nothing to do
            _STAGES[piece.stage](steps, topic)
        store.results.put(piece.key, steps.tally(), parts.clock())


_MOST = 8
"""Questions a piece: more would save little, and be late when the worker dies."""
_ROUNDS = 2
"""So many pieces for every pair of hands are always left to be given out."""
_STAGES = {"score": Steps.score, "summarize": Steps.summarize}


def divided(questions: Sequence[Sequence[int]], hands: int) -> Iterator[tuple[int, ...]]:
    """The candidates of several questions a piece while much is left, of one near the end.

    To give out a piece costs as much as asking a question, and nobody shall wait for the last one's hands to be done.
    """
    done = 0
    while done < len(questions):
        size = min(_MOST, max(1, (len(questions) - done) // (hands * _ROUNDS)))
        yield tuple(number for question in questions[done : done + size] for number in question)
        done += size


class _SharedSteps(Steps):
    """Steps of which the model calls are given out."""

    def __init__(self, parts: Parts, crew: Crew, run_id: str, now: datetime | None, warnings: Sequence[str]) -> None:
        super().__init__(parts, run_id, now, warnings)
        self._crew, self._now = crew, now

    def score(self, topic: Topic) -> None:
        """Have what waits scored, each batch by whoever is free; batches are assigned first."""
        batches = Judging(topic, self.parts, self.run_id, self.clock, self._tally, self.scoring).assigned()
        self._share("score", topic, [[candidate.number for candidate in batch.candidates] for batch in batches])

    def summarize(self, topic: Topic) -> None:
        """Have the cells of what is relevant written."""
        writing = Summarizing(topic, self.parts, self.run_id, self.clock, self._tally, self.summarizing)
        self._share("summarize", topic, [[unit[0].number] for unit in writing.waiting_units()])

    def report(self, *, must_close: bool = False) -> RunReport:
        """What this run did and what is left to do; also what others did for it under one who died."""
        for told in self.store.results.pop_run(self.run_id):
            self.take_in(told)
        return super().report(must_close=must_close)

    def _share(self, stage: str, topic: Topic, questions: Sequence[Sequence[int]]) -> None:
        hands = self._crew.hands() if len(questions) > 1 else 1
        pieces = [Piece(self.run_id, stage, topic.slug, n, self._now) for n in divided(questions, hands)]
        lost = self._crew.share(pieces, self.take_in)
        error = WatcherError(f"{len(lost)} pieces were done by no worker", remedy="the next run takes them up")
        self._outage(stage, [(piece, error) for piece in lost], topic)
