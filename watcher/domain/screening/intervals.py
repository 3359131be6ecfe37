"""Proportions with exact 95 % confidence intervals (Clopper–Pearson), in the standard library only."""

from __future__ import annotations

import math
from dataclasses import dataclass

LEVEL = 0.95
"""The confidence level."""

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
    low = 0.0 if successes == 0 else beta_quantile(tail, successes, misses + 1)
    high = 1.0 if misses == 0 else beta_quantile(1 - tail, successes + 1, misses)
    return Estimate(successes / trials, low, high)


def beta_quantile(share: float, a: float, b: float) -> float:
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
