"""Simulates a curator who reads papers in the order that active learning suggests: how many must be read to find the
relevant ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from watcher.adapters.prefilters.features import Features, Phrases
from watcher.adapters.prefilters.regression import Rows, ridge
from watcher.adapters.prefilters.training import ALPHA, inverse_document_frequencies, read_features
from watcher.domain.errors import UsageError
from watcher.domain.papers.topic import Topic
from watcher.domain.screening.label import Label, LabeledPaper
from watcher.training.files import Announced

RECALLS = (0.5, 0.8, 0.9, 0.95, 1.0)
"""The recall levels that are reported."""
_AGAIN = 50  # the model is fitted after every paper at first, later after every 2 % of the papers read
_ENOUGH = 0.95


def _silent(looks: int, found: int) -> None:
    del looks, found


@dataclass(frozen=True)
class Simulation:
    """The result of simulating a curator who reads papers in the order of active learning: numbers of papers, of
    relevant ones among them, and of those known at the start. `found_at` holds, for each relevant paper found, the
    number of papers read by then.
    """

    papers: int
    belonging: int
    known: int
    found_at: tuple[int, ...]

    def looks(self, recall: float) -> int | None:
        """The number of papers that the simulated curator had to read to find a share of the relevant ones (the recall,
        0–1); None if it was not reached.
        """
        needed = math.ceil(recall * self.belonging - 1e-9)
        return self.found_at[needed - 1] if 0 < needed <= len(self.found_at) else None


def simulate(
    topic: Topic,
    known: Sequence[LabeledPaper],
    labels: Sequence[Label],
    papers: Mapping[str, Announced],
    *,
    up_to: float = _ENOUGH,
    progress: Callable[[int, int], None] = _silent,
) -> Simulation:
    """Simulate reading papers in the order of active learning until `up_to` (0–1) of the relevant ones are found.

    `known` are relevant papers known from the start. Unlabeled papers count as irrelevant. `progress` is called with
    (papers read, relevant found). Raises UsageError if there is no relevant paper to find or none known.
    """
    pool = [LabeledPaper.of(Label(key, 0.0), one.paper) for key, one in papers.items()]
    belonging = {one.paper for one in labels if one.belongs and one.paper in papers}
    if not belonging or not known:
        raise UsageError(
            f"{len(belonging)} papers to find, {len(known)} known to begin with", remedy="both must be at least one"
        )
    active = ActiveLearner(known, pool, Phrases.of(topic.themes))
    answers: dict[int, bool] = {}
    found_at: list[int] = []
    enough = math.ceil(up_to * len(belonging) - 1e-9)
    while len(found_at) < enough:
        for position in active.order(answers)[: max(1, len(answers) // _AGAIN)]:
            answers[position] = pool[position].paper in belonging
            if answers[position]:
                found_at.append(len(answers))
        progress(len(answers), len(found_at))
    return Simulation(len(pool), len(belonging), len(known), tuple(found_at))


_UNREAD_WEIGHT = 0.02  # weight of an unread paper as a negative example; few papers have an answer at first
_UNSEEN_AT_MOST = 1500  # unread papers used, spread evenly over the pool, so that fitting again stays quick


class ActiveLearner:
    """A model that ranks unread papers for active learning. It is trained on papers known to be relevant and on the
    answers given; unread papers count as weak negative examples.
    """

    def __init__(self, known: Sequence[LabeledPaper], pool: Sequence[LabeledPaper], phrases: Phrases) -> None:
        self._known, self._pool = len(known), len(pool)
        together = [*known, *pool]
        features = Features(inverse_document_frequencies(together), phrases)
        self._rows = Rows([read_features(features, one) for one in together])
        self._coefficients: list[float] = []
        step = max(1, len(pool) // _UNSEEN_AT_MOST)
        self._background = range(0, len(pool), step)

    def order(self, answers: Mapping[int, bool]) -> list[int]:
        """Fit the model and return the positions of the unanswered papers in the pool, most promising first; `answers`
        maps a position to whether its paper is relevant.
        """
        unseen = [position for position in self._background if position not in answers]
        rows = [*range(self._known), *(self._known + position for position in [*answers, *unseen])]
        truths = [*[1.0] * self._known, *map(float, answers.values()), *[0.0] * len(unseen)]
        weights = [*[1.0] * (self._known + len(answers)), *[_UNREAD_WEIGHT] * len(unseen)]
        self._coefficients, _ = ridge(self._rows.take(rows), truths, weights, ALPHA, 1e-4, self._coefficients)
        scores = self._rows.times(self._coefficients)[self._known :]
        left = [position for position in range(self._pool) if position not in answers]
        return sorted(left, key=lambda position: (-scores[position], position))
