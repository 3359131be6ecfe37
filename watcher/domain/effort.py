"""Estimates how many minutes curators spent, from the times of their clicks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_high

PAUSE = timedelta(minutes=10)
"""A gap longer than this between two clicks ends a session: the curator did something else."""

FIRST = timedelta(minutes=1)
"""The minutes counted for the first click of a session if the curator has no other clicks."""


def minutes_spent(acts: Iterable[tuple[str, datetime]]) -> Mapping[str, float]:
    """Minutes per curator, from (curator, time) of every decision, edit and answer, in any order.

    A click counts the time since the one before it. When a session began is not known, so its first click counts as
    much as the median gap of that curator. Reading without clicking is not counted.
    """
    moments: dict[str, set[datetime]] = {}
    for curator, at in acts:
        moments.setdefault(curator, set()).add(at.replace(microsecond=0))  # one form may change cells and decide
    return {curator: _spent(sorted(found)).total_seconds() / 60 for curator, found in moments.items()}


def _spent(moments: list[datetime]) -> timedelta:
    gaps = [after - before for before, after in pairwise(moments)]
    short = [gap for gap in gaps if gap <= PAUSE]
    sittings = 1 + len(gaps) - len(short)
    return sum(short, timedelta()) + sittings * (median_high(short) if short else FIRST)
