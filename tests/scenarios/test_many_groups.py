"""Fifty topics of ten workspaces on one deployment: one intake, and nothing of a group reaches another."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from slack_bolt import BoltRequest
from slack_sdk.oauth.installation_store import Installation

from tests.scenarios.conftest import DATA, FEED, NOW, SHIPPED
from tests.scenarios.topics import begun
from tests.servers.arxiv import ArxivServer
from tests.servers.slack import eventually
from tests.servers.workspaces import TOKEN, ManyWorkspaces
from watcher.adapters.desks.slack.desk import Throttle
from watcher.adapters.desks.slack.listeners.app import Workspaces
from watcher.adapters.desks.slack.messages.reviews import YES
from watcher.adapters.llm.recorded import RecordedModel
from watcher.bootstrap import Watcher, open_store
from watcher.bootstrap.slack import make_slack_desk, make_transport
from watcher.domain.facts import AuditSample
from watcher.domain.papers.topic import Topic
from watcher.pipeline.intake import NOTHING
from watcher.settings import Settings, load_settings
from watcher.words_ja import slack as words

pytestmark = pytest.mark.endurance

TEAMS, TOPICS = [f"T{number:02d}" for number in range(10)], 50
BROKEN, SLOW = TEAMS[3], TEAMS[7]
SECRET = "cs.CR"  # a category that one group alone watches
KEPT = ("2606.27406", "2606.27483")  # of the day's papers
SECONDS = 60.0
MOMENT = datetime.fromisoformat(NOW)


def short_feed() -> bytes:
    """The recorded day without most of its papers."""
    text = FEED.read_text(encoding="utf-8")
    items = re.findall(r"<item>.*?</item>\s*", text, re.DOTALL)
    kept = [item for item in items if any(native in item for native in KEPT)] + items[:3]
    return (text[: text.index("<item>")] + "".join(kept) + text[text.rindex("</item>") + 7 :]).encode()


def fifty(shipped: Topic) -> tuple[Topic, ...]:
    """Each of ten groups has five topics, every one with its own name, channel and catalog."""
    return tuple(
        replace(
            shipped,
            slug=f"slug-{number:02d}",
            title=f"title-{number:02d}",
            team=TEAMS[number % 10],
            channel=f"C{number:02d}",
            categories=shipped.categories | ({SECRET} if TEAMS[number % 10] == BROKEN else set()),
            catalog=f"catalogs/{TEAMS[number % 10]}/catalog-{number:02d}.md",
        )
        for number in range(TOPICS)
    )


@dataclass
class Deployed:
    """A deployment, its Slack, and the way clicks come in."""

    watcher: Watcher
    slack: ManyWorkspaces
    arxiv: ArxivServer
    door: Workspaces

    @property
    def topics(self) -> tuple[Topic, ...]:
        return self.watcher.settings.topics

    def of(self, team: str) -> list[Topic]:
        return [topic for topic in self.topics if topic.team == team]

    def ask(self, team: str, text: str, channel: str = "", who: str = "", answers: int = 1) -> str:
        """Type `/watch` in a workspace; gives all that was answered, so many times."""
        before = len(self.slack.to(team, "answer"))
        body = {
            "command": "/watch",
            "text": text,
            "team_id": team,
            "user_id": who or f"U-{team}",
            "user_name": f"person-{team}",
            "channel_id": channel or self.of(team)[0].channel,
            "response_url": f"{self.slack.url}answer/{team}",
        }
        assert self.door.bolt.dispatch(BoltRequest(mode="socket_mode", body=body)).status == 200
        eventually(lambda: len(self.slack.to(team, "answer")) >= before + answers, SECONDS)
        return " ".join(one.text for one in self.slack.to(team, "answer")[before:])

    def event(self, team: str, **event: object) -> None:
        body = {"type": "event_callback", "team_id": team, "event": event}
        assert self.door.bolt.dispatch(BoltRequest(mode="socket_mode", body=body)).status == 200

    def click(self, team: str, action: str, value: str) -> None:
        body = {
            "type": "block_actions",
            "team": {"id": team},
            "user": {"id": f"U-{team}", "name": f"person-{team}"},
            "container": {"type": "message", "channel_id": self.of(team)[0].channel, "message_ts": "1.1"},
            "actions": [{"type": "button", "block_id": "b", "action_id": action, "value": value}],
        }
        self.door.bolt.dispatch(BoltRequest(mode="socket_mode", body=body))


def no_pauses(name: str, pause: float, burst: int) -> Throttle:
    del name, pause, burst
    return contextlib.nullcontext


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Deployed]:
    with ManyWorkspaces() as slack, ArxivServer() as arxiv:
        settings = load_settings(
            {
                "WATCHER_CONFIG": str(SHIPPED),
                "WATCHER_DATA": str(tmp_path),
                "WATCHER_ARXIV_RSS_URL": arxiv.rss_url,
                "SLACK_API_URL": f"{slack.url}api/",
                "SLACK_OAUTH_CLIENT_ID": "1.2",
                "SLACK_OAUTH_CLIENT_SECRET": "client-secret",
                "SLACK_SIGNING_SECRET": "signing-secret",
                "WATCHER_SECRET_KEY": Fernet.generate_key().decode(),
            }
        )
        settings = replace(settings, topics=fifty(settings.topics[0]))
        watched = frozenset[str]().union(*(topic.categories for topic in settings.topics))
        arxiv.feeds["+".join(sorted(watched))] = short_feed()
        watcher, door = wired(settings)
        yield Deployed(watcher, slack, arxiv, door)
        slack.open.set()
        door.close()
        watcher.close()


def wired(settings: Settings) -> tuple[Watcher, Workspaces]:
    store = open_store(settings)
    desk = make_slack_desk(settings, store, lambda: MOMENT, no_pauses)
    for channel in desk._channels._by_id.values():
        channel.client.timeout = int(SECONDS)  # a machine that is busy is no workspace that hangs
    model = RecordedModel(DATA / "replies" / "replies_2026-06-29.jsonl")
    watcher = Watcher(settings, model=model, desk=desk, enrichers=(), clock=lambda: MOMENT)
    transport = make_transport(settings, desk, watcher.people_of, watcher.proposals, watcher.store, lambda: MOMENT)
    assert isinstance(transport.app, Workspaces)
    for team in TEAMS:
        token = Installation(user_id="U1", team_id=team, bot_token=f"{TOKEN}{team}", app_id="A1")
        transport.app._installations.save(token)
    store.database.close()
    return watcher, transport.app


def strangers(deployed: Deployed, team: str) -> list[str]:
    """Words that only other groups may read."""
    others = [topic for topic in deployed.topics if topic.team != team]
    named = [word for topic in others for word in (topic.slug, topic.title, topic.channel, topic.catalog)]
    named += [SECRET] * (team != BROKEN)
    return named + [f"person-{other}" for other in TEAMS if other != team]


def leaks(deployed: Deployed) -> dict[str, set[str]]:
    """What each group was sent of others."""
    found = {}
    for team in TEAMS:
        text = " ".join(one.text for one in deployed.slack.to(team))
        if heard := {word for word in strangers(deployed, team) if word in text}:
            found[team] = heard
    return found


def test_fifty_topics_of_ten_groups_share_an_intake_and_see_nothing_of_each_other(deployed: Deployed) -> None:
    slack, watcher = deployed.slack, deployed.watcher
    slack.revoked, slack.waiting = {BROKEN}, {SLOW}
    reports = []
    with begun(lambda: reports.append(watcher.pipeline.run("run-1"))):
        served = [team for team in TEAMS if team not in {BROKEN, SLOW}]
        eventually(lambda: all(len(slack.to(team, "chat.postMessage")) == 5 * 3 for team in served), SECONDS)
        assert not slack.to(SLOW), "the others' cards are there, and it has not answered once"
        slack.open.set()
    (report,) = reports

    assert len(deployed.arxiv.requests) == 1
    assert report.counts["announced"] == 5
    assert report.counts["screened"] == 5 * TOPICS
    assert all("token_revoked" in failure for failure in report.failures)
    for topic in deployed.topics:
        posts = [one for one in slack.to(topic.team, "chat.postMessage") if one.arguments["channel"] == topic.channel]
        assert len(posts) == (0 if topic.team == BROKEN else 3), "a digest and two cards"
    assert Counter(one.team for one in slack.sent if one.arguments.get("channel")) == {
        team: 20 for team in TEAMS if team != BROKEN
    }, "beside these, each digest is edited once with the links to its cards"

    first, other = (watcher.store.cards.all(deployed.of(team)[0].slug)[0].candidate.number for team in TEAMS[:2])
    deployed.click(TEAMS[0], "approve", f"{first}:0")
    deployed.click(TEAMS[0], "approve", f"{other}:0")
    assert (watcher.store.cards.get(first).decision is None, watcher.store.cards.get(other).decision is None) == (
        False,
        True,
    )
    watcher.pipeline.apply_decisions()
    here = deployed.ask(TEAMS[1], "status")
    assert [topic.title for topic in deployed.of(TEAMS[1]) if topic.title in here] == ["title-01"], "in its channel"
    assert "catalog-00.md" not in deployed.ask(TEAMS[1], "search 世界モデル")
    asked = deployed.ask(TEAMS[1], "run", answers=2)
    assert "⚠" not in asked, "what is broken is another group's"
    slack.revoked = set()
    deployed.ask(TEAMS[2], "add 2606.27406 slug-00", answers=2)
    slack.members = {"U1": ["C01", "C21", "C00", "C99"]}
    deployed.event(TEAMS[1], type="app_home_opened", tab="home", user="U1")
    home = eventually(lambda: slack.to(TEAMS[1], "views.publish"), SECONDS)[0]
    assert [topic.title for topic in deployed.of(TEAMS[1]) if topic.title in home.text] == ["title-01", "title-21"]
    elsewhere = deployed.ask(TEAMS[1], "status", "D01", who="U1")
    assert [topic.title for topic in deployed.of(TEAMS[1]) if topic.title in elsewhere] == ["title-01", "title-21"]
    assert words.JOIN_A_CHANNEL in deployed.ask(TEAMS[1], "status", "D01", who="U2")

    offered = len(slack.to(TEAMS[1], "chat.postEphemeral"))
    links = [{"url": "https://arxiv.org/abs/2606.99999"}]
    deployed.event(TEAMS[1], type="link_shared", channel="C00", user="U1", links=links)
    deployed.event(TEAMS[1], type="link_shared", channel="C01", user="U1", links=links)
    eventually(lambda: len(slack.to(TEAMS[1], "chat.postEphemeral")) == offered + 1, SECONDS)

    deployed.arxiv.feeds.clear()
    assert watcher.pipeline.run("run-3", until="summarize").failures, "the feed is told by its categories"
    watcher.pipeline.weekly("weekly-1", now=MOMENT + timedelta(days=7))
    assert all(len(slack.to(team, "chat.postMessage")) > 15 for team in served)
    watcher.pipeline.run("digest-2", NOTHING, now=MOMENT + timedelta(days=1))
    assert leaks(deployed) == {}


def test_an_audit_card_is_answered_by_its_own_group_alone(deployed: Deployed) -> None:
    watcher = deployed.watcher
    watcher.pipeline.run("run-1", until="screen")
    (ours,) = [t for t in deployed.topics if t.slug == "slug-00"]
    out = watcher.store.audits.screened_out(ours.slug, MOMENT - timedelta(days=1), MOMENT + timedelta(days=1))
    number = out[0].number
    watcher.store.audits.add_samples(ours.slug, [(number, AuditSample("2026-W26", "near", 1, 1.0))], "weekly", MOMENT)

    deployed.click(TEAMS[1], YES, str(number))
    assert watcher.store.audits.card(number).answer is None
    deployed.click(TEAMS[0], YES, str(number))
    answer = watcher.store.audits.card(number).answer
    assert answer is not None
    assert answer.curator.startswith("person-T00")
