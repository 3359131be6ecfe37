"""Clicks in local-slack over a real Socket Mode connection and over HTTP: recorded once, shown truly, refused politely."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from slack_bolt import BoltRequest

from tests.adapters.desks.slack.conftest import Listen
from tests.cards import card
from tests.fakes import NOON, MemoryCuration
from tests.servers.slack import BOT_TOKEN, CHANNEL, HANA, KEN, LocalSlack, buttons, eventually
from tests.servers.slack_proxy import SlackProxy
from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.listeners.app import build_app
from watcher.domain.curation.card import Card
from watcher.domain.facts import CatalogRow, RowChange
from watcher.words_ja import slack as words

pytestmark = pytest.mark.parametrize("transport", ["socket", "http"], indirect=True)

KEY = "card/1"


def shown(slack: LocalSlack) -> str:
    """The card's blocks as the channel holds them now."""
    return json.dumps(slack.posts()[0]["blocks"], ensure_ascii=False)


def posted(desk: SlackDesk, of: Card) -> str:
    """Post a card; gives its ts."""
    return desk.send(KEY, of).partition("/")[2]


@pytest.mark.parametrize(
    ("action", "verdict", "outcome"),
    [
        ("approve", "approve", words.WRITING),
        ("reject", "reject", words.REJECTED),
        ("later", "later", words.POSTPONED),
    ],
)
def test_a_click_is_recorded_once_under_name_and_id_and_the_card_says_so(
    desk: SlackDesk, slack: LocalSlack, listen: Listen, action: str, verdict: str, outcome: str
) -> None:
    ts = posted(desk, card())
    curation = listen(MemoryCuration([card()]))

    slack.click(ts, action, HANA)

    eventually(lambda: outcome in shown(slack))
    assert curation.recorded == [f"{verdict} 1 by hana ({HANA}) at slack"]
    assert "hana · 6月29日 12:00" in shown(slack)


def test_a_second_click_changes_nothing_and_shows_how_things_stand(
    desk: SlackDesk, slack: LocalSlack, listen: Listen, proxy: SlackProxy
) -> None:
    ts = posted(desk, card())
    curation = listen(MemoryCuration([card()]))

    button = slack.button(ts, "approve")
    slack.press(ts, button, HANA)
    slack.press(ts, button, KEN)

    eventually(lambda: proxy.calls["chat.update"] == 2)
    assert curation.recorded == [f"approve 1 by hana ({HANA}) at slack"]
    eventually(lambda: "hana ·" in shown(slack))
    assert "ken" not in shown(slack)


def test_an_undone_card_can_be_decided_again(desk: SlackDesk, slack: LocalSlack, listen: Listen) -> None:
    ts = posted(desk, card())
    curation = listen(MemoryCuration([card()]))

    slack.click(ts, "reject", HANA)
    eventually(lambda: words.REJECTED in shown(slack))
    slack.click(ts, "undo", KEN)

    eventually(lambda: [b["action_id"] for b in buttons(slack.posts()[0])] == ["approve", "reject", "edit", "later"])
    assert [line.split()[0] for line in curation.recorded] == ["reject", "undo"]


def test_someone_who_is_no_curator_is_told_so_and_changes_nothing(
    desk: SlackDesk, slack: LocalSlack, listen: Listen
) -> None:
    ts = posted(desk, card())
    curation = listen(MemoryCuration([card()]), HANA)
    before = shown(slack)

    for action in ("approve", "edit"):
        slack.click(ts, action, KEN)
    eventually(lambda: slack.whispers(KEN) == [words.NOT_A_CURATOR] * 2)
    assert curation.recorded == []
    assert shown(slack) == before

    slack.click(ts, "approve", HANA)
    eventually(lambda: curation.recorded)


def test_a_card_that_is_not_known_is_refused_in_words(desk: SlackDesk, slack: LocalSlack, listen: Listen) -> None:
    ts = posted(desk, card(number=99))
    listen(MemoryCuration([card()]))

    slack.click(ts, "approve", HANA)

    eventually(lambda: slack.whispers(HANA) == [words.NO_SUCH_CARD])


def test_cells_that_changed_after_the_card_was_shown_are_not_approved_unseen(
    desk: SlackDesk, slack: LocalSlack, listen: Listen
) -> None:
    ts = posted(desk, card())
    revised = replace(card().cells, summary="ほかの人が直した概要である。")
    curation = listen(MemoryCuration([card(cells=revised, revision=1)]))

    slack.click(ts, "approve", HANA)

    eventually(lambda: slack.whispers(HANA) == [words.CHANGED_SINCE])
    eventually(lambda: revised.summary in shown(slack))
    assert curation.recorded == []

    slack.click(ts, "approve", HANA)
    eventually(lambda: curation.recorded == [f"approve 1 by hana ({HANA}) at slack"])


def test_cells_that_cannot_stand_in_a_row_are_not_approved_and_the_curator_hears_why(
    desk: SlackDesk, slack: LocalSlack, listen: Listen
) -> None:
    odd = card(cells=replace(card().cells, title="T" * 401, year="<!here>"))
    ts = posted(desk, odd)
    curation = listen(MemoryCuration([odd]))

    slack.click(ts, "approve", HANA)

    eventually(lambda: slack.whispers(HANA))
    (whispered,) = slack.whispers(HANA)
    assert "論文タイトルが長すぎます：401/400" in whispered
    assert "発表年が西暦4桁ではありません：&lt;!here&gt;" in whispered
    assert curation.recorded == []

    slack.click(ts, "reject", HANA)
    eventually(lambda: curation.recorded == [f"reject 1 by hana ({HANA}) at slack"])


def test_a_decision_stands_even_when_slack_does_not_take_the_changed_card(
    desk: SlackDesk, slack: LocalSlack, listen: Listen, proxy: SlackProxy
) -> None:
    ts = posted(desk, card())
    curation = listen(MemoryCuration([card()]))
    proxy.fail("chat.update", "broken")

    slack.click(ts, "approve", HANA)
    eventually(lambda: curation.recorded and proxy.calls["chat.update"] == 1)
    slack.click(ts, "approve", HANA)

    eventually(lambda: words.WRITING in shown(slack))
    assert len(curation.recorded) == 1


def test_a_decision_that_cannot_be_recorded_is_said_to_be_lost_and_not_acknowledged(
    desk: SlackDesk, slack: LocalSlack, proxy: SlackProxy
) -> None:
    ts = posted(desk, card())
    curation = MemoryCuration([card()])
    curation.broken = True
    body = {
        "type": "block_actions",
        "team": {"id": "T01LAB"},
        "user": {"id": HANA, "name": "hana"},
        "container": {"type": "message", "channel_id": CHANNEL, "message_ts": ts},
        "actions": [{"type": "button", "block_id": "b", "action_id": "approve", "value": "1:0"}],
    }

    app = build_app(make_client(BOT_TOKEN, proxy.api), desk, curation, frozenset())
    response = app.bolt.dispatch(BoltRequest(mode="socket_mode", body=body))
    app.close()

    assert response.status == 500
    assert slack.whispers(HANA) == [words.NOT_RECORDED]


def test_the_row_number_and_commit_are_shown_once_the_catalog_holds_it(
    desk: SlackDesk, slack: LocalSlack, listen: Listen
) -> None:
    ts = posted(desk, card())
    row = CatalogRow(RowChange.ADDED, 26, "a1b2c3d4e5f6", NOON)
    listen(MemoryCuration([card(row=row)]))

    slack.click(ts, "approve", HANA)

    eventually(lambda: "No. 26" in shown(slack) and "`a1b2c3d`" in shown(slack))
    assert [b["action_id"] for b in buttons(slack.posts()[0])] == ["undo"]
