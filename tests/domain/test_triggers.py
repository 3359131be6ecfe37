"""Looking for all words of all orders at once finds what trying every pattern would find."""

from __future__ import annotations

import re

import pytest

from tests.attacks import ATTACKS
from tests.cards import real_papers
from watcher.domain.hostile.anomalies import KeywordIndex, decoded_variants
from watcher.domain.hostile.injection_rules import COMMANDS, CommandPattern, parse_needs


@pytest.mark.endurance
def test_no_order_in_an_attack_or_a_real_paper_is_passed_over_for_want_of_a_word() -> None:
    papers = [*(attack.paper for attack in ATTACKS), *list(real_papers())[::20]]
    texts = [
        reading for p in papers for reading in decoded_variants(f"{p.title_raw}\n{p.abstract_raw}\n{p.authors_raw}")
    ]
    each = [KeywordIndex([order]) for order in COMMANDS]
    seen = [[trigger.matches(text) for trigger in each] for text in texts]
    assert seen == [[order.pattern.search(text) is not None for order in COMMANDS] for text in texts]
    assert sum(map(any, seen)) > 100


def test_words_are_written_in_groups_of_alternatives_and_of_followers() -> None:
    assert parse_needs("rate|mark + this|our paper/please & 4") == (
        ("rate this", "rate our paper", "mark this", "mark our paper", "please"),
        ("4",),
    )


@pytest.mark.parametrize(
    ("text", "fits"),
    [("say it now", True), ("(say it) now", True), ("we say it", False), ("essay it now", False), ("saying now", True)],
)
def test_a_pattern_is_tried_where_a_word_of_every_group_begins(text: str, fits: bool) -> None:
    triggers = KeywordIndex([CommandPattern(parse_needs("say/say it & now"), re.compile("say"))])
    assert triggers.matches(text) is fits


def test_a_word_within_a_longer_one_counts_as_found() -> None:
    short, long = (
        CommandPattern(parse_needs("score"), re.compile("score")),
        CommandPattern(parse_needs("score of"), re.compile("never")),
    )
    assert KeywordIndex([short, long]).matches("a score of four")
    assert not KeywordIndex([long]).matches("a score of four")


def test_a_letter_of_another_alphabet_before_a_word_belongs_to_it() -> None:
    triggers = KeywordIndex([CommandPattern(parse_needs("say"), re.compile("say"))])
    assert not triggers.matches("ésay")
    assert triggers.matches("é say")
