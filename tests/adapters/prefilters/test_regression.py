"""Ridge regression and Platt scaling against what defines their solutions."""

from __future__ import annotations

import math
import random

import pytest

from watcher.adapters.prefilters.training import Rows, platt_scaling, ridge

DICE = random.Random(3)
GIVEN = [
    {name: DICE.gauss(0, 1) for name in "abcdefgh" if DICE.random() < 0.5} | {"all": 1.5, f"once {n}": 1.0}
    for n in range(60)
]
TARGETS = [row.get("a", 0.0) - 2 * row.get("b", 0.0) + 5 + DICE.gauss(0, 0.1) for row in GIVEN]
WEIGHTS = [DICE.choice((1.0, 3.0)) for _ in GIVEN]


def test_the_products_are_those_of_the_written_out_matrix() -> None:
    rows = Rows([{"b": 2.0, "a": 1.0}, {}, {"c": 3.0}])

    assert (rows.names, len(rows)) == (["a", "b", "c"], 3)
    assert rows.times([10.0, 100.0, 1000.0]) == [210.0, 0.0, 3000.0]
    assert rows.transposed_times([1.0, 10.0, 100.0]) == [1.0, 2.0, 300.0]
    assert rows.take([2, 0]).times([1.0, 1.0, 1.0]) == [3.0, 3.0]


def test_no_small_change_of_the_coefficients_lowers_what_ridge_regression_minimizes() -> None:
    rows = Rows(GIVEN)
    found, bias = ridge(rows, TARGETS, WEIGHTS, 0.7)

    def loss(coefficients: list[float], intercept: float) -> float:
        off = [(t - intercept - p) ** 2 for t, p in zip(TARGETS, rows.times(coefficients), strict=True)]
        return sum(w * o for w, o in zip(WEIGHTS, off, strict=True)) + 0.7 * sum(c * c for c in coefficients)

    least = loss(found, bias)
    for place in range(len(found)):
        for change in (-1e-4, 1e-4):
            assert loss([c + change * (n == place) for n, c in enumerate(found)], bias) > least
    assert min(loss(found, bias - 1e-4), loss(found, bias + 1e-4)) > least


def test_a_weight_of_three_is_as_if_a_row_stood_there_three_times() -> None:
    places = [place for place, weight in enumerate(WEIGHTS) for _ in range(int(weight))]
    weighed, _ = ridge(Rows(GIVEN), TARGETS, WEIGHTS, 0.7)
    repeated, _ = ridge(Rows(GIVEN).take(places), [TARGETS[n] for n in places], [1.0] * len(places), 0.7)

    assert weighed == pytest.approx(repeated, abs=1e-6)


def test_from_wherever_it_starts_the_solution_is_the_same() -> None:
    rows = Rows(GIVEN)
    found, _ = ridge(rows, TARGETS, WEIGHTS, 0.7)
    again, _ = ridge(rows, TARGETS, WEIGHTS, 0.7, start=[1.0] * len(rows.names))

    assert again == pytest.approx(found, abs=1e-6)


def test_the_curve_gives_as_much_as_the_truths_do() -> None:
    scores, truths, weights = [0.0, 1.0, 2.0, 3.0] * 50, [False, True, False, True] * 50, [1.0, 1.0, 2.0, 1.0] * 50
    slope, bias = platt_scaling(scores, truths, weights)
    off = [w * (1 / (1 + math.exp(-slope * s - bias)) - t) for s, t, w in zip(scores, truths, weights, strict=True)]

    assert slope > 0
    assert sum(off) == pytest.approx(0, abs=1)
    assert sum(o * s for o, s in zip(off, scores, strict=True)) == pytest.approx(0, abs=2)


@pytest.mark.parametrize("many", [1, 10, 1000])
def test_scores_that_part_the_truths_without_error_leave_as_much_doubt_as_their_number_does(many: int) -> None:
    slope, bias = platt_scaling([0.0] * many + [1.0] * many, [False] * many + [True] * many, [1.0] * 2 * many)

    assert 1 / (1 + math.exp(-slope - bias)) == pytest.approx((many + 1) / (many + 2))
    assert 1 / (1 + math.exp(-bias)) == pytest.approx(1 / (many + 2))


@pytest.mark.parametrize("rare", [0.05, 0.02, 0.005])
@pytest.mark.parametrize("apart", [1, 2, 4])
def test_heavy_rows_among_many_light_ones_do_not_carry_the_curve_away(rare: float, apart: int) -> None:
    dice = random.Random(1)
    truths = [number == 0 or dice.random() < rare for number in range(1500)]
    scores = [dice.gauss(apart if truth else 0.1, 0.2) for truth in truths]
    weights = [1.0 if truth or dice.random() < 0.8 else 47.0 for truth in truths]
    slope, bias = platt_scaling(scores, truths, weights)
    given = sum(w / (1 + math.exp(-slope * s - bias)) for s, w in zip(scores, weights, strict=True))

    assert 1 < slope < 30
    assert given == pytest.approx(sum(truths), abs=2)
