"""Guests, people of other companies and bots decide only if they are named; doctor says that they are there."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.adapters.desks.slack.conftest import Listen
from tests.cards import card
from tests.fakes import MemoryCuration
from tests.servers.slack import BOT_TOKEN, CHANNEL, HANA, KEN, TEAM, LocalSlack, eventually
from tests.servers.slack_proxy import SlackProxy
from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.api.examine import examine_slack
from watcher.adapters.desks.slack.api.people import Curators, Own, Team
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.domain.health import Health
from watcher.words_ja import cli as doctor
from watcher.words_ja import slack as words

INFO = "users.info"
STRANGERS: list[dict[str, Any]] = [
    {"is_restricted": True},
    {"is_ultra_restricted": True},
    {"is_stranger": True},
    {"is_bot": True},
    {"team_id": "T99OTHERS"},
    {"team_id": "T99OTHERS", "enterprise_user": {"enterprise_id": "E99"}},
]


def says(proxy: SlackProxy, **user: Any) -> None:
    proxy.answer(INFO, {"ok": True, "user": {"id": KEN, "team_id": TEAM, **user}})


def team(proxy: SlackProxy) -> Team:
    return Team(make_client(BOT_TOKEN, proxy.api))


@pytest.mark.parametrize("marks", STRANGERS)
def test_nobody_from_outside_the_team_is_of_it_and_slack_is_asked_once(
    proxy: SlackProxy, marks: dict[str, Any]
) -> None:
    says(proxy, **marks)
    asked = team(proxy)

    assert (asked.has(KEN), asked.has(KEN)) == (False, False)
    assert proxy.calls[INFO] == 1


def test_whoever_is_named_may_whatever_they_are(proxy: SlackProxy) -> None:
    says(proxy, is_stranger=True, team_id="T99OTHERS")

    assert Curators(make_client(BOT_TOKEN, proxy.api), frozenset({KEN})).may(KEN, "T99OTHERS")
    assert not Curators(make_client(BOT_TOKEN, proxy.api), frozenset()).may(KEN)


def test_members_and_other_workspaces_of_the_organization_are_of_the_team(proxy: SlackProxy) -> None:
    assert team(proxy).has(HANA, TEAM)
    own = Own(TEAM, "E01", "U01WATCHER")
    assert own.has({"id": KEN, "team_id": "T77", "enterprise_user": {"enterprise_id": "E01"}})
    assert not own.has({"id": "U01WATCHER", "team_id": TEAM})


def test_a_click_that_names_another_team_needs_no_question(proxy: SlackProxy) -> None:
    assert not team(proxy).has(KEN, "T99OTHERS")
    assert proxy.calls[INFO] == 0


@pytest.mark.parametrize(("code", "may"), [("missing_scope", True), ("user_not_found", False)])
def test_without_the_scope_the_clicks_own_team_is_gone_by(proxy: SlackProxy, code: str, *, may: bool) -> None:
    proxy.fail(INFO, f"refused:{code}")

    assert team(proxy).has(KEN, TEAM) is may


@pytest.mark.parametrize("guest", [True, False])
def test_while_slack_does_not_answer_its_last_word_holds_and_nobody_is_kept_from_deciding(
    proxy: SlackProxy, *, guest: bool
) -> None:
    proxy.fail(INFO, "broken")
    asked = team(proxy)
    assert asked.has(KEN)

    for again in (False, True):
        asked._known.put(KEN, asked.has(KEN), seconds=0)
        says(proxy, is_restricted=guest)
        if again:
            proxy.fail(INFO, "broken")
        assert asked.has(KEN) is not guest


@pytest.mark.endurance
@pytest.mark.parametrize("transport", ["socket", "http"], indirect=True)
def test_a_guests_click_decides_nothing_and_is_answered(
    desk: SlackDesk, slack: LocalSlack, proxy: SlackProxy, listen: Listen
) -> None:
    ts = desk.send("card/1", card()).partition("/")[2]
    curation = listen(MemoryCuration([card()]))
    says(proxy, is_ultra_restricted=True)

    slack.click(ts, "approve", KEN)
    eventually(lambda: slack.whispers(KEN) == [words.NOT_A_CURATOR])
    assert curation.recorded == []


def warnings(proxy: SlackProxy, *, anybody: bool) -> list[str]:
    found = examine_slack(BOT_TOKEN, "", proxy.api, [CHANNEL], anybody=anybody)
    return [doctor.line(each) for each in found if each.sign == "outsiders"]


def test_doctor_warns_of_guests_and_of_a_shared_channel_where_anybody_may_decide(proxy: SlackProxy) -> None:
    proxy.answer("conversations.members", {"ok": True, "members": [KEN]})
    proxy.answer("conversations.info", {"ok": True, "channel": {"id": CHANNEL, "is_ext_shared": True}})
    says(proxy, is_restricted=True)

    (told,) = warnings(proxy, anybody=True)
    assert told.startswith("［注意］")
    assert f"（{CHANNEL}: Slack Connect, {KEN}）" in told
    assert warnings(proxy, anybody=False) == []


def test_doctor_warns_of_nobody_where_all_are_of_the_team_or_cannot_be_asked(proxy: SlackProxy) -> None:
    assert warnings(proxy, anybody=True) == []
    proxy.fail("conversations.info", "refused:missing_scope")
    assert warnings(proxy, anybody=True) == []
    assert all(c.health is not Health.BROKEN for c in examine_slack(BOT_TOKEN, "", proxy.api, [CHANNEL], anybody=True))


@pytest.mark.endurance
def test_a_first_click_waits_no_longer_than_slack_waits_for_its_answer(proxy: SlackProxy) -> None:
    proxy.fail(INFO, "slow:9")
    asked, began = team(proxy), time.monotonic()

    assert asked.has(HANA)
    assert time.monotonic() - began < 8
