from __future__ import annotations

from datetime import date

import pytest

from watcher.domain.screening.measure import Label, Ranking, level, passing, proportion

DAY = date(2026, 6, 29)


def labels(*scores: float, weight: float = 1.0) -> list[Label]:
    return [Label(f"p{number}", score, weight, DAY) for number, score in enumerate(scores)]


@pytest.mark.parametrize(("score", "expected"), [(2.5, 3), (2.4, 2), (3.5, 4), (0.0, 0), (4.0, 4)])
def test_the_mean_of_raters_who_differ_by_one_counts_for_the_paper(score: float, expected: int) -> None:
    assert level(score) == expected


def test_a_share_is_of_weight_and_its_interval_is_wider_the_more_unequal_the_weights() -> None:
    equal = proportion([(1.0, number < 8) for number in range(10)])
    unequal = proportion([(8.0, True), *[(1.0, True)] * 0, *[(0.25, False)] * 8])

    assert equal is not None
    assert unequal is not None
    assert equal.value == pytest.approx(0.8) == unequal.value
    assert unequal.high - unequal.low > equal.high - equal.low
    assert proportion([]) is None


def test_all_found_is_not_said_to_be_certain() -> None:
    found = proportion([(1.0, True)] * 27)

    assert found is not None
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.872, abs=0.001)  # Clopper-Pearson for 27 of 27


def test_recall_precision_and_levels_are_weighted() -> None:
    given = [Label("a", 4, 1), Label("b", 3, 3), Label("c", 1, 6), Label("d", 0, 10)]

    found = passing(given, frozenset({"b", "c"}), 0.1)

    assert found.recall is not None
    assert found.precision is not None
    assert found.recall.value == pytest.approx(3 / 4)
    assert found.precision.value == pytest.approx(3 / 9)
    assert {number: part and part.value for number, part in found.by_level.items()} == {4: 0, 3: 1, 2: None, 1: 1, 0: 0}


def test_a_ranking_tells_the_share_that_a_recall_needs() -> None:
    ranked = [f"p{number}" for number in range(100)]
    given = [Label("p1", 4), Label("p9", 3), Label("p49", 3), Label("p3", 0), Label("elsewhere", 4)]

    ranking = Ranking(ranked, given)

    assert ranking.curve() == [(0.02, pytest.approx(1 / 3)), (0.1, pytest.approx(2 / 3)), (0.5, 1.0)]
    assert (ranking.needed(0.6), ranking.needed(0.95), ranking.needed(1.0)) == (0.1, 0.5, 0.5)
    found = ranking.at(0.1).recall
    assert found is not None
    assert found.value == pytest.approx(2 / 3)
    saved = ranking.work_saved()
    assert saved is not None
    assert saved.value == pytest.approx(0.45)
    assert saved.low <= saved.value <= saved.high


def test_without_a_paper_that_belongs_nothing_is_claimed() -> None:
    ranking = Ranking(["p0", "p1"], labels(0, 1))

    assert (ranking.needed(0.95), ranking.work_saved(), ranking.at(0.5).recall) == (None, None, None)
