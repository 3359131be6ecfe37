"""When curators acted -> how many minutes it took them, as far as their clicks tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_high

PAUSE = timedelta(minutes=10)
"""A longer gap between two acts of a curator is taken for something else than reading."""

FIRST = timedelta(minutes=1)
"""What the first act of a sitting took, where no other act of the curator tells."""


def minutes_spent(acts: Iterable[tuple[str, datetime]]) -> Mapping[str, float]:
    """Minutes by curator, of (curator, when) for every decision, edit and answer in any order.

    An act took the time since the act before it. Nothing tells when somebody began to read, so the first act of a
    sitting counts as the middle one of that curator's gaps. Reading without any act is not seen.
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
