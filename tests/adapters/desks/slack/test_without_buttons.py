"""A desk that hears no click: no message carries a button, and a card says in one line which reactions decide."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from slack_sdk import WebClient

from tests.block_kit import message_faults
from tests.cards import decided, recorded_cards, recorded_digest
from tests.fakes import NOON
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.messages.card import without_buttons
from watcher.domain.curation.card import Card
from watcher.domain.facts import CatalogRow, RowChange, Verdict
from watcher.words_ja import common
from watcher.words_ja import slack as words

EMOJI = {"heavy_check_mark": Verdict.APPROVE, "o": Verdict.APPROVE, "x": Verdict.REJECT, "clock3": Verdict.LATER}


def blocks_of(card: Card) -> list[list[dict[str, Any]]]:
    """All forms in which a card is shown."""
    desk = SlackDesk(WebClient("xoxb-1"), "C1", verdicts=EMOJI, has_buttons=False)
    return [blocks for blocks, _ in desk._rendered(card)]


def states(card: Card) -> list[Card]:
    row = CatalogRow(RowChange.ADDED, 26, "a1b2c3d4", NOON)
    verdicts = [decided(verdict, card) for verdict in (Verdict.LATER, Verdict.REJECT, Verdict.APPROVE)]
    return [card, *verdicts, decided(Verdict.APPROVE, card, row=row)]


@pytest.mark.parametrize("card", states(recorded_cards()[0]), ids=lambda card: str(card.state))
def test_a_card_in_any_state_has_no_button_and_one_line_about_reactions(card: Card) -> None:
    for blocks in blocks_of(card):
        shown = str(blocks)
        assert not {block["type"] for block in blocks} & {"actions"}
        assert "action_id" not in shown
        assert shown.count("リアクション") == 1
        assert message_faults(blocks, "t") == []


def test_the_line_names_the_configured_emoji_by_what_they_do() -> None:
    text = str(blocks_of(recorded_cards()[0])[0][-1])

    for named in (f":heavy_check_mark: :o: {common.APPROVE}", f":x: {common.REJECT}", f":clock3: {common.LATER}"):
        assert named in text


def test_a_decided_card_says_how_the_decision_is_taken_back() -> None:
    text = str(blocks_of(decided(Verdict.REJECT, recorded_cards()[0]))[0][-1])

    assert words.UNDO_BY_REACTION in text


def test_a_card_decided_at_another_desk_names_the_reactions_that_decide_anew() -> None:
    card = decided(Verdict.REJECT, recorded_cards()[0])
    assert card.decision
    text = str(blocks_of(replace(card, decision=replace(card.decision, desk="console")))[0][-1])

    assert words.UNDO_BY_REACTION not in text
    assert f":heavy_check_mark: :o: {common.APPROVE}" in text


def test_what_else_stands_in_a_message_stays() -> None:
    desk = SlackDesk(WebClient("xoxb-1"), "C1", has_buttons=True)
    with_buttons, _ = desk._rendered(recorded_digest())[0]

    bare = without_buttons(with_buttons)

    assert [block["type"] for block in bare] == [b["type"] for b in with_buttons if b["type"] != "actions"]
