"""Trains a prefilter, which estimates whether a paper is relevant: ridge regression on TF-IDF terms and themes, calibrated
to probabilities by Platt scaling, without any library.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import mul

from watcher.adapters.prefilters.trained import Features, Phrases, Trained, rounded, terms
from watcher.domain.errors import UsageError
from watcher.domain.papers.paper import Paper
from watcher.domain.screening.measure import LabeledPaper

_SEEN_AT_LEAST = 3  # papers that contain a term; rarer ones are names and typing errors
_SEEN_AT_MOST = 0.5  # share of papers; a more frequent term does not discriminate
ALPHA = 1.0  # strength of the L2 penalty; values from 0.3 to 3 gave the same recall within noise
# Regression target of each score. The largest step is that from 2 to 3, where papers begin to belong.
_TARGETS = (
    (0.0, 0.0),
    (1.0, 0.5),
    (2.0, 1.5),
    (3.0, 3.5),
    (4.0, 4.0),
)
_FOLDS = 5
_USUAL = 200  # quantiles kept in the trained prefilter
_ENOUGH = 1000  # announced papers from which quantiles are better than those from labels


def train(labeled: Sequence[LabeledPaper], phrases: Phrases, topic: str, announced: Sequence[Paper] = ()) -> Trained:
    """Train a prefilter on labeled papers; the same papers always give the same prefilter.

    Probabilities are calibrated on out-of-fold scores. The typical probabilities of announced papers are computed from
    `announced`, or from the labels' weights if those are too few. Raises UsageError with too few labels.
    """
    left_out = out_of_fold(labeled, phrases)
    fitted = fit(labeled, phrases)
    slope, bias = _calibrate(labeled, left_out)
    made = Trained(
        topic=topic,
        phrases=phrases,
        rarity={term: rounded(value) for term, value in fitted.rarity.items()},
        weights={name: weight for name, value in fitted.weights.items() if (weight := rounded(value))},
        bias=rounded(bias + slope * fitted.bias),
        slope=rounded(slope),
        usual=(),
        learned_from=frozenset(one.paper for one in labeled),
    )
    probabilities = [1 / (1 + math.exp(-(bias + slope * score))) for score in left_out]
    return replace(made, usual=_usual(made, labeled, probabilities, announced))


def out_of_fold(labeled: Sequence[LabeledPaper], phrases: Phrases) -> list[float]:
    """Cross-validated scores of labeled papers, each by a model trained without the papers of its day; higher is more
    likely to be relevant. Papers without a day get 0.
    """
    folds = _folds(labeled)
    scores = [0.0] * len(labeled)
    for fold in range(_FOLDS):
        rest = [e for e, own in zip(labeled, folds, strict=True) if own != fold]
        held = [position for position, own in enumerate(folds) if own == fold]
        if held:
            fitted = fit(rest, phrases)
            for position in held:
                scores[position] = fitted.score(labeled[position])
    return scores


def _folds(labeled: Sequence[LabeledPaper]) -> list[int]:
    """The fold of each paper, all papers of one day in the same; -1 for papers without a day, which
    are never held out.
    """
    days = sorted({one.day for one in labeled if one.day is not None})
    place = {day: position % _FOLDS for position, day in enumerate(days)}
    return [-1 if one.day is None else place[one.day] for one in labeled]


@dataclass(frozen=True)
class _Fitted:
    """A fitted ridge regression, not yet calibrated to probabilities."""

    features: Features
    rarity: dict[str, float]
    weights: dict[str, float]
    bias: float

    def score(self, one: LabeledPaper) -> float:
        """The prediction of the fitted ridge regression for a paper."""
        values = read_features(self.features, one)
        return self.bias + sum(self.weights.get(name, 0.0) * value for name, value in values.items())


def fit(labeled: Sequence[LabeledPaper], phrases: Phrases) -> _Fitted:
    """Fit the ridge regression on labeled papers, which count by the square root of their sampling weight. Raises
    UsageError unless there are both relevant and irrelevant ones.
    """
    _require_both_classes(labeled)
    rarity = inverse_document_frequencies(labeled)
    features = Features(rarity, phrases)
    rows = Rows([read_features(features, one) for one in labeled])
    targets, weights = [_target(one.score) for one in labeled], [math.sqrt(one.weight) for one in labeled]
    coefficients, bias = ridge(rows, targets, weights, ALPHA)
    return _Fitted(features, rarity, dict(zip(rows.names, coefficients, strict=True)), bias)


def _require_both_classes(labeled: Sequence[LabeledPaper]) -> None:
    """Raises UsageError unless there are papers that belong and papers that do not."""
    if len({one.belongs for one in labeled}) != len((True, False)):
        raise UsageError(
            "nothing to learn from: on several days, papers that belong and papers that do not are both needed",
            about=f"{len(labeled)} labeled papers",
            remedy="label more papers",
        )


def inverse_document_frequencies(labeled: Sequence[LabeledPaper]) -> dict[str, float]:
    """The inverse document frequency of each term in the labeled papers, leaving out terms in fewer than three papers
    or in more than half of them.
    """
    seen = Counter(term for one in labeled for term in terms(one.title) | terms(one.abstract))
    count = len(labeled)
    return {
        term: math.log((1 + count) / (1 + held)) + 1
        for term, held in sorted(seen.items())
        if _SEEN_AT_LEAST <= held <= _SEEN_AT_MOST * count
    }


def read_features(features: Features, one: LabeledPaper) -> dict[str, float]:
    """The classifier's features of a labeled paper, as name → value."""
    return features(one.title, one.abstract, one.categories)


def _target(score: float) -> float:
    """The regression target of a score, interpolated between whole scores."""
    lower = max(pair for pair in _TARGETS if pair[0] <= score)
    upper = min(pair for pair in _TARGETS if pair[0] >= score)
    part = (score - lower[0]) / (upper[0] - lower[0]) if upper != lower else 0.0
    return lower[1] + part * (upper[1] - lower[1])


def _calibrate(labeled: Sequence[LabeledPaper], scores: Sequence[float]) -> tuple[float, float]:
    """(slope, bias) of Platt scaling from out-of-fold scores to probabilities among announced papers."""
    held = [(e, score) for e, score in zip(labeled, scores, strict=True) if e.day is not None]
    _require_both_classes([e for e, _ in held])
    return platt_scaling([score for _, score in held], [e.belongs for e, _ in held], [e.weight for e, _ in held])


def _usual(
    made: Trained, labeled: Sequence[LabeledPaper], left_out: Sequence[float], announced: Sequence[Paper]
) -> tuple[float, ...]:
    """200 evenly spaced quantiles of the probabilities of announced papers, lowest first; labeled ones by their
    out-of-fold score.
    """
    if len(announced) >= _ENOUGH:
        known = {one.paper: probability for one, probability in zip(labeled, left_out, strict=True)}
        given = [
            (known.get(str(one.id), made.probability(one.title, one.abstract, one.categories)), 1.0)
            for one in announced
        ]
    else:
        given = [(p, one.weight) for p, one in zip(left_out, labeled, strict=True) if one.day is not None]
    every, passed, found = sum(weight for _, weight in given), 0.0, list[float]()
    for probability, weight in sorted(given):
        passed += weight
        while len(found) < _USUAL and (len(found) + 0.5) / _USUAL <= passed / every:
            found.append(rounded(probability))
    return tuple(found)


_STEPS = 1000  # upper bound of iterations; hundreds suffice
_NEWTON_STEPS = 100
_SHORTEST = 1e-10  # part of a step; where not even this lowers the loss, nothing does


class Rows:
    """A sparse matrix for the regression: one row for each paper, with its features by name; `names` are the
    columns.
    """

    def __init__(self, given: Sequence[Mapping[str, float]]) -> None:
        self.names = sorted({name for row in given for name in row})
        place = {name: number for number, name in enumerate(self.names)}
        self._rows = [([place[name] for name in row], list(row.values())) for row in given]

    def __len__(self) -> int:
        """The number of rows."""
        return len(self._rows)

    def take(self, chosen: Sequence[int]) -> Rows:
        """The sparse matrix of the rows with these indices, with the same columns."""
        part = Rows(())
        part.names, part._rows = self.names, [self._rows[number] for number in chosen]
        return part

    def times(self, weights: Sequence[float]) -> list[float]:
        """The product of the sparse matrix with a vector that has a number for each column."""
        at = weights.__getitem__
        return [sum(map(mul, map(at, columns), values)) for columns, values in self._rows]

    def transposed_times(self, factors: Sequence[float]) -> list[float]:
        """The product of the transposed sparse matrix with a vector that has a number for each row."""
        found = [0.0] * len(self.names)
        for factor, (columns, values) in zip(factors, self._rows, strict=True):
            if factor:
                for column, value in zip(columns, values, strict=True):
                    found[column] += factor * value
        return found


def ridge(
    rows: Rows,
    targets: Sequence[float],
    weights: Sequence[float],
    alpha: float,
    tolerance: float = 1e-8,
    start: Sequence[float] = (),
) -> tuple[list[float], float]:
    """Fit a ridge regression: the coefficients and the intercept that minimize Σ weight · (target − prediction)² +
    alpha · |coefficients|².

    Solved by conjugate gradients until the residual is `tolerance` of what it was for no coefficients; `start` is where
    to begin, such as the coefficients for nearly the same rows.
    """
    whole = sum(weights)
    means = [total / whole for total in rows.transposed_times(weights)]
    middle = _dot(weights, targets) / whole

    def apply(vector: Sequence[float]) -> list[float]:
        shift = _dot(means, vector)
        weighed = [weight * (value - shift) for weight, value in zip(weights, rows.times(vector), strict=True)]
        total = sum(weighed)
        back = rows.transposed_times(weighed)
        return [b - m * total + alpha * v for b, m, v in zip(back, means, vector, strict=True)]

    right = rows.transposed_times([w * (t - middle) for w, t in zip(weights, targets, strict=True)])
    found = list(start) or [0.0] * len(right)
    left = [r - a for r, a in zip(right, apply(found), strict=True)] if start else right
    enough = tolerance * tolerance * _dot(right, right)
    direction, error = left, _dot(left, left)
    for _ in range(_STEPS):
        if error <= enough:
            break
        applied = apply(direction)
        step = error / _dot(direction, applied)
        found = [f + step * d for f, d in zip(found, direction, strict=True)]
        left = [r - step * a for r, a in zip(left, applied, strict=True)]
        before, error = error, _dot(left, left)
        direction = [r + error / before * d for r, d in zip(left, direction, strict=True)]
    return found, middle - _dot(means, found)


def platt_scaling(scores: Sequence[float], truths: Sequence[bool], weights: Sequence[float]) -> tuple[float, float]:
    """Fit Platt scaling: the slope and bias of the logistic curve that turns a classifier's scores into probabilities.

    As in Platt (1999), labels count as slightly uncertain, the more so the fewer there are: otherwise scores that
    separate them without error would give a curve of infinite slope. Solved by Newton's method with halved steps (Lin,
    Lin and Weng 2007).
    """
    yes = sum(weight for weight, truth in zip(weights, truths, strict=True) if truth)
    no = sum(weights) - yes
    wanted = [(yes + 1) / (yes + 2) if truth else 1 / (no + 2) for truth in truths]
    given = list(zip(scores, wanted, weights, strict=True))

    def loss(slope: float, bias: float) -> float:
        values = ((slope * score + bias, want, weight) for score, want, weight in given)
        return sum(w * (max(v, 0.0) - want * v + math.log1p(math.exp(-abs(v)))) for v, want, w in values)

    slope, bias = 0.0, math.log((yes + 1) / (no + 1))
    least = loss(slope, bias)
    for _ in range(_NEWTON_STEPS):
        by_slope, by_bias = _newton_step(given, slope, bias)
        part = 1.0
        while (reached := loss(slope - part * by_slope, bias - part * by_bias)) > least and part > _SHORTEST:
            part /= 2
        if part <= _SHORTEST:
            break
        slope, bias, least = slope - part * by_slope, bias - part * by_bias, reached
        if max(abs(by_slope), abs(by_bias)) < 1e-9:
            break
    return slope, bias


def _newton_step(given: Sequence[tuple[float, float, float]], slope: float, bias: float) -> tuple[float, float]:
    """The step by which Newton's method lowers slope and bias; `given` are (score, wanted probability, weight)."""
    down = across = mixed = 0.0
    steep = level = 1e-12
    for score, want, weight in given:
        chance = 1 / (1 + math.exp(-max(-700.0, slope * score + bias)))  # exp() overflows beyond
        off, spread = weight * (chance - want), weight * chance * (1 - chance)
        down, across = down + off * score, across + off
        steep, mixed, level = steep + spread * score * score, mixed + spread * score, level + spread
    whole = steep * level - mixed * mixed
    return (level * down - mixed * across) / whole, (steep * across - mixed * down) / whole


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return float(sum(map(mul, one, other)))
