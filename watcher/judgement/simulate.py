"""Labels hidden in a pile of papers -> how many a curator would have had to look at until most were found."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from watcher.adapters.prefilters.active import Active
from watcher.adapters.prefilters.features import Phrases
from watcher.domain.errors import UsageError
from watcher.domain.label import Label, LabeledPaper
from watcher.domain.topic import Topic
from watcher.judgement.files import Announced

RECALLS = (0.5, 0.8, 0.9, 0.95, 1.0)
_AGAIN = 50  # learning again after every look at first, later after one for every so many looks
_ENOUGH = 0.95


def _silent(looks: int, found: int) -> None:
    del looks, found


@dataclass(frozen=True)
class Simulation:
    """A pile that was looked through: `found_at` are the looks, counted from 1, that found a paper that belongs."""

    papers: int
    belonging: int
    known: int
    found_at: tuple[int, ...]

    def looks(self, recall: float) -> int | None:
        """How many looks brought this recall; None when it was not reached."""
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
    """Look through papers, learning from the answers, until `up_to` of what belongs is found.

    `known` papers belong and are known beforehand; nothing else is. A paper without a label is answered as one that
    does not belong. `progress` is told (looks, found). Raises UsageError when no labeled paper belongs.
    """
    pool = [LabeledPaper.of(Label(key, 0.0), one.paper) for key, one in papers.items()]
    belonging = {one.paper for one in labels if one.belongs and one.paper in papers}
    if not belonging or not known:
        raise UsageError(
            f"{len(belonging)} papers to find, {len(known)} known to begin with", remedy="both must be at least one"
        )
    active = Active(known, pool, Phrases.of(topic.themes))
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
