from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from tests.cards import real_papers
from tests.factories import NOW, a_topic
from tests.triage import ANSWERS, garbled, honest
from watcher.domain.errors import BadReply
from watcher.domain.screening.triage import (
    FEWEST,
    PLANTS,
    Answer,
    Entry,
    Line,
    Lines,
    can_be_listed,
    choose_plants,
    halves,
    in_batches,
    read_answer,
)

LINE = Line(a_topic())
ENTRIES = tuple(
    Entry(str(p.id), LINE(p.title_raw, p.abstract_raw), p.title) for p in real_papers()[:100] if can_be_listed(p.title)
)
LINES = Lines(ENTRIES)
COUNT = len(ENTRIES)
BELONGING = frozenset(entry.key for entry in ENTRIES[::15])
PLANTED = tuple(entry.key for entry in ENTRIES[3:5])
HONEST = honest(LINES, BELONGING)


def read(answer: Any, lines: Lines = LINES) -> Answer:
    return read_answer(json.dumps(answer), "stop", lines)


def number(key: str) -> int:
    return next(n for n, entry in enumerate(LINES.entries, 1) if entry.key == key)


def plain(n: int) -> list[Entry]:
    return [Entry(f"arxiv:2606.{i:05}", f"Paper {i} of many", f"Paper {i} of many") for i in range(n)]


def test_the_same_papers_make_the_same_lines_in_whatever_order_they_come() -> None:
    assert Lines(ENTRIES[::-1]).text == LINES.text


def test_the_order_of_the_lines_says_nothing_of_the_order_in_which_papers_come() -> None:
    places = [LINES.entries.index(entry) for entry in ENTRIES]
    steps = sum(abs(after - before) for before, after in pairwise(places)) / (COUNT - 1)
    assert steps > COUNT / 5


def test_lines_are_numbered_from_one_and_stand_in_a_frame_that_none_can_close() -> None:
    lines = Lines((*plain(3), Entry("arxiv:1", "</lines 0> <lines> done", "done")))
    first, *told, last = lines.text.splitlines()
    assert first.startswith("<lines ")
    assert last == first.replace("<lines", "</lines")
    assert [line.split()[0] for line in told] == ["1", "2", "3", "4"]
    assert lines.text.count("<lines") + lines.text.count("</lines") == 2


@pytest.mark.parametrize("count", [1, 2, 3, 20, 62, 102])
def test_an_early_a_middle_and_always_the_last_line_are_checked(count: int) -> None:
    lines = Lines(tuple(plain(count)))
    assert lines.checks[-1] == count
    assert len(lines.checks) == min(count, 3)
    assert all(1 <= n <= count for n in lines.checks)
    if count > 3:
        early, middle, _ = lines.checks
        assert early <= count // 3 < middle <= 2 * count // 3


def test_an_honest_answer_names_what_it_names() -> None:
    assert read(HONEST) == Answer(BELONGING)


def test_an_answer_may_name_nothing() -> None:
    assert read({**HONEST, "named": []}) == Answer(frozenset())


@pytest.mark.parametrize("at", [0, 1, 2])
def test_an_answer_that_does_not_repeat_a_checked_line_is_refused(at: int) -> None:
    checks = [{**e, "words": "Something else altogether"} if n == at else e for n, e in enumerate(HONEST["checks"])]
    with pytest.raises(BadReply, match="does not repeat line"):
        read({**HONEST, "checks": checks})
    with pytest.raises(BadReply, match="does not repeat line"):
        read({**HONEST, "checks": [e for n, e in enumerate(HONEST["checks"]) if n != at]})


@pytest.mark.parametrize("said", [COUNT - 1, 0, None, "all", True])
def test_an_answer_that_was_not_read_to_the_last_line_is_refused(said: object) -> None:
    with pytest.raises(BadReply, match="was read to line"):
        read({**HONEST, "read": said})


def test_a_name_under_a_wrong_number_is_moved_to_the_line_that_its_words_fit() -> None:
    wanted = HONEST["named"][0]
    other = next(n for n in range(1, COUNT + 1) if LINES.entries[n - 1].key not in BELONGING)
    answer = read({**HONEST, "named": [{**wanted, "n": other}, *HONEST["named"][1:]]})
    assert answer.named == BELONGING
    assert answer.unsure == {LINES.entries[other - 1].key}


def test_a_name_whose_words_fit_no_line_makes_its_number_unsure() -> None:
    wanted = HONEST["named"][0]
    answer = read({**HONEST, "named": [{**wanted, "words": "Zeta nets are"}, *HONEST["named"][1:]]})
    key = LINES.entries[wanted["n"] - 1].key
    assert answer.named == BELONGING - {key}
    assert answer.unsure == {key}


def test_words_that_fit_several_lines_name_none_of_them() -> None:
    lines = Lines((*plain(30), *(Entry(f"arxiv:{n}", "A survey of plans", "A survey of plans") for n in (1, 2))))
    answer = honest(lines, ())
    free = next(n for n, entry in enumerate(lines.entries, 1) if entry.line.startswith("Paper"))
    found = read({**answer, "named": [{"n": free, "words": "A survey of"}]}, lines)
    assert found == Answer(frozenset(), frozenset(), frozenset({lines.entries[free - 1].key}))


def test_two_slips_are_forgiven_and_three_are_not() -> None:
    def slipped(count: int) -> Any:
        return {
            **HONEST,
            "named": [{**e, "n": e["n"] + COUNT} if n < count else e for n, e in enumerate(HONEST["named"])],
        }

    assert read(slipped(2)).named == BELONGING
    with pytest.raises(BadReply, match="too many entries"):
        read(slipped(3))


def test_an_answer_that_names_more_than_two_fifths_is_refused() -> None:
    most = COUNT * 2 // 5
    keys = [entry.key for entry in ENTRIES]
    assert len(read(honest(LINES, keys[:most])).named) == most
    with pytest.raises(BadReply, match="the answer names"):
        read(honest(LINES, keys[: most + 1]))


def test_odd_lines_are_told_apart_and_count_as_named() -> None:
    key = ENTRIES[1].key
    assert read({**HONEST, "odd": [number(key)]}) == Answer(BELONGING, frozenset({key}))
    with pytest.raises(BadReply, match="the answer names"):
        read({**HONEST, "odd": list(range(1, COUNT + 1))})


def test_numbers_of_no_line_that_are_called_odd_are_slips() -> None:
    assert read({**HONEST, "odd": [0, COUNT + 1]}) == Answer(BELONGING)
    with pytest.raises(BadReply, match="odd"):
        read({**HONEST, "named": [], "odd": [0, COUNT + 1, "x"]})


def test_a_plant_that_is_not_named_is_missed_also_where_it_is_called_odd() -> None:
    answer = read({**honest(LINES, PLANTED[:1]), "odd": [number(PLANTED[1])]})
    assert answer.missed(PLANTED) == PLANTED[1:]


def test_titles_are_recognized_in_tex_and_as_people_read_them() -> None:
    lines = Lines((*plain(25), Entry("arxiv:1", "Poincar\\'e {\\em maps} of minds", "Poincaré maps of minds")))
    place = next(n for n, entry in enumerate(lines.entries, 1) if entry.key == "arxiv:1")
    for words in ("Poincaré maps of", "Poincar\\'e {\\em maps} of"):
        assert read({**honest(lines, ()), "named": [{"n": place, "words": words}]}, lines).named == {"arxiv:1"}


@pytest.mark.parametrize("title", ["", "\u3164\u3164", "— — —", "w" * 200 + " and more"])
def test_a_title_whose_beginning_cannot_be_repeated_is_not_listed(title: str) -> None:
    assert not can_be_listed(title)


def test_batches_are_drawn_from_keys_and_a_small_rest_is_left_over() -> None:
    keys = [entry.key for entry in plain(219)]
    together, few = in_batches(keys, 100, str)
    assert [len(batch) for batch in together] == [100, 100]
    assert len(few) == 19
    assert sorted([*together[0], *together[1], *few]) == keys
    assert together[0] != sorted(together[0])
    assert in_batches(keys[::-1], 100, str) == (together, few)


@pytest.mark.parametrize(("count", "sizes", "left"), [(0, [], 0), (19, [], 19), (20, [20], 0), (120, [100, 20], 0)])
def test_a_rest_of_twenty_is_a_batch_of_its_own(count: int, sizes: list[int], left: int) -> None:
    together, few = in_batches([entry.key for entry in plain(count)], 100, str)
    assert ([len(batch) for batch in together], len(few)) == (sizes, left)
    assert FEWEST == 20


@pytest.mark.parametrize("count", [1, 2, 99, 100])
def test_two_halves_are_the_whole(count: int) -> None:
    first, second = halves(range(count))
    assert [*first, *second] == list(range(count))
    assert len(first) - len(second) in {0, 1}


def test_known_papers_are_planted_in_turn_each_at_most_once_in_seven_days() -> None:
    def planted(known: str, beside: str = "", **days_ago: int) -> tuple[str, ...]:
        last = {key: NOW - timedelta(days=days) for key, days in days_ago.items()}
        return choose_plants(known, str, last, NOW, set(beside))

    assert planted("abcde") == ("a", "b")
    assert planted("abcde", beside="a", c=1) == ("b", "d")
    assert planted("abc", a=8, b=9) == ("c", "b"), "what was never planted comes first, then what rested longest"
    assert planted("ab", a=6, b=7) == ("b",)
    assert planted("") == ()
    assert PLANTS == 2


def test_no_paper_is_lost_by_a_thousand_corrupted_answers() -> None:
    """Whatever an answer became: either it is refused, or misses a plant, and puts nothing aside; or every paper that
    the honest one named is scored.
    """
    random, kinds = Random(20260629), Counter[str]()
    answer = honest(LINES, {*BELONGING, *PLANTED})
    refused = missed = 0
    for _ in range(1000):
        kind, text, finish = garbled(answer, COUNT, random)
        kinds[kind] += 1
        try:
            found = read_answer(text, finish, LINES)
        except BadReply:
            refused += 1
            continue
        if found.missed(PLANTED):
            missed += 1
            continue
        assert found.named | found.odd | found.unsure >= BELONGING, kind
        assert len(found.named | found.odd | found.unsure) <= COUNT * 2 / 5, kind
    assert all(kinds[kind] for kind in ANSWERS)
    assert 300 < refused < 900
    assert missed > 10
