"""A run whose model calls are done by every worker of a deployment, and the pieces of it that one of them does.

Collecting, screening, and showing cards in their order stay with the one worker that runs the line; what takes long
and costs money is shared. The facts are recorded by whoever does a piece, under the same run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from watcher.domain.errors import WatcherError
from watcher.domain.papers.topic import Topic
from watcher.pipeline.dependencies import Dependencies, Scope
from watcher.pipeline.run import Run
from watcher.pipeline.scoring import ScoringLoop
from watcher.pipeline.summarizing import SummaryLoop
from watcher.ports import Crew, Piece, RunReport


def start_run(
    deps: Dependencies, run_id: str, now: datetime | None, warnings: Sequence[str], scope: Scope | None = None
) -> Run:
    """One run's stages, shared where there is a crew."""
    if deps.crew is None:
        return Run(deps, run_id, now, warnings, scope)
    return DistributedRun(deps, deps.crew, run_id, now, warnings, scope)


def do_piece(piece: Piece, deps: Dependencies) -> None:
    """Do a piece of somebody's run and leave word of it; nothing where that was done already.

    A piece that others are at is waited for, and then nothing is left of it.
    """
    store = deps.store
    with store.locks.hold(piece.key):
        if store.results.has(piece.key):
            return
        # one question at a time: how many are asked at once is how many pieces a worker does at once
        run = Run(deps, piece.run, piece.now, scope=Scope(only=frozenset(piece.numbers), budget=0))
        topic = next((topic for topic in deps.options.topics if topic.slug == piece.topic), None)
        if topic is not None:  # one that was taken out of the configuration meanwhile has nothing to do
            _STAGES[piece.stage](run, topic)
        store.results.put(piece.key, run.result(), deps.clock())


_MOST = 8
"""Questions a piece: more would save little, and be late when the worker dies."""
_ROUNDS = 2
"""So many pieces for every pair of hands are always left to be given out."""
_STAGES = {"score": Run.score, "summarize": Run.summarize}


def divided(questions: Sequence[Sequence[int]], hands: int) -> Iterator[tuple[int, ...]]:
    """The candidates of several questions a piece while much is left, of one near the end.

    To give out a piece costs as much as asking a question, and nobody shall wait for the last one's hands to be done.
    """
    done = 0
    while done < len(questions):
        size = min(_MOST, max(1, (len(questions) - done) // (hands * _ROUNDS)))
        yield tuple(number for question in questions[done : done + size] for number in question)
        done += size


class DistributedRun(Run):
    """A run of which the model calls are given out."""

    def __init__(self, deps: Dependencies, crew: Crew, run_id: str, now: datetime | None, *more: Any) -> None:
        super().__init__(deps, run_id, now, *more)
        self._crew, self._now = crew, now

    def score(self, topic: Topic) -> None:
        """Have what waits scored, each batch by whoever is free; batches are assigned first."""
        batches = ScoringLoop(self, topic).assigned()
        self._share("score", topic, [[candidate.number for candidate in batch.candidates] for batch in batches])

    def summarize(self, topic: Topic) -> None:
        """Have the cells of what is relevant written."""
        writing = SummaryLoop(self, topic)
        self._share("summarize", topic, [[unit[0].number] for unit in writing.waiting_units()])

    def report(self, *, must_close: bool = False) -> RunReport:
        """What this run did and what is left to do; also what others did for it under one who died."""
        for told in self.store.results.pop_run(self.run_id):
            self.merge(told)
        return super().report(must_close=must_close)

    def _share(self, stage: str, topic: Topic, questions: Sequence[Sequence[int]]) -> None:
        hands = self._crew.hands() if len(questions) > 1 else 1
        pieces = [Piece(self.run_id, stage, topic.slug, n, self._now) for n in divided(questions, hands)]
        lost = self._crew.share(pieces, self.merge)
        error = WatcherError(f"{len(lost)} pieces were done by no worker", remedy="the next run takes them up")
        self._record_failures(stage, [(piece, error) for piece in lost], topic)
