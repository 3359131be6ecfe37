"""The probabilities a prefilter gave lately -> the threshold that lets a wanted share of what is announced pass."""

from __future__ import annotations

from collections.abc import Sequence

REFERENCE = 3000
"""Papers that the threshold looks back on: about a week of the shipped topic, so that no single day sways it."""


def threshold(recent: Sequence[float], usual: Sequence[float], share: float) -> float:
    """The probability that the given share (0-1) of papers reaches.

    `recent` are the latest papers' probabilities. While they are fewer than REFERENCE, `usual` ones stand in for those
    that are missing. Without either, everything passes.
    """
    missing = max(0, REFERENCE - len(recent)) / len(usual) if usual else 0.0
    weighed = sorted([*((value, 1.0) for value in recent), *((value, missing) for value in usual)], reverse=True)
    room = share * sum(weight for _, weight in weighed)
    reached = 0.0
    for value, weight in weighed:
        reached += weight
        if reached > room:
            return value
    return 0.0
