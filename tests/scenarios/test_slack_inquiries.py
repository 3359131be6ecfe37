"""/watch, the Home tab, shortcuts and pasted links against a serving deployment: every answer for one pair of eyes."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.block_kit import view_faults
from tests.scenarios.conftest import Deployment
from tests.scenarios.slack import cards
from tests.scenarios.test_by_hand import OFF_TOPIC, api
from tests.servers.arxiv_api import ArxivApi
from tests.servers.slack import CHANNEL, HANA, KEN, SIGNING_SECRET, TEAM, LocalSlack, eventually
from watcher.words_ja import slack as words

pytestmark = pytest.mark.endurance

__all__ = ["api"]

by_http = pytest.mark.parametrize("live", ["http"], indirect=True)


@pytest.fixture
def serving(live: Deployment, slack: LocalSlack, api: ArxivApi) -> Iterator[Deployment]:
    """A deployment that serves, with hana its only curator, past its first digest."""
    live.env["WATCHER_ARXIV_API_URL"] = api.url
    live.configure(live.folder / "config", "curators = []", f'curators = ["{HANA}"]')
    process = live.start("serve", "--port", str(live.port))
    try:
        eventually(lambda: len(cards(slack)) == 7, 120)
        yield live
    finally:
        process.kill()
        process.wait(20)


def homes(deployment: Deployment) -> list[dict[str, Any]]:
    """The Home tabs published so far."""
    assert deployment.proxy is not None
    sent = [arguments["view"] for method, arguments in list(deployment.proxy.sent) if method == "views.publish"]
    return [json.loads(view) if isinstance(view, str) else view for view in sent]


def heard(slack: LocalSlack, who: str, text: str) -> bool:
    return any(text in whisper for whisper in slack.whispers(who))


@pytest.mark.usefixtures("serving")
def test_watch_answers_searches_tells_and_adds(slack: LocalSlack) -> None:
    slack.command("help", KEN)
    eventually(lambda: heard(slack, KEN, "/watch search"))
    slack.command("sarch world", KEN)
    eventually(lambda: heard(slack, KEN, f"{words.no_such_subcommand('sarch')}\n`/watch`"))

    slack.command("search 世界モデル", KEN)
    eventually(lambda: heard(slack, KEN, "カタログ No. "))
    for pasted in ("search　world", "ｓｅａｒｃｈ world", "search https://arxiv.org/abs/2310.15166v2"):
        before = len(slack.whispers(KEN))
        slack.command(pasted, KEN)
        eventually(lambda before=before: len(slack.whispers(KEN)) > before)  # type: ignore[misc]
        assert "カタログ No. " in slack.whispers(KEN)[-1], pasted
    slack.command("search zzzz", KEN)
    eventually(lambda: heard(slack, KEN, words.NOTHING_FOUND))

    slack.command("ＳＴＡＴＵＳ", KEN)
    eventually(lambda: heard(slack, KEN, "判断待ち *7件*"))

    for asked in (f"add {OFF_TOPIC}", "run"):
        slack.command(asked, KEN)
    eventually(lambda: slack.whispers(KEN).count(words.CURATORS_ONLY) == 2)

    slack.command("add これ", HANA)
    eventually(lambda: heard(slack, HANA, "2306.12672"))
    slack.command(f"add https://arxiv.org/abs/{OFF_TOPIC}v2 2601.99999", HANA)
    eventually(lambda: heard(slack, HANA, words.UNKNOWN))
    assert heard(slack, HANA, words.ON_ITS_WAY)
    eventually(lambda: OFF_TOPIC in cards(slack))
    assert "手動（hana）" in json.dumps(cards(slack)[OFF_TOPIC]["blocks"], ensure_ascii=False)
    assert len(slack.posts()) == 9, "no second digest"

    slack.command("run", HANA)
    eventually(lambda: heard(slack, HANA, "確認が終わりました"))


@by_http
def test_the_home_tab_shows_the_queue_and_takes_decisions(serving: Deployment, slack: LocalSlack) -> None:
    open_home(serving)
    view = eventually(lambda: homes(serving))[-1]
    assert view_faults(view) == []
    buttons = [e for block in view["blocks"] for e in block.get("elements", []) if e.get("action_id") == "home_later"]
    assert len(buttons) == 7

    act(serving, {**buttons[0], "block_id": "b"}, HANA)
    eventually(lambda: "✓ あとで" in shown(serving))
    assert buttons[0]["value"] not in shown(serving)
    assert "あとで：" in serving("log").out

    act(serving, {**buttons[1], "block_id": "b"}, KEN)
    # The tab of the curator, refreshed after that decision, may be published later than this one.
    eventually(lambda: any("担当者だけ" in json.dumps(home, ensure_ascii=False) for home in homes(serving)))
    assert serving("log").out.count("あとで：") == 1

    option = {"value": "put_off", "text": {"type": "plain_text", "text": "x"}}
    act(serving, {"type": "checkboxes", "action_id": "home_settings", "selected_options": [option]}, HANA)
    eventually(lambda: buttons[0]["value"] in shown(serving))
    open_home(serving)
    eventually(lambda: "initial_options" in shown(serving))

    before = len(homes(serving))
    ts = next(post["ts"] for post in cards(slack).values() if buttons[2]["value"] in json.dumps(post))
    slack.click(ts, "reject", HANA)
    eventually(lambda: len(homes(serving)) > before and buttons[2]["value"] not in shown(serving))


@by_http
def test_a_message_or_a_pasted_link_puts_its_paper_forward(serving: Deployment, slack: LocalSlack) -> None:
    message = {"type": "message", "text": f"これはどうでしょう <https://arxiv.org/abs/{OFF_TOPIC}>", "ts": "1.1"}
    shortcut = {
        "type": "message_action",
        "callback_id": "nominate",
        "team": {"id": TEAM},
        "user": {"id": HANA, "name": "hana"},
        "channel": {"id": CHANNEL, "name": "papers"},
        "message": message,
        "response_url": f"{slack.page}/nowhere",
    }
    links = [{"domain": "arxiv.org", "url": f"https://arxiv.org/pdf/{OFF_TOPIC}"}]
    event = {"type": "link_shared", "user": HANA, "channel": CHANNEL, "message_ts": "1.1", "links": links}

    send(serving, "application/json", json.dumps({"type": "event_callback", "team_id": TEAM, "event": event}))
    eventually(lambda: heard(slack, HANA, words.LINK_OFFER))
    send(serving, "application/x-www-form-urlencoded", urlencode({"payload": json.dumps(shortcut)}))
    eventually(lambda: OFF_TOPIC in cards(slack))

    before = len(slack.whispers(HANA))
    send(serving, "application/json", json.dumps({"type": "event_callback", "team_id": TEAM, "event": event}))
    time.sleep(0.5)
    assert len(slack.whispers(HANA)) == before, "what has its card is not offered again"


def shown(deployment: Deployment) -> str:
    """The Home tab as it was published last."""
    return json.dumps(homes(deployment)[-1], ensure_ascii=False)


def open_home(deployment: Deployment) -> None:
    event = {"type": "app_home_opened", "user": HANA, "tab": "home"}
    send(deployment, "application/json", json.dumps({"type": "event_callback", "team_id": TEAM, "event": event}))


def act(deployment: Deployment, action: dict[str, Any], who: str) -> None:
    """Press something on the Home tab."""
    payload = {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": who, "name": who.lower()},
        "container": {"type": "view", "view_id": "V1"},
        "view": {"id": "V1", "type": "home"},
        "actions": [{"block_id": "b", **action}],
    }
    send(deployment, "application/x-www-form-urlencoded", urlencode({"payload": json.dumps(payload)}))


def send(deployment: Deployment, kind: str, body: str) -> None:
    """Post as Slack does."""
    timestamp = str(int(time.time()))
    signature = hmac.new(SIGNING_SECRET.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": kind,
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={signature}",
    }
    url = f"http://127.0.0.1:{deployment.port}/slack/events"
    with urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers), timeout=5) as reply:
        assert reply.status == 200
