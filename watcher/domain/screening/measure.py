"""Measures of a screening against labels: recall, precision and work saved (WSS@95), each with an exact 95 % confidence
interval (Clopper–Pearson).
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from watcher.domain.papers.paper import Paper

LEVEL = 0.95
"""The confidence level of all intervals."""
BELONGS = 3
"""The score (0–4) from which a paper belongs to the topic."""


def level(score: float) -> int:
    """Round a relevance score to an integer, halves up: the mean of two raters who differ by one counts as the higher
    one.
    """
    return int(score + 0.5)


@dataclass(frozen=True, slots=True)
class Label:
    """A labeled example for training and evaluation: the known relevance score of a paper (0–4, possibly the mean of
    several raters). `paper` is its key, `weight` the number of announced papers it represents if the paper was drawn as
    a sample, and `day` its day of announcement, None if it came from elsewhere.
    """

    paper: str
    score: float
    weight: float = 1.0
    day: date | None = None

    @property
    def level(self) -> int:
        """The relevance score of the label rounded to an integer, halves up."""
        return level(self.score)

    @property
    def belongs(self) -> bool:
        """Whether the labeled paper is relevant to the topic: its score, rounded, is at least 3."""
        return self.level >= BELONGS


@dataclass(frozen=True, slots=True, kw_only=True)
class LabeledPaper(Label):
    """A label with the text and categories of its paper, as needed for training."""

    title: str
    abstract: str
    categories: tuple[str, ...]

    @classmethod
    def of(cls, label: Label, paper: Paper) -> LabeledPaper:
        """Combine a label with its paper's title, abstract and categories."""
        text = {"title": paper.title, "abstract": paper.abstract}
        return cls(label.paper, label.score, label.weight, label.day, **text, categories=paper.categories)


_DRAWS = 400  # bootstrap samples
_ENOUGH = 0.95


def proportion(parts: Sequence[tuple[float, bool]], level: float = LEVEL) -> Estimate | None:
    """The weighted proportion of True among (weight, truth) pairs, with its confidence interval; None if no weight is
    positive.

    Unequal weights carry less information, so the interval is computed for Kish's effective sample size, (Σw)² / Σw².
    """
    whole = sum(weight for weight, _ in parts)
    if whole <= 0:
        return None
    count = _effective_size([weight for weight, _ in parts])
    return exact_share(min(count, count * sum(weight for weight, truth in parts if truth) / whole), count, level)


def _effective_size(weights: Sequence[float]) -> float:
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
        effective=_effective_size(weights),
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


_STEPS = 200  # upper bound of iterations; both methods reach double precision long before
_TINY = 1e-30


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimated value with the lower and upper end of its 95 % confidence interval."""

    value: float
    low: float
    high: float


def exact_share(successes: float, trials: float, level: float = LEVEL) -> Estimate:
    """The proportion successes / trials with its Clopper–Pearson confidence interval, which is conservative for few
    trials.

    Counts need not be whole: weighted samples have an effective size (Korn and Graubard 1998). Raises ValueError for no
    trials or more successes than trials.
    """
    if trials <= 0 or not 0 <= successes <= trials:
        raise ValueError(f"no share of {successes} in {trials}")
    tail = (1 - level) / 2
    misses = trials - successes
    low = 0.0 if successes == 0 else _beta_quantile(tail, successes, misses + 1)
    high = 1.0 if misses == 0 else _beta_quantile(1 - tail, successes + 1, misses)
    return Estimate(successes / trials, low, high)


def _beta_quantile(share: float, a: float, b: float) -> float:
    """The quantile of the Beta(a, b) distribution at probability `share`, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if beta_cdf(middle, a, b) < share:
            low = middle
        else:
            high = middle
        if high - low < 1e-12:
            break
    return (low + high) / 2


def beta_cdf(x: float, a: float, b: float) -> float:
    """The cumulative distribution function of Beta(a, b) at x: the regularized incomplete beta function.

    Computed by Lentz's continued fraction (Numerical Recipes, 6.4) on the side where it converges quickly.
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_cdf(1 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    return front * _fraction(x, a, b) / a


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function."""
    c, d = 1.0, 1 / _off_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _off_zero(1 + term * d)
            c = _off_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return value


def _off_zero(value: float) -> float:
    """The value, or a tiny one in place of zero, by which Lentz's method cannot divide."""
    return value if abs(value) > _TINY else _TINY


_UNLIKELY = 0.05
"""The probability below which at most one paper in twenty belongs to the topic."""
LIKELY = 0.6
"""The probability above which most papers belong to the topic."""


def surprising(probability: float | None, score: int) -> bool:
    """Whether the model's relevance score (0–4) contradicts the prefilter's probability (high score and low
    probability, or the reverse); never if there is no probability.
    """
    if probability is None:
        return False
    return probability < _UNLIKELY if score >= BELONGS else probability > LIKELY and score < BELONGS - 1
