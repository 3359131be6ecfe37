"""The draw is random and reproducible, its weights are right, and the estimate is honest about few answers."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.cards import card
from tests.factories import NOW, a_screening
from watcher.domain.curation.recall import (
    FAR,
    FEWEST_ANSWERS,
    FEWEST_PER_STRATUM,
    NEAR,
    UNRATED,
    AuditCard,
    ScreenedOut,
    draw,
    recall,
)
from watcher.domain.facts import AuditAnswer, AuditSample


def papers(count: int, *, rated: bool = True) -> list[ScreenedOut]:
    return [ScreenedOut(n, f"arxiv:2606.{n:05}", n / count if rated else None) for n in range(count)]


def audited(stratum: str, size: int, answers: Sequence[bool | None], week: str = "2026-W26") -> list[AuditCard]:
    """A stratum's sample with its answers; None is no answer yet."""
    sample = AuditSample(week, stratum, size, len(answers) / size)
    return [
        AuditCard(
            card(n).candidate,
            a_screening(passed=False),
            sample,
            None if said is None else AuditAnswer(said, "hana", NOW, "web"),
        )
        for n, said in enumerate(answers)
    ]


def test_the_same_papers_are_drawn_whenever_it_is_done_and_in_whatever_order_they_come() -> None:
    shuffled = papers(500)
    random.Random(1).shuffle(shuffled)

    assert draw(papers(500), "t", "2026-W26", 10) == draw(shuffled, "t", "2026-W26", 10)
    assert draw(papers(500), "t", "2026-W26", 10) != draw(papers(500), "t", "2026-W27", 10)


def test_the_strata_share_the_draw_and_the_weights_add_up_to_all_that_was_screened_out() -> None:
    drawn = [sample for _, sample in draw([*papers(500), ScreenedOut(900, "x", None)], "t", "2026-W26", 11)]

    assert Counter(sample.stratum for sample in drawn) == {NEAR: 5, FAR: 5, UNRATED: 1}
    assert sum(sample.weight for sample in drawn) == pytest.approx(501)


def test_the_near_stratum_holds_the_most_probable_tenth() -> None:
    near = [n for n, sample in draw(papers(500), "t", "2026-W26", 100) if sample.stratum == NEAR]

    assert len(near) == 50
    assert min(near) == 450


def test_every_paper_of_a_stratum_is_as_likely_as_any_other_to_be_drawn() -> None:
    drawn = Counter(n for week in range(2000) for n, _ in draw(papers(20, rated=False), "t", str(week), 5))

    assert all(abs(times / 2000 - 0.25) < 0.04 for times in drawn.values())  # four standard errors
    assert len(drawn) == 20


@pytest.mark.parametrize(("available", "wanted", "got"), [(0, 10, 0), (3, 10, 3), (50, 0, 0)])
def test_no_more_is_drawn_than_there_is_or_was_asked_for(available: int, wanted: int, got: int) -> None:
    assert len(draw(papers(available), "t", "2026-W26", wanted)) == got


def test_with_few_answers_nothing_is_estimated_and_it_is_said_how_many_are_lacking() -> None:
    found = recall(audited(FAR, 900, [False] * 12 + [None] * 8), {"2026-W26": 20})

    assert (found.share, found.missed) == (None, None)
    assert (found.drawn, found.answered, found.lacking) == (20, 12, FEWEST_ANSWERS - 12)


def test_a_stratum_that_nobody_answered_keeps_the_estimate_back() -> None:
    cards = audited(FAR, 900, [False] * 40) + audited(NEAR, 100, [None] * 5)

    assert recall(cards, {"2026-W26": 20}).lacking == FEWEST_PER_STRATUM


def test_answers_stand_for_all_that_was_screened_out() -> None:
    cards = audited(NEAR, 100, [True] * 4 + [False] * 16) + audited(FAR, 900, [True] + [False] * 19)

    found = recall(cards, {"2026-W26": 65, "2026-W20": 1000})

    assert found.missed is not None
    assert found.missed.value == pytest.approx(100 * 4 / 20 + 900 / 20)
    assert found.share is not None
    assert found.share.value == pytest.approx(65 / (65 + 65))
    assert found.share.low < 0.4
    assert 0.6 < found.share.high < 1


def test_weeks_of_different_size_weigh_by_their_size() -> None:
    cards = audited(FAR, 100, [True] * 20) + audited(FAR, 900, [False] * 20, "2026-W27")

    found = recall(cards, {"2026-W26": 10})

    assert found.missed is not None
    assert found.missed.value == pytest.approx(100)


def test_a_week_that_nobody_answered_counts_neither_what_it_missed_nor_what_it_found() -> None:
    cards = audited(FAR, 100, [False] * 40) + audited(FAR, 9000, [None] * 10, "2026-W27")

    found = recall(cards, {"2026-W26": 10, "2026-W27": 500})

    assert found.found == 10
    assert found.missed is not None
    assert found.missed.high < 10


def test_without_anything_found_there_is_no_recall() -> None:
    found = recall(audited(FAR, 900, [False] * 40), {})

    assert found.share is None
    assert found.missed is not None


@pytest.mark.endurance
def test_the_interval_of_recall_holds_the_truth_at_least_19_times_in_20() -> None:
    chance, held, trials = random.Random(5), 0, 300
    for _ in range(trials):
        near = audited(NEAR, 100, [chance.random() < 0.2 for _ in range(30)])
        far = audited(FAR, 900, [chance.random() < 0.01 for _ in range(30)])
        found = recall(near + far, {"2026-W26": 60})
        assert found.share is not None
        held += found.share.low <= 60 / (60 + 20 + 9) <= found.share.high

    assert held / trials >= 0.95
