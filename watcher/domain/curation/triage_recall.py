"""Estimates the recall of triage from plants: papers known to be relevant that are hidden among the new ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from watcher.domain.screening.measure import Estimate, exact_share

FEWEST_PLANTS = 20
"""The number of distinct planted papers from which recall is reported; with fewer the interval is too wide."""


@dataclass(frozen=True, slots=True)
class TriageRecall:
    """How well triage finds relevant papers: of `asked` plants (papers known to be relevant, hidden among new ones) it
    named `named`.

    Each paper counts once, when it was first asked about, because the same line gets nearly the same answer again.
    `bare` of all `batches` held no plant and are therefore untested.
    """

    asked: int = 0
    named: int = 0
    batches: int = 0
    bare: int = 0

    @property
    def share(self) -> Estimate | None:
        """The recall of triage, estimated from plants, with its confidence interval; None for fewer than 20 plants."""
        return exact_share(self.named, self.asked) if self.asked >= FEWEST_PLANTS else None


def triage_recall(
    readings: Iterable[tuple[Collection[str], Collection[str]]], news: AbstractSet[str] = frozenset()
) -> TriageRecall:
    """Compute the recall of triage from its accepted answers in order, each as (keys of its plants, keys of the plants
    it missed).

    Plants whose key is in `news`, because triage once read them as new papers, do not count: most of them are known to
    be relevant only because triage named them, and it would name them again.
    """
    seen, asked, named, batches, bare = set[str](news), 0, 0, 0, 0
    for plants, missed in readings:
        first = set(plants) - seen
        seen |= first
        asked += len(first)
        named += len(first.difference(missed))
        batches += 1
        bare += not plants
    return TriageRecall(asked, named, batches, bare)
