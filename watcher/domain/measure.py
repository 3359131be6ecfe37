"""Labels and what a screening would do -> recall, precision and work saved, each with its interval."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from watcher.domain.intervals import Estimate, exact_share
from watcher.domain.label import BELONGS, Label

_DRAWS = 400  # of the bootstrap; its seed is fixed, so that the same labels give the same interval
_ENOUGH = 0.95


def proportion(parts: Sequence[tuple[float, bool]]) -> Estimate | None:
    """The share of weight that is True among (weight, truth); None of nothing.

    Unequal weights say less than as many equal ones: the interval is of Kish's effective number, (Σw)² / Σw².
    """
    whole = sum(weight for weight, _ in parts)
    if not parts or whole <= 0:
        return None
    count = whole**2 / sum(weight**2 for weight, _ in parts)
    return exact_share(min(count, count * sum(weight for weight, truth in parts if truth) / whole), count)


def recall_within(scored: Iterable[tuple[float, Label]], share: float, level: int = BELONGS) -> Estimate | None:
    """The recall of a score level and above when a share of all papers passes, by labels alone.

    Their weights stand for the papers that have none. Labels without a day stand for no announced paper.
    """
    ranked = sorted(((score, one) for score, one in scored if one.day is not None), key=lambda pair: -pair[0])
    room, taken = share * sum(one.weight for _, one in ranked), 0.0
    parts = list[tuple[float, bool]]()
    for _, one in ranked:
        taken += one.weight
        if one.level >= level:
            parts.append((one.weight, taken <= room))
    return proportion(parts)


@dataclass(frozen=True, slots=True)
class Passing:
    """What a way of screening lets through: the share of all papers, and of those labeled."""

    share: float
    recall: Estimate | None
    precision: Estimate | None
    by_level: Mapping[int, Estimate | None]


def passing(labels: Sequence[Label], passed: frozenset[str], share: float) -> Passing:
    """How a set of papers that passed, `share` of all, does by the labels. Recall of a level is its own share."""
    return Passing(
        share=share,
        recall=proportion([(one.weight, one.paper in passed) for one in labels if one.belongs]),
        precision=proportion([(one.weight, one.belongs) for one in labels if one.paper in passed]),
        by_level={
            level: proportion([(one.weight, one.paper in passed) for one in labels if one.level == level])
            for level in range(BELONGS + 1, -1, -1)
        },
    )


class Ranking:
    """All papers, most promising first, against the labels of some of them."""

    def __init__(self, ranked: Sequence[str], labels: Sequence[Label]) -> None:
        self._ranked = ranked
        place = {paper: number for number, paper in enumerate(ranked, start=1)}
        self._labels = [one for one in labels if one.paper in place]
        self._found = sorted((place[one.paper] / len(ranked), one.weight) for one in self._labels if one.belongs)

    def at(self, share: float) -> Passing:
        """What passing this share of papers does."""
        count = round(share * len(self._ranked))
        return passing(self._labels, frozenset(self._ranked[:count]), count / len(self._ranked))

    def curve(self) -> list[tuple[float, float]]:
        """(share of papers, recall) wherever recall steps up."""
        whole, reached, points = sum(weight for _, weight in self._found), 0.0, list[tuple[float, float]]()
        for share, weight in self._found:
            reached += weight
            points.append((share, reached / whole))
        return points

    def needed(self, recall: float) -> float | None:
        """The smallest share of papers that brings this recall; None where no labeled paper belongs."""
        return _needed(self._found, recall)

    def work_saved(self) -> Estimate | None:
        """WSS@95: how much less is read than at random for 95 % of what belongs. Interval by bootstrap of labels."""
        needed = _needed(self._found, _ENOUGH)
        if needed is None:
            return None
        dice = random.Random(0)  # noqa: S311 - a fixed draw, no secret
        drawn = sorted(
            _ENOUGH - (_needed(sorted(dice.choices(self._found, k=len(self._found))), _ENOUGH) or 0.0)
            for _ in range(_DRAWS)
        )
        low, high = drawn[int(0.025 * _DRAWS)], drawn[int(0.975 * _DRAWS)]
        return Estimate(_ENOUGH - needed, low, high)


def _needed(found: Sequence[tuple[float, float]], recall: float) -> float | None:
    whole, reached = sum(weight for _, weight in found), 0.0
    for share, weight in found:
        reached += weight
        if reached >= recall * whole - 1e-9:
            return share
    return None
