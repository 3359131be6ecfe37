"""あとで with a date: chosen from a menu or a form, shown on the card, kept apart from what other people decide."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from slack_bolt import BoltRequest

from tests.adapters.desks.slack.conftest import Listen
from tests.block_kit import message_faults, view_faults
from tests.cards import card, decided
from tests.fakes import MemoryCuration
from tests.servers.slack import BOT_TOKEN, CHANNEL, HANA, KEN, LocalSlack, eventually
from tests.servers.slack_proxy import SlackProxy
from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.listeners.app import SlackApp, build_app
from watcher.adapters.desks.slack.listeners.menus import day_of, today
from watcher.adapters.desks.slack.messages.card import card_message
from watcher.adapters.desks.slack.messages.home import Reader, queue
from watcher.adapters.desks.slack.messages.modal import until_view
from watcher.domain.facts import Verdict
from watcher.words_ja import slack as words

MONDAY = date(2026, 6, 29)


@pytest.mark.parametrize("transport", ["socket", "http"], indirect=True)
def test_a_day_is_asked_for_after_the_click_and_shown_on_the_card(
    desk: SlackDesk, slack: LocalSlack, listen: Listen
) -> None:
    ts = desk.send("card/1", card()).partition("/")[2]
    curation = listen(MemoryCuration([card()]))
    slack.click(ts, "later", HANA)
    eventually(lambda: words.UNTIL_CHOOSE in str(slack.posts()[0]["blocks"]))

    slack.choose(ts, "until", words.TOMORROW, HANA)

    tomorrow = today() + timedelta(days=1)
    eventually(lambda: words.until(tomorrow) in str(slack.posts()[0]["blocks"]))
    assert curation.recorded[-1] == f"later 1 until {tomorrow} by hana ({HANA}) at slack"


def test_next_week_is_its_monday() -> None:
    assert day_of(words.TOMORROW, MONDAY) == date(2026, 6, 30)
    assert {day_of(words.NEXT_WEEK, MONDAY + timedelta(days=n)) for n in range(7)} == {date(2026, 7, 6)}
    assert day_of(words.ANY_DAY, MONDAY) is None


@pytest.fixture
def app(proxy: SlackProxy, desk: SlackDesk, request: pytest.FixtureRequest) -> Iterator[SlackApp]:
    made = build_app(make_client(BOT_TOKEN, proxy.api), desk, request.getfixturevalue("curation"), frozenset({HANA}))
    yield made
    made.close()


@pytest.fixture
def curation() -> MemoryCuration:
    return MemoryCuration([decided(Verdict.LATER)])


def submitted(app: SlackApp, curation: MemoryCuration, day: str, user: str = HANA) -> dict[str, Any]:
    """Submit the form with a date; gives its errors."""
    view = until_view(curation.card(1), f"{CHANNEL}/1.1", MONDAY)
    state = {"values": {"until": {"until": {"type": "datepicker", "selected_date": day}}}}
    body = {
        "type": "view_submission",
        "team": {"id": "T01LAB"},
        "user": {"id": user, "name": "hana"},
        "view": {**view, "state": state},
    }
    response = app.bolt.dispatch(BoltRequest(mode="socket_mode", body=body))
    told: dict[str, Any] = json.loads(response.body) if response.body else {}
    errors: dict[str, Any] = told.get("errors", {})
    return errors


def test_a_date_of_ones_own_is_recorded_and_one_that_is_past_is_not(app: SlackApp, curation: MemoryCuration) -> None:
    later = today() + timedelta(days=40)

    assert submitted(app, curation, today().isoformat()) == {"until": words.UNTIL_PAST}
    assert submitted(app, curation, "") == {"until": words.UNTIL_PAST}
    assert submitted(app, curation, later.isoformat(), KEN) == {"until": words.NOT_A_CURATOR}
    assert curation.recorded == []
    assert submitted(app, curation, later.isoformat()) == {}
    assert curation.card(1).until == later


def test_a_card_that_was_decided_meanwhile_is_not_put_off(app: SlackApp, curation: MemoryCuration) -> None:
    curation.decide(1, Verdict.APPROVE, "ken (U02KEN)", "web")

    assert submitted(app, curation, "2099-01-01") == {"until": words.UNTIL_GONE}


def test_form_and_card_are_valid_and_the_home_tab_shows_the_card_from_its_day_on(curation: MemoryCuration) -> None:
    put_off = curation.put_off(1, MONDAY, "hana (U01HANA)", "slack")

    assert view_faults(until_view(put_off, "C1/1.1", MONDAY)) == []
    assert message_faults(*card_message(put_off)) == []
    assert queue([put_off], Reader("U02KEN"), MONDAY - timedelta(days=1)) == []
    assert queue([put_off], Reader("U02KEN"), MONDAY) == [put_off]
