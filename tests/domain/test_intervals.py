"""Intervals against published values, and against what they promise."""

from __future__ import annotations

import random
from math import comb

import pytest

from watcher.domain.screening.measure import beta_cdf, exact_share


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [  # Clopper and Pearson's interval, also by SciPy's beta.ppf
        (0, 10, 0.0, 0.3084971),
        (1, 10, 0.002528579, 0.4450161),
        (7, 10, 0.3475471, 0.9332605),
        (10, 10, 0.6915029, 1.0),
        (40, 400, 0.07240629, 0.1336779),
    ],
)
def test_the_exact_interval_is_the_published_one(successes: int, trials: int, low: float, high: float) -> None:
    found = exact_share(successes, trials)

    assert found.value == successes / trials
    assert found.low == pytest.approx(low, abs=1e-6)
    assert found.high == pytest.approx(high, abs=1e-6)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_the_interval_holds_the_true_share_at_least_19_times_in_20(share: float) -> None:
    trials = 30
    held = sum(
        comb(trials, k) * share**k * (1 - share) ** (trials - k)
        for k in range(trials + 1)
        if exact_share(k, trials).low <= share <= exact_share(k, trials).high
    )

    assert held >= 0.95


def test_the_incomplete_beta_function_is_a_sum_of_binomials_for_whole_numbers() -> None:
    chance = random.Random(7)
    for _ in range(200):
        a, b, x = chance.randint(1, 40), chance.randint(1, 40), chance.random()
        n = a + b - 1
        expected = sum(comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))

        assert beta_cdf(x, a, b) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (3, 2), (-1, 5)])
def test_no_share_is_made_of_impossible_counts(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        exact_share(successes, trials)
