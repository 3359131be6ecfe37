"""Reactions on cards in local-slack: told of over Socket Mode and HTTP, read from history and threads, and asked about."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import httpx2
import pytest

from tests.adapters.desks.slack.conftest import Listen
from tests.block_kit import message_faults
from tests.cards import card
from tests.fakes import MemoryCuration
from tests.servers.slack import (
    BOT_TOKEN,
    CHANNEL,
    HANA,
    KEN,
    OTHER_CHANNEL,
    SIGNING_SECRET,
    TEAM,
    LocalSlack,
    eventually,
)
from tests.servers.slack_proxy import SlackProxy
from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.api.people import Curators
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.messages.card import card_message
from watcher.domain.curation.reactions import Observation, Question, ReactionOutcome
from watcher.domain.errors import DeskError
from watcher.domain.facts import Verdict
from watcher.words_ja import slack as words
from watcher.words_ja.common import discussion

KEY = "card/1"
YES, NO = "white_check_mark", "x"
over_both = pytest.mark.parametrize("transport", ["socket", "http"], indirect=True)


def posted(desk: SlackDesk, curation: MemoryCuration, number: int = 1, below: str = "") -> str:
    """Post a card; gives its ts."""
    ref = desk.send(f"card/{number}", curation.card(number), below)
    curation.refs[number] = ref
    return ref.partition("/")[2]


def seen(desk: SlackDesk, *ts: str) -> dict[str, Observation]:
    answers = desk.answers([f"{CHANNEL}/{one}" for one in ts])
    assert not answers.errors
    return {ref.partition("/")[2]: found for ref, found in answers.reactions.items()}


def given(found: Observation) -> set[tuple[str, str]]:
    return {one.key for one in found.standing}


@over_both
@pytest.mark.parametrize(
    ("emoji", "verdict", "outcome"),
    [(YES, "approve", words.WRITING), (NO, "reject", words.REJECTED), ("clock3", "later", words.POSTPONED)],
)
def test_a_reaction_is_recorded_as_its_persons_decision_and_the_card_says_so(
    desk: SlackDesk, slack: LocalSlack, listen: Listen, emoji: str, verdict: str, outcome: str
) -> None:
    curation = MemoryCuration([card()])
    ts = posted(desk, curation)
    listen(curation)

    slack.react(ts, emoji, HANA)

    eventually(lambda: curation.recorded == [f"{verdict} 1 by hana ({HANA}) at slack"])
    eventually(lambda: outcome in str(slack.posts()[0]["blocks"]))


@over_both
def test_a_reaction_of_somebody_who_may_not_decide_is_answered_in_words(
    desk: SlackDesk, slack: LocalSlack, proxy: SlackProxy, listen: Listen, token: str
) -> None:
    desk = SlackDesk(
        make_client(token, proxy.api), CHANNEL, pause=0.0, curators=lambda client: Curators(client, frozenset({HANA}))
    )
    curation = MemoryCuration([card()])
    ts = posted(desk, curation)
    listen(curation, HANA, of=desk)

    slack.react(ts, YES, KEN)

    eventually(lambda: slack.whispers(KEN) == [words.NOT_A_CURATOR])
    assert curation.recorded == []
    slack.react(ts, NO, HANA)
    eventually(lambda: curation.recorded == [f"reject 1 by hana ({HANA}) at slack"])


@over_both
def test_emoji_without_a_meaning_and_messages_that_are_no_cards_are_left_alone(
    desk: SlackDesk, slack: LocalSlack, proxy: SlackProxy, listen: Listen
) -> None:
    curation = MemoryCuration([card()])
    ts = posted(desk, curation)
    listen(curation)
    other = desk.send("other/1", card()).partition("/")[2]
    asked = proxy.calls["users.info"]

    slack.react(ts, "eyes", HANA)
    slack.react(other, YES, HANA)
    slack.react(ts, NO, KEN)

    eventually(lambda: curation.recorded == [f"reject 1 by ken ({KEN}) at slack"])
    assert proxy.calls["users.info"] <= asked + 2, "of ken alone"


@pytest.mark.parametrize("transport", ["http"], indirect=True)
def test_a_reaction_that_is_taken_away_undoes_its_decision(
    desk: SlackDesk, slack: LocalSlack, proxy: SlackProxy, listen: Listen
) -> None:
    curation = MemoryCuration([card()])
    ts = posted(desk, curation)
    listen(curation)
    slack.react(ts, NO, HANA)
    eventually(lambda: curation.recorded)
    event = {
        "type": "reaction_removed",
        "user": HANA,
        "reaction": NO,
        "item": {"type": "message", "channel": CHANNEL, "ts": ts},
        "event_ts": f"{time.time() + 60:.6f}",
    }

    for _ in range(2):  # Slack delivers again what was not answered in time
        assert deliver(proxy.behind.events_port, event) == 200

    eventually(lambda: [line.split()[0] for line in curation.recorded] == ["reject", "undo"])


def deliver(port: int, event: dict[str, Any]) -> int:
    """An event as Slack delivers it over HTTP, signed."""
    body = json.dumps({"type": "event_callback", "team_id": TEAM, "event_id": f"Ev{time.time_ns()}", "event": event})
    stamp = str(int(time.time()))
    signed = hmac.new(SIGNING_SECRET.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "content-type": "application/json",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={signed}",
    }
    return httpx2.post(f"http://127.0.0.1:{port}/slack/events", content=body, headers=headers).status_code


def test_reactions_are_read_from_history_and_threads_with_names_and_the_bots_own_are_nobodys(
    desk: SlackDesk, slack: LocalSlack, proxy: SlackProxy
) -> None:
    curation = MemoryCuration([card(n) for n in (1, 2, 3)])
    digest = desk.send("digest/1", card())
    below = posted(desk, curation, 1, digest)
    beside, without = posted(desk, curation, 2), posted(desk, curation, 3)
    slack.react(below, YES, HANA)
    slack.react(beside, NO, KEN)
    slack.react(beside, "eyes", HANA)
    make_client(BOT_TOKEN, proxy.api).api_call(
        "reactions.add", json={"channel": CHANNEL, "timestamp": beside, "name": YES}
    )

    found = seen(desk, below, beside, without, "1.1")

    assert {ts: given(one) for ts, one in found.items()} == {
        below: {(HANA, YES)},
        beside: {(KEN, NO)},
        without: set(),
    }
    (one,) = found[below].standing
    assert (one.curator, one.verdict, one.may) == (f"hana ({HANA})", Verdict.APPROVE, True)
    assert found[beside].complete == {YES, NO, "clock3"}


def test_a_skin_tone_makes_no_difference_and_the_settings_name_the_emoji(slack: LocalSlack, proxy: SlackProxy) -> None:
    desk = SlackDesk(make_client(BOT_TOKEN, proxy.api), CHANNEL, pause=0.0, verdicts={"thumbsup": Verdict.APPROVE})
    ts = posted(desk, MemoryCuration([card()]))
    slack.react(ts, "thumbsup::skin-tone-3", HANA)
    slack.react(ts, YES, KEN)

    assert given(seen(desk, ts)[ts]) == {(HANA, "thumbsup")}


def history(ts: str, *reactions: dict[str, Any]) -> dict[str, Any]:
    return {"ok": True, "messages": [{"ts": ts, "user": "U01WATCHER", "reactions": list(reactions)}]}


def test_where_not_everybody_is_named_slack_is_asked_for_all(
    desk: SlackDesk, slack: LocalSlack, proxy: SlackProxy
) -> None:
    del slack
    short = {"name": YES, "users": [HANA], "count": 2}
    whole = {"name": YES, "users": [HANA, KEN], "count": 2}
    proxy.answer("conversations.history", history("5.5", short))
    proxy.answer("reactions.get", {"ok": True, "message": {"reactions": [whole]}})

    assert given(seen(desk, "5.5")["5.5"]) == {(HANA, YES), (KEN, YES)}
    assert YES in seen(desk, "5.5")["5.5"].complete

    proxy.answer("reactions.get", {"ok": False, "error": "missing_scope"})
    assert given(seen(desk, "5.5")["5.5"]) == {(HANA, YES)}
    assert seen(desk, "5.5")["5.5"].complete == {NO, "clock3"}, "somebody may have taken it away or not"


def test_while_slack_does_not_tell_who_may_decide_the_reaction_waits(slack: LocalSlack, proxy: SlackProxy) -> None:
    desk = SlackDesk(
        make_client(BOT_TOKEN, proxy.api), CHANNEL, pause=0.0, curators=lambda c: Curators(c, frozenset(), "S01GROUP")
    )
    ts = posted(desk, MemoryCuration([card()]))
    slack.react(ts, YES, HANA)

    assert given(seen(desk, ts)[ts]) == set()
    assert YES not in seen(desk, ts)[ts].complete


def test_a_channel_that_cannot_be_read_is_told_of_and_the_others_are_read(desk: SlackDesk, proxy: SlackProxy) -> None:
    ts = posted(desk, MemoryCuration([card()]))
    proxy.fail("conversations.history", "refused:channel_not_found")

    answers = desk.answers([f"{CHANNEL}/{ts}", f"{OTHER_CHANNEL}/{ts}", "web/card/1"])

    assert len(answers.errors) == 1
    assert isinstance(answers.errors[0], DeskError)
    assert answers.reactions == {}, "the other one was read, and the message is not there"


def test_a_channel_that_is_no_longer_configured_may_be_closed_to_the_bot(desk: SlackDesk, proxy: SlackProxy) -> None:
    proxy.fail("conversations.history", "refused:not_in_channel")

    assert not desk.answers(["C09GONE/1.1"]).errors


def test_while_slack_is_away_links_are_asked_for_once(proxy: SlackProxy) -> None:
    desk = SlackDesk(make_client(BOT_TOKEN, proxy.api, timeout=1), CHANNEL, pause=0.0)
    proxy.fail("auth.test", "broken")

    assert {desk.link(f"{CHANNEL}/{number}.000001") for number in range(50)} == {""}
    assert proxy.calls["auth.test"] == 1


def test_a_link_to_a_card_in_a_thread_opens_the_thread(desk: SlackDesk) -> None:
    own, below = desk.link(f"{CHANNEL}/1.000002"), desk.link(f"{CHANNEL}/1.000002", f"{CHANNEL}/1.000001")

    assert own.endswith(f"/archives/{CHANNEL}/p1000002")
    assert below == f"{own}?thread_ts=1.000001&cid={CHANNEL}"


def test_a_question_stands_in_the_cards_thread_or_in_that_of_the_digest_which_holds_the_card(
    desk: SlackDesk, slack: LocalSlack
) -> None:
    curation = MemoryCuration([card(1), card(2)])
    digest = desk.send("digest/1", card())
    own, below = posted(desk, curation, 1), posted(desk, curation, 2, digest)
    asked = Question(1, card().candidate, HANA, f"hana ({HANA})", (YES, NO), ReactionOutcome.UNCLEAR)

    for number, ts in enumerate((own, below), 1):
        desk.send(f"question/{number}", asked, f"{CHANNEL}/{ts}")

    first, second = slack.posts()[-2:]
    assert (first["thread_ts"], second["thread_ts"]) == (own, digest.partition("/")[2])
    assert f"<@{HANA}>" in first["text"]
    assert f":{YES}: :{NO}:" in str(first["blocks"])


def test_a_thread_below_a_card_is_its_discussion_which_the_bots_own_questions_are_not(
    desk: SlackDesk, slack: LocalSlack
) -> None:
    curation = MemoryCuration([card(n) for n in (1, 2, 3)])
    talked, asked, silent = (posted(desk, curation, n) for n in (1, 2, 3))
    question = Question(1, card().candidate, HANA, f"hana ({HANA})", (YES, NO), ReactionOutcome.UNCLEAR)
    for number, ts in enumerate((talked, asked), 1):
        desk.send(f"question/{number}", question, f"{CHANNEL}/{ts}")
    slack.reply(talked, "使えそうです", HANA)
    slack.reply(talked, "同感です", KEN)

    replies = desk.answers([f"{CHANNEL}/{ts}" for ts in (talked, asked, silent)]).replies

    assert [replies[f"{CHANNEL}/{ts}"] for ts in (talked, asked, silent)] == [2, 0, 0]


@pytest.mark.endurance
@over_both
def test_who_decides_last_sees_that_there_is_a_discussion(desk: SlackDesk, slack: LocalSlack, listen: Listen) -> None:
    curation = MemoryCuration([card()])
    ts = posted(desk, curation)
    listen(curation)
    slack.reply(ts, "使えそうです", KEN)

    slack.click(ts, "approve", HANA)

    eventually(lambda: discussion(card(replies=1)) in str(slack.posts()[0]["blocks"]))
    assert words.WRITING in str(slack.posts()[0]["blocks"])


def test_a_card_says_that_it_is_discussed() -> None:
    blocks, text = card_message(card(replies=2))

    assert message_faults(blocks, text) == []
    assert discussion(card(replies=2)) in str(blocks)
    assert discussion(card()) == ""
