"""An event that Slack delivers again is heard once, over either transport; the links of bots are nobody's wish."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from slack_bolt import BoltRequest

from tests.factories import a_topic
from tests.fakes import MemoryCuration
from tests.servers.slack import BOT_TOKEN, CHANNEL, HANA, KEN, TEAM, LocalSlack, eventually
from tests.servers.slack_proxy import SlackProxy
from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.listeners.app import SlackApp, build_app
from watcher.domain.papers.paper import PaperId
from watcher.domain.papers.topic import Topic
from watcher.ports import Nominee
from watcher.words_ja import slack as words

LINK = {"domain": "arxiv.org", "url": "https://arxiv.org/abs/2306.12672"}


class Unknown:
    """Answers inquiries of a topic in CHANNEL that has met no paper."""

    def __init__(self, topic: Topic) -> None:
        self.topics = [topic]

    def standing(self, paper: PaperId, topic: str) -> Nominee:
        del topic
        return Nominee(paper)


@pytest.fixture
def app(proxy: SlackProxy, desk: SlackDesk) -> Iterator[SlackApp]:
    """An app where everybody of the team may put papers forward."""
    topics: Any = Unknown(a_topic(channel=CHANNEL))  # answers no more than what a link asks
    made = build_app(
        make_client(BOT_TOKEN, proxy.api),
        desk,
        MemoryCuration([]),
        frozenset(),
        inquiries=topics,
    )
    yield made
    made.close()


def delivered(app: SlackApp, mode: str, number: int = 0, event_id: str = "Ev01", **changes: Any) -> None:
    """An event as Slack brings it, the `number`th time."""
    event = {"type": "link_shared", "channel": CHANNEL, "user": HANA, "message_ts": "1.1", "links": [LINK], **changes}
    body = {"type": "event_callback", "team_id": TEAM, "event_id": event_id, "event": event}
    headers: dict[str, str | Sequence[str]] = {"content-type": ["application/json"]}
    if number:
        headers |= {"x-slack-retry-num": [str(number)], "x-slack-retry-reason": ["http_timeout"]}
    request = (
        BoltRequest(body=json.dumps(body), headers=headers) if mode == "http" else BoltRequest(body=body, mode=mode)
    )
    assert app.bolt.dispatch(request).status == 200


def offers(slack: LocalSlack, who: str = HANA) -> int:
    return slack.whispers(who).count(words.LINK_OFFER)


@pytest.mark.parametrize("mode", ["http", "socket_mode"])
def test_an_event_that_is_delivered_three_times_gives_one_offer(app: SlackApp, slack: LocalSlack, mode: str) -> None:
    for number in range(3):
        delivered(app, mode, number)
    delivered(app, mode, event_id="Ev02")  # the same message under another id
    delivered(app, mode, event_id="Ev03", message_ts="2.2", user=KEN)

    eventually(lambda: offers(slack, KEN) == 1 and offers(slack) >= 1)  # two threads answer, in any order
    assert offers(slack) == 1


@pytest.mark.parametrize("mode", ["http", "socket_mode"])
def test_the_links_of_bots_give_no_offer(app: SlackApp, slack: LocalSlack, proxy: SlackProxy, mode: str) -> None:
    proxy.answer("auth.test", {"ok": True, "user_id": "U01WATCHER", "bot_id": "B01", "team_id": TEAM})
    delivered(app, mode, event_id="Ev11", message_ts="1.1", user="U01WATCHER")
    delivered(app, mode, event_id="Ev12", message_ts="1.2", user="U05CHATTER", bot_id="B05")
    delivered(app, mode, event_id="Ev13", message_ts="1.3", user=None)
    delivered(app, mode, event_id="Ev14", message_ts="1.4")

    eventually(lambda: offers(slack) == 1)
    assert proxy.calls["chat.postEphemeral"] == 1
    assert proxy.calls["users.info"] == 1, "of hana alone"


def test_links_that_were_added_to_a_message_are_offered(app: SlackApp, slack: LocalSlack) -> None:
    delivered(app, "http")
    delivered(app, "http", event_id="Ev21", links=[{**LINK, "url": "https://arxiv.org/abs/2401.00001"}])

    eventually(lambda: offers(slack) == 2)


@pytest.mark.parametrize("mode", ["http", "socket_mode"])
@pytest.mark.parametrize("kind", ["message", "team_join", "something_of_next_year"])
def test_an_event_that_nobody_listens_for_is_acknowledged_so_that_it_does_not_come_again(
    app: SlackApp, slack: LocalSlack, mode: str, kind: str
) -> None:
    delivered(app, mode, event_id=f"{kind} {mode}", type=kind, subtype="channel_join", ts="9.9")

    assert slack.messages() == []
