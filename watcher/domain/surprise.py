"""Whether the prefilter and the language model disagree so much on a paper that curators should know."""

from __future__ import annotations

from watcher.domain.label import BELONGS

UNLIKELY = 0.05
"""The probability below which at most one paper in twenty belongs to the topic."""
LIKELY = 0.6
"""The probability above which most papers belong to the topic."""


def surprising(probability: float | None, score: int) -> bool:
    """Whether a score (0–4) contradicts the prefilter's probability; never if there is no probability."""
    if probability is None:
        return False
    return probability < UNLIKELY if score >= BELONGS else probability > LIKELY and score < BELONGS - 1
