"""Simulates a curator who reads papers in the order of active learning: how many must be read to find the relevant
ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from watcher.adapters.prefilters.features import Phrases
from watcher.adapters.prefilters.learned import ActiveLearner
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
    """The result of simulating a curator who reads papers. `found_at` holds, for each relevant paper found, the number
    of papers read by then.
    """

    papers: int
    belonging: int
    known: int
    found_at: tuple[int, ...]

    def looks(self, recall: float) -> int | None:
        """The number of papers read to reach a recall; None if it was not reached."""
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
    """Read papers in the order of active learning until `up_to` (0–1) of the relevant ones are found.

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
