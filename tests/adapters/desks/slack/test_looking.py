"""What a card's menus bring: reasons, windows of evidence and near papers, another summary; and who may ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from slack_bolt import BoltRequest

from tests.block_kit import view_faults
from tests.cards import card, decided, recorded_cards
from tests.fakes import MemoryCuration
from tests.servers.slack import CHANNEL, HANA, KEN, LocalSlack, eventually
from tests.servers.slack_proxy import SlackProxy
from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.listeners.app import SlackApp, build_app
from watcher.adapters.desks.slack.messages.modal import REASON_FORM
from watcher.domain.curation.card import CardState
from watcher.domain.curation.related import Related
from watcher.domain.facts import Verdict
from watcher.words_ja import slack as looking
from watcher.words_ja import slack as words

RELATED = Related("Knots", "https://arxiv.org/abs/2301.00001", ("Kurt Gödel",), 2023, 0, 3, None, 0.4)


class Hand:
    """Someone who uses the menus of a card that stands in the channel."""

    def __init__(self, app: SlackApp, ref: str) -> None:
        self._app = app
        self._ts = ref.partition("/")[2]

    def choose(self, action: str, value: str, user: str = HANA) -> int:
        """Choose an option of a menu; gives the status of the answer."""
        kind = "overflow" if action == "more" else "static_select"
        chosen = {"type": kind, "action_id": action, "block_id": "b", "selected_option": {"value": value}}
        return self._act({"type": "block_actions", "trigger_id": "1.2.x", "actions": [chosen]}, user)

    def submit(self, view: dict[str, Any], text: str, user: str = HANA) -> dict[str, str]:
        """Submit the form for a reason; gives the errors that keep it open."""
        values = {"reason": {"reason": {"value": text}}}
        body = {"type": "view_submission", "view": {**view, "state": {"values": values}}}
        response = self._send(body, user)
        errors: dict[str, str] = json.loads(response.body).get("errors", {}) if response.body else {}
        return errors

    def _act(self, body: dict[str, Any], user: str) -> int:
        container = {"type": "message", "channel_id": CHANNEL, "message_ts": self._ts}
        return int(self._send({**body, "container": container}, user).status)

    def _send(self, body: dict[str, Any], user: str) -> Any:
        who = {"id": user, "name": {HANA: "hana", KEN: "ken"}[user]}
        request = BoltRequest(mode="socket_mode", body={"team": {"id": "T01LAB"}, "user": who, **body})
        return self._app.bolt.dispatch(request)


@pytest.fixture
def curation() -> MemoryCuration:
    shown = recorded_cards()[0]
    return MemoryCuration([shown])


@pytest.fixture
def hand(curation: MemoryCuration, proxy: SlackProxy, desk: SlackDesk) -> Iterator[Hand]:
    ref = desk.send("card/1", curation.card(1))
    app = build_app(make_client("xoxb-stand-in", proxy.api), desk, curation, frozenset({HANA}))
    yield Hand(app, ref)
    app.close()


def filled(proxy: SlackProxy) -> dict[str, Any]:
    """The window as it was last filled."""
    views = eventually(lambda: [arguments["view"] for method, arguments in proxy.sent if method == "views.update"])
    view = views[-1]
    found: dict[str, Any] = json.loads(view) if isinstance(view, str) else view
    assert view_faults(found) == []
    return found


def opening(proxy: SlackProxy) -> None:
    """Let views.open succeed although no real trigger is at hand."""
    proxy.answer("views.open", {"ok": True, "view": {"id": "V1", "hash": "1.x"}})
    proxy.answer("views.update", {"ok": True})


def test_a_reason_of_the_menu_is_recorded_and_shown(hand: Hand, curation: MemoryCuration, slack: LocalSlack) -> None:
    curation.decide(1, Verdict.REJECT, f"hana ({HANA})", "slack")

    hand.choose("reason", "1:0:scope")

    assert curation.recorded[1:] == [f"reject 1 by hana ({HANA}) at slack because テーマから外れる"]
    eventually(lambda: "テーマから外れる" in json.dumps(slack.posts()[0]["blocks"], ensure_ascii=False))


def test_a_reason_of_ones_own_is_written_in_a_form(hand: Hand, curation: MemoryCuration, proxy: SlackProxy) -> None:
    curation.decide(1, Verdict.REJECT, f"hana ({HANA})", "slack")
    opening(proxy)

    hand.choose("reason", "1:0:other")
    form = filled(proxy)

    assert form["callback_id"] == REASON_FORM
    assert hand.submit(form, " 実験が\nない。 ") == {}
    assert curation.recorded[-1].endswith("because 実験が ない。")
    assert curation.card(1).state is CardState.REJECTED


@pytest.mark.parametrize("option", ["scope", "other"])
def test_a_reason_is_added_by_who_rejected_and_by_nobody_else(
    hand: Hand, curation: MemoryCuration, slack: LocalSlack, proxy: SlackProxy, option: str
) -> None:
    curation.decide(1, Verdict.REJECT, f"ken ({KEN})", "slack")
    opening(proxy)

    hand.choose("reason", f"1:0:{option}")

    if option == "other":
        assert hand.submit(filled(proxy), "x") == {"reason": looking.REASON_NOT_YOURS}
    else:
        eventually(lambda: slack.whispers(HANA) == [looking.REASON_NOT_YOURS])
    assert len(curation.recorded) == 1


def test_a_reason_for_a_card_that_is_not_rejected_any_more_rejects_nothing(
    hand: Hand, curation: MemoryCuration, slack: LocalSlack
) -> None:
    hand.choose("reason", "1:0:scope")

    eventually(lambda: slack.whispers(HANA) == [looking.REASON_GONE])
    assert curation.recorded == []


@pytest.mark.parametrize(
    ("option", "holds"),
    [("evidence", "要旨（原文）"), ("similar", "カタログ No. 3"), ("authors", "Kurt Gödel")],
)
def test_whoever_reads_the_channel_may_look_things_up(
    hand: Hand, curation: MemoryCuration, proxy: SlackProxy, option: str, holds: str
) -> None:
    curation.related = [RELATED]
    opening(proxy)

    hand.choose("more", f"1:0:{option}", KEN)

    assert holds in json.dumps(filled(proxy), ensure_ascii=False)


def test_evidence_stands_below_the_sentence_it_bears_out(
    hand: Hand, curation: MemoryCuration, proxy: SlackProxy
) -> None:
    opening(proxy)

    hand.choose("more", "1:0:evidence")

    told = json.dumps(filled(proxy), ensure_ascii=False)
    assert all(f"“{quote[:40]}" in told for quote in curation.card(1).evidence)


def test_a_window_whose_trigger_has_expired_is_said_not_to_have_opened(
    hand: Hand, slack: LocalSlack, proxy: SlackProxy
) -> None:
    proxy.fail("views.open", "refused:expired_trigger_id")

    hand.choose("more", "1:0:evidence")

    eventually(lambda: slack.whispers(HANA) == [looking.FAILED])


def test_another_summary_is_asked_for_once_and_by_curators(
    hand: Hand, curation: MemoryCuration, slack: LocalSlack
) -> None:
    hand.choose("more", "1:0:rewrite", KEN)
    hand.choose("more", "1:0:rewrite")
    hand.choose("more", "1:0:rewrite")

    eventually(lambda: set(slack.whispers(HANA)) == {looking.REWRITE_ASKED, looking.REWRITE_WAITS})
    assert slack.whispers(KEN) == [words.NOT_A_CURATOR]
    assert curation.recorded == [f"rewrite 1 by hana ({HANA}) at slack"]
    eventually(lambda: words.REWRITING in json.dumps(slack.posts()[0]["blocks"], ensure_ascii=False))


def test_a_decided_card_is_not_summarized_again(hand: Hand, curation: MemoryCuration, slack: LocalSlack) -> None:
    curation.put(decided(Verdict.APPROVE, card()))

    hand.choose("more", "1:0:rewrite")

    eventually(lambda: slack.whispers(HANA) == [looking.REWRITE_DECIDED])


@pytest.mark.parametrize("value", ["", "x", "1", "1:0:nonsense", "99:0:evidence", "-1:0:evidence"])
def test_a_menu_that_was_tampered_with_harms_nothing(
    hand: Hand, curation: MemoryCuration, proxy: SlackProxy, value: str
) -> None:
    opening(proxy)

    assert hand.choose("more", value) == 200
    assert hand.choose("reason", value) == 200
    assert curation.recorded == []
