"""Who may decide: people of the settings, members of a user group as Slack last told, and how several agree."""

from __future__ import annotations

import json

import pytest

from tests.adapters.desks.slack.conftest import Listen
from tests.cards import card
from tests.fakes import MemoryCuration
from tests.servers.slack import BOT_TOKEN, HANA, KEN, LocalSlack, eventually
from tests.servers.slack_proxy import SlackProxy
from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.api.people import Curators
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.domain.errors import DeskError
from watcher.words_ja import slack as words

LIST = "usergroups.users.list"


def test_with_nobody_named_everybody_may(proxy: SlackProxy) -> None:
    assert Curators(make_client(BOT_TOKEN, proxy.api), frozenset()).may(KEN)
    assert proxy.calls[LIST] == 0


def test_members_of_the_group_may_and_slack_is_asked_once(proxy: SlackProxy) -> None:
    proxy.answer(LIST, {"ok": True, "users": [HANA]})
    curators = Curators(make_client(BOT_TOKEN, proxy.api), frozenset(), "S01LAB")

    assert [curators.may(HANA), curators.may(KEN), curators.may(HANA)] == [True, False, True]
    assert proxy.calls[LIST] == 1


def test_what_slack_last_told_holds_while_it_does_not_answer(proxy: SlackProxy) -> None:
    proxy.answer(LIST, {"ok": True, "users": [HANA]})
    curators = Curators(make_client(BOT_TOKEN, proxy.api), frozenset(), "S01LAB")
    assert curators.may(HANA)
    proxy.fail(LIST, "broken")
    curators._ask_from = 0.0

    assert [curators.may(HANA), curators.may(KEN)] == [True, False]
    assert proxy.calls[LIST] == 2


def test_while_slack_has_never_told_only_the_people_named_may(proxy: SlackProxy) -> None:
    proxy.fail(LIST, "refused:missing_scope")
    curators = Curators(make_client(BOT_TOKEN, proxy.api), frozenset({HANA}), "S01LAB")

    assert curators.may(HANA)
    with pytest.raises(DeskError, match="group"):
        curators.may(KEN)


@pytest.mark.endurance
def test_a_second_curator_completes_what_the_first_began_and_undo_takes_ones_own(
    desk: SlackDesk, slack: LocalSlack, listen: Listen
) -> None:
    ts = desk.send("card/1", card()).partition("/")[2]
    curation = listen(MemoryCuration([card()], approvals=2))

    def shown() -> str:
        return json.dumps(slack.posts()[0]["blocks"], ensure_ascii=False)

    slack.click(ts, "approve", HANA)
    eventually(lambda: "あと1人の賛成" in shown())
    slack.click(ts, "approve", HANA)
    eventually(lambda: slack.whispers(HANA) == [words.ENDORSED_ALREADY])
    slack.click(ts, "undo", KEN)
    eventually(lambda: slack.whispers(KEN) == [words.not_yours("hana")])
    slack.click(ts, "approve", KEN)
    eventually(lambda: words.WRITING in shown())
    slack.click(ts, "undo", HANA)
    eventually(lambda: "あと1人の賛成" in shown() and "ken" in shown())

    assert [line.split(" at ")[0] for line in curation.recorded] == [
        f"endorse 1 by hana ({HANA})",
        f"approve 1 by ken ({KEN})",
        f"undo 1 by hana ({HANA})",
    ]
