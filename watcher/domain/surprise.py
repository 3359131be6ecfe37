"""Whether screening and the language model disagree so much that a person should know."""

from __future__ import annotations

from watcher.domain.label import BELONGS

UNLIKELY = 0.05
"""Of papers that a prefilter gives less, one in twenty belongs at most."""
LIKELY = 0.6
"""Of papers that a prefilter gives more, most belong."""


def surprising(probability: float | None, score: int) -> bool:
    """Whether a score (0-4) is not what the prefilter's probability led one to expect; without one nothing is."""
    if probability is None:
        return False
    return probability < UNLIKELY if score >= BELONGS else probability > LIKELY and score < BELONGS - 1
