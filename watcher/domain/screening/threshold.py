"""The screening threshold that lets a given share of papers pass, from the prefilter's recent probabilities."""

from __future__ import annotations

from collections.abc import Sequence

from watcher.domain.screening.label import BELONGS

REFERENCE = 3000
"""The number of recent papers the threshold is computed from: about a week of the shipped topic, so that no single day
decides it.
"""


def threshold(recent: Sequence[float], usual: Sequence[float], share: float) -> float:
    """The prefilter's probability from which papers pass screening, chosen so that the given share (0–1) of papers
    reaches it.

    `recent` are the prefilter's probabilities of the latest papers. If they are fewer than REFERENCE, `usual` ones,
    kept from training, take the place of the missing. With neither, everything passes.
    """
    # Each typical probability weighs as many missing papers as it stands for.
    missing = max(0, REFERENCE - len(recent)) / len(usual) if usual else 0.0
    weighed = sorted([*((value, 1.0) for value in recent), *((value, missing) for value in usual)], reverse=True)
    room = share * sum(weight for _, weight in weighed)
    reached = 0.0
    for value, weight in weighed:
        reached += weight
        if reached > room:
            return value
    return 0.0


UNLIKELY = 0.05
"""The probability below which at most one paper in twenty belongs to the topic."""
LIKELY = 0.6
"""The probability above which most papers belong to the topic."""


def surprising(probability: float | None, score: int) -> bool:
    """Whether the model's relevance score (0–4) contradicts the prefilter's probability (high score and low
    probability, or the reverse); never if there is no probability.
    """
    if probability is None:
        return False
    return probability < UNLIKELY if score >= BELONGS else probability > LIKELY and score < BELONGS - 1
