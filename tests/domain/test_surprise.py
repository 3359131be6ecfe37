"""A person is told where screening and score are far apart, and only there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.cards import card, scored
from tests.factories import a_screening
from watcher.adapters.desks.slack.messages.card import card_message
from watcher.adapters.desks.web.pages import facts
from watcher.domain.screening.measure import surprising
from watcher.words_ja.common import DISAGREEMENT, disagreement


@pytest.mark.parametrize(
    ("probability", "score", "far_apart"),
    [
        (0.01, 4, True),
        (0.01, 3, True),
        (0.01, 2, False),
        (0.01, 0, False),
        (0.3, 4, False),
        (0.3, 0, False),
        (0.9, 0, True),
        (0.9, 1, True),
        (0.9, 2, False),
        (0.9, 4, False),
        (None, 0, False),
        (None, 4, False),
    ],
)
def test_screening_and_score_are_far_apart(probability: float | None, score: int, far_apart: bool) -> None:
    assert surprising(probability, score) is far_apart
    assert bool(disagreement(probability, score)) is far_apart


def test_the_words_say_which_way_it_goes() -> None:
    assert disagreement(0.004, 4) == "事前選別では可能性が低い（1%未満）と見ましたが、採点は4でした。"
    assert disagreement(0.87, 1) == "事前選別では可能性が高い（87%）と見ましたが、採点は1でした。"


def test_a_card_at_either_desk_says_so_and_another_does_not() -> None:
    plain = card()
    apart = replace(plain, screening=a_screening(probability=0.01))
    told = disagreement(0.01, scored(plain).score)

    assert told in str(card_message(apart)[0])
    assert told in str(facts(apart))
    assert DISAGREEMENT not in str(card_message(plain)[0]) + str(facts(plain))
