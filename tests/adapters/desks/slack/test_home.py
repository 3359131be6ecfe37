"""The Home tab: within Slack's limits for any queue, inert whatever papers say, and as its reader wants it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.block_kit import view_faults
from tests.cards import card, decided, paper, real_papers, recorded_digest, scored
from watcher.adapters.desks.slack.messages.home import MINE, PAGE, PUT_OFF, STRONG, Reader, home_view, queue
from watcher.domain.curation.card import Card
from watcher.domain.facts import Verdict
from watcher.domain.papers.paper import PaperId
from watcher.words_ja import slack as words

HANA = Reader("U01HANA")
HOSTILE = "<!channel> *bold* _x_ ~y~ `z` :tada: \u202e<http://evil|x> & 界" * 60


def many(count: int) -> list[Card]:
    papers = zip(range(1, count + 1), real_papers(), strict=False)
    return [card(number, of) for number, of in papers]


def numbers(view: dict[str, object]) -> list[int]:
    blocks = json.loads(json.dumps(view["blocks"]))
    return [int(b["block_id"].removeprefix("card-")) for b in blocks if b.get("block_id", "").startswith("card-")]


def test_two_hundred_open_cards_stay_within_the_limits_of_a_view_and_are_all_reached() -> None:
    cards = many(200)
    links = {number: f"https://lab.slack.com/archives/C1/p{number:016d}" for number in range(1, 201)}
    views = [home_view([recorded_digest()], cards, HANA, page=page, links=links) for page in range(200 // PAGE)]

    for view in views:
        assert view_faults(view) == []
        assert len(view["blocks"]) <= 100
        assert len(json.dumps(view)) < 250_000
    assert [number for view in views for number in numbers(view)] == list(range(1, 201))


@pytest.mark.endurance
def test_real_papers_render_to_valid_views() -> None:
    cards = many(8_841)[::6]
    faults = [home_view([], cards[start : start + PAGE], HANA) for start in range(0, len(cards), PAGE)]

    assert [fault for view in faults for fault in view_faults(view)] == []


def test_hostile_text_stays_inert() -> None:
    odd = paper(title=HOSTILE, title_raw=HOSTILE, id=PaperId("arxiv", "2606.00001"))
    view = home_view([replace(recorded_digest(), topic_title=HOSTILE, failures=(HOSTILE,))], [card(1, odd)], HANA)

    assert view_faults(view) == []


def test_a_page_that_is_gone_shows_the_last_one() -> None:
    view = home_view([], many(PAGE + 1), HANA, page=99)

    assert view["private_metadata"] == "1"
    assert numbers(view) == [PAGE + 1]


def test_an_empty_queue_and_a_day_without_readings_are_said_calmly() -> None:
    text = json.dumps(home_view([], [], HANA), ensure_ascii=False)

    assert words.HOME_NONE in text
    assert words.NO_NEWS_YET in text


def test_each_reader_sees_what_they_chose() -> None:
    weak = card(1, relevance=replace(scored(card()), score=3))
    strong, mine = card(2), decided(Verdict.LATER, card(3))
    theirs = decided(Verdict.LATER, card(4))
    theirs = replace(theirs, decision=replace(theirs.decision, curator="ken (U02KEN)")) if theirs.decision else theirs
    cards = [weak, strong, mine, theirs, decided(Verdict.REJECT, card(5))]

    def seen(*choices: str) -> list[int]:
        return [c.candidate.number for c in queue(cards, Reader("U01HANA", frozenset(choices)))]

    assert seen() == [1, 2]
    assert seen(STRONG) == [2]
    assert seen(PUT_OFF) == [1, 2, 3, 4]
    assert seen(PUT_OFF, MINE) == [1, 2, 3]
