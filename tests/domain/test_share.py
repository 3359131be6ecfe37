from __future__ import annotations

import random

import pytest

from watcher.stages.screen import REFERENCE, threshold

EVEN = [number / 100 for number in range(100)]


@pytest.mark.parametrize("share", [0.03, 0.1, 0.5])
def test_the_wanted_share_of_what_is_like_before_passes(share: float) -> None:
    dice = random.Random(1)
    before, today = ([dice.random() for _ in range(REFERENCE)] for _ in range(2))

    least = threshold(before, [], share)
    passed = sum(value >= least for value in today) / len(today)

    assert passed == pytest.approx(share, abs=0.015)


def test_without_anything_screened_the_usual_probabilities_decide() -> None:
    assert threshold([], EVEN, 0.1) == pytest.approx(0.89, abs=0.011)


def test_what_was_screened_takes_the_place_of_the_usual_bit_by_bit() -> None:
    high = [0.999] * (REFERENCE // 2)

    assert threshold(high[:10], EVEN, 0.1) < threshold(high, EVEN, 0.1) == 0.999
    assert threshold(high, EVEN, 0.6) < threshold(high * 2, EVEN, 0.6)


def test_a_run_of_equal_probabilities_does_not_let_everything_pass_unless_it_must() -> None:
    assert threshold([1.0] * 100 + [0.0] * 2900, [], 0.1) == 0.0
    assert threshold([1.0] * 400 + [0.2] * 2600, [], 0.1) == 1.0


def test_nothing_known_at_all_lets_everything_pass() -> None:
    assert threshold([], [], 0.1) == 0.0
