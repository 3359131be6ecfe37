"""What comes to the HTTP transport: Slack's requests are taken; forged, old, broken and oversize ones refused."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from tests.adapters.desks.slack.conftest import served
from tests.cards import card
from tests.fakes import NOON, MemoryCuration
from tests.servers.slack import BOT_TOKEN, CHANNEL, HANA, SIGNING_SECRET, TEAM
from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.listeners.app import build_app
from watcher.adapters.desks.slack.transport.http import MAX_BODY, PATH

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
CHALLENGE = json.dumps({"type": "url_verification", "challenge": "abc", "token": "t"})
_NOWHERE = "http://127.0.0.1:9/api/"


class Slack:
    """Sends what Slack would send, and what it would not."""

    def __init__(self, url: str, curation: MemoryCuration) -> None:
        self._http = httpx2.Client(base_url=url, timeout=10)
        self.curation = curation

    def send(
        self, body: str | bytes, kind: str | None = JSON, *, secret: str = SIGNING_SECRET, age: float = 0, **other: str
    ) -> httpx2.Response:
        """Post a body signed with `secret`, `age` seconds ago; `other` headers replace Slack's, empty ones go."""
        raw = body.encode() if isinstance(body, str) else body
        timestamp = str(int((NOON - timedelta(seconds=age)).timestamp()))
        signature = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + raw, hashlib.sha256).hexdigest()
        headers = {
            "content_type": kind or "",
            "x_slack_request_timestamp": timestamp,
            "x_slack_signature": f"v0={signature}",
            **other,
        }
        sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items() if value]
        return self._http.post(PATH, content=raw, headers=sent)

    def get(self, path: str) -> int:
        return self._http.get(path).status_code

    def close(self) -> None:
        self._http.close()


@pytest.fixture(scope="module")
def served_app() -> Iterator[Slack]:
    curation = MemoryCuration([card()])
    client = make_client(BOT_TOKEN, _NOWHERE)
    app = build_app(client, SlackDesk(client, CHANNEL, pause=0.0), curation, frozenset())
    with served(app, now=lambda: NOON) as server:
        slack = Slack(server.url, curation)
        yield slack
        slack.close()


@pytest.fixture
def slack(served_app: Slack) -> Slack:
    served_app.curation.put(card())
    served_app.curation.recorded.clear()
    return served_app


def click(value: str = "1:0") -> str:
    payload: dict[str, Any] = {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": HANA, "name": "hana"},
        "container": {"type": "message", "channel_id": CHANNEL, "message_ts": "1.1"},
        "actions": [{"type": "button", "block_id": "b", "action_id": "later", "value": value}],
    }
    return urlencode({"payload": json.dumps(payload)})


def test_the_address_proves_itself_to_slack(slack: Slack) -> None:
    answer = slack.send(CHALLENGE)

    assert (answer.status_code, answer.json()) == (200, {"challenge": "abc"})


def test_a_signed_click_is_recorded_before_it_is_acknowledged(slack: Slack) -> None:
    assert slack.send(click(), FORM).status_code == 200
    assert slack.curation.recorded == [f"later 1 by hana ({HANA}) at slack"]


@pytest.mark.parametrize("age", [301, 3600, -301])
def test_a_request_from_outside_the_window_of_five_minutes_is_refused(slack: Slack, age: float) -> None:
    assert slack.send(click(), FORM, age=age).status_code == 401
    assert slack.curation.recorded == []


def test_a_request_at_the_edge_of_the_window_is_taken(slack: Slack) -> None:
    assert slack.send(CHALLENGE, age=299).status_code == 200


@pytest.mark.parametrize(
    "timestamp", ["", "now", "1.5", "-1", "+1", "1e9", "9" * 13, "9" * 5000, "²", "١", "0x10", "nan"]
)
def test_a_timestamp_that_is_no_number_of_seconds_is_refused(slack: Slack, timestamp: str) -> None:
    assert slack.send(click(), FORM, x_slack_request_timestamp=timestamp).status_code == 401
    assert slack.curation.recorded == []


@pytest.mark.parametrize("signature", ["", "v0=", "v0=" + "0" * 64, "v1=" + "0" * 64, "v0=" + "é" * 64, "\u0661" * 67])
def test_a_forged_signature_is_refused(slack: Slack, signature: str) -> None:
    assert slack.send(click(), FORM, x_slack_signature=signature).status_code == 401
    assert slack.curation.recorded == []


def test_another_apps_signature_is_refused(slack: Slack) -> None:
    assert slack.send(click(), FORM, secret="another").status_code == 401


def test_a_signature_of_another_body_is_refused(slack: Slack) -> None:
    theirs = slack.send(CHALLENGE).request.headers["x-slack-signature"]
    slack.curation.recorded.clear()

    assert slack.send(click("2:0"), FORM, x_slack_signature=theirs).status_code == 401


def test_a_request_without_slacks_headers_is_refused(slack: Slack) -> None:
    assert slack.send(click(), FORM, x_slack_request_timestamp="").status_code == 401
    assert slack.send(click(), FORM, x_slack_signature="").status_code == 401
    assert slack.curation.recorded == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", JSON),
        ("", FORM),
        ("{", JSON),
        ("[]", JSON),
        ("null", JSON),
        ("1" * 5000, JSON),
        ("[" * 100_000, JSON),
        ("payload=", FORM),
        ("payload={", FORM),
        ("payload=[1]", FORM),
        ("{not a form", FORM),
        (b"\xff\xfe", JSON),
    ],
)
def test_a_signed_body_that_cannot_be_read_is_refused(slack: Slack, body: str | bytes, kind: str) -> None:
    assert slack.send(body, kind).status_code == 400


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/xml", None])
def test_a_body_of_another_kind_is_refused(slack: Slack, kind: str | None) -> None:
    assert slack.send(CHALLENGE, kind).status_code == 415


def test_a_body_beyond_all_that_slack_sends_is_refused_unread(slack: Slack) -> None:
    assert slack.send("x" * (MAX_BODY + 1)).status_code == 413


def test_a_body_as_large_as_a_full_view_is_read(slack: Slack) -> None:
    large = json.dumps({"type": "url_verification", "challenge": "abc", "token": "t" * (MAX_BODY - 100)})

    assert slack.send(large).status_code == 200


def test_what_nobody_listens_for_is_acknowledged(slack: Slack) -> None:
    event = {"type": "event_callback", "team_id": TEAM, "event": {"type": "unheard_of"}}

    assert slack.send(json.dumps(event)).status_code == 200


def test_only_posts_are_answered_and_the_desk_beside_it_stays_behind_its_sign_in(slack: Slack) -> None:
    assert slack.get(PATH) == 405
    assert slack.get("/") == 303
