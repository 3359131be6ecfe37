"""Ridge regression on sparse matrices, and Platt scaling, without any library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from operator import mul

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
