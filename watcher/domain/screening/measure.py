"""Measures a screening against labels: recall, precision and work saved (WSS@95), each with a confidence interval."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from watcher.domain.screening.intervals import Estimate, exact_share
from watcher.domain.screening.label import BELONGS, Label

_DRAWS = 400  # bootstrap samples
_ENOUGH = 0.95


def proportion(parts: Sequence[tuple[float, bool]]) -> Estimate | None:
    """The weighted proportion of True among (weight, truth) pairs, with its confidence interval; None if no weight is
    positive.

    Unequal weights carry less information, so the interval is computed for Kish's effective sample size, (Σw)² / Σw².
    """
    whole = sum(weight for weight, _ in parts)
    if not parts or whole <= 0:
        return None
    count = effective_size([weight for weight, _ in parts])
    return exact_share(min(count, count * sum(weight for weight, truth in parts if truth) / whole), count)


def effective_size(weights: Sequence[float]) -> float:
    """Kish's effective sample size: the number of equally weighted labels that carry as much information as labels of
    these weights.
    """
    return sum(weights) ** 2 / sum(weight**2 for weight in weights) if weights else 0.0


@dataclass(frozen=True, slots=True)
class Passing:
    """The measured performance of a screening: the share of papers that pass, recall, precision, and recall for each
    score level. `belonging` is the number of relevant labels, `effective` Kish's effective sample size of their
    weights.
    """

    share: float
    recall: Estimate | None
    precision: Estimate | None
    by_level: Mapping[int, Estimate | None]
    belonging: int = 0
    effective: float = 0.0


def passing(labels: Sequence[Label], passed: frozenset[str], share: float) -> Passing:
    """Measure a screening on labeled papers: recall and precision, given the keys of the papers that `passed`. `share`
    is the share of all papers that pass.
    """
    weights = [one.weight for one in labels if one.belongs]
    return Passing(
        share=share,
        recall=proportion([(one.weight, one.paper in passed) for one in labels if one.belongs]),
        precision=proportion([(one.weight, one.belongs) for one in labels if one.paper in passed]),
        by_level={
            level: proportion([(one.weight, one.paper in passed) for one in labels if one.level == level])
            for level in range(BELONGS + 1, -1, -1)
        },
        belonging=len(weights),
        effective=effective_size(weights),
    )


class Ranking:
    """A ranking of papers by their keys, most promising first, to be measured against labels of some of them."""

    def __init__(self, ranked: Sequence[str], labels: Sequence[Label]) -> None:
        self._ranked = ranked
        place = {paper: number for number, paper in enumerate(ranked, start=1)}
        self._labels = [one for one in labels if one.paper in place]
        self._found = sorted((place[one.paper] / len(ranked), one.weight) for one in self._labels if one.belongs)

    def at(self, share: float) -> Passing:
        """The performance (recall, precision …) of a screening that passes the top `share` of the ranking."""
        count = round(share * len(self._ranked))
        return passing(self._labels, frozenset(self._ranked[:count]), count / len(self._ranked))

    def curve(self) -> list[tuple[float, float]]:
        """The recall curve: a point (share of papers that pass, recall) for each relevant labeled paper, in the order
        of the ranking.
        """
        whole, reached, points = sum(weight for _, weight in self._found), 0.0, list[tuple[float, float]]()
        for share, weight in self._found:
            reached += weight
            points.append((share, reached / whole))
        return points

    def needed(self, recall: float) -> float | None:
        """The smallest share of papers that must pass to reach a recall; None if no labeled paper is relevant."""
        return _needed(self._found, recall)

    def work_saved(self) -> Estimate | None:
        """WSS@95: the share of reading saved against random order at 95 % recall. The interval is bootstrapped over the
        labels.
        """
        needed = _needed(self._found, _ENOUGH)
        if needed is None:
            return None
        dice = random.Random(0)  # noqa: S311 - a fixed seed: the same labels give the same interval
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
        if reached >= recall * whole - 1e-9:  # sums of weights are not exact
            return share
    return None
