"""Workspaces install the app by themselves: once, encrypted, each seeing its own topics, until they take it out."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from slack_bolt import BoltRequest
from slack_sdk.oauth.installation_store import Installation

from tests.adapters.desks.slack.conftest import served
from tests.cards import card
from tests.fakes import NOON, MemoryCuration
from watcher.adapters.desks.slack.api.client import SlackClient
from watcher.adapters.desks.slack.api.oauth import (
    INSTALL,
    RETURN,
    SCOPES,
    Installations,
    InstalledClient,
    States,
    TokenCipher,
    make_flow,
)
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.listeners.app import SlackApp, Workspaces, build_app
from watcher.adapters.desks.slack.transport.http import SlackHttp, install_routes
from watcher.adapters.desks.web.site import build_site, serve
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store import tables as t
from watcher.adapters.store.migrations import upgrade
from watcher.domain.errors import ConfigError, DeskRefused
from watcher.words_ja import slack as words

OURS, THEIRS, STRANGER = "T01OURS", "T02THEIRS", "T99STRANGER"
KEY, OTHER_KEY = Fernet.generate_key().decode(), Fernet.generate_key().decode()


class Slack:
    """Slack's side of the flow: a code becomes the token of the workspace it names."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        slack = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                method = self.path.rpartition("/")[2]
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                slack.calls.append((method, self.headers.get("Authorization", "")))
                answer = json.dumps(slack.answer(method, dict(parse_qsl(body)))).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.api = f"http://127.0.0.1:{self.server.server_port}/api/"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def answer(self, method: str, given: dict[str, str]) -> dict[str, Any]:
        if method != "oauth.v2.access":
            return {"ok": True, "bot_id": "B1", "url": "https://x.slack.com/"}
        team = given["code"]
        if team == "bad":
            return {"ok": False, "error": "invalid_code"}
        granted = {"app_id": "A1", "access_token": f"xoxb-{team}", "bot_user_id": "UB", "scope": ",".join(SCOPES)}
        return {"ok": True, "team": {"id": team, "name": team}, "authed_user": {"id": "U1"}, **granted}


@pytest.fixture
def slack() -> Iterator[Slack]:
    made = Slack()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    database = open_database(tmp_path / "x.db")
    upgrade(database)
    yield SqlStore(database)
    database.close()


def installations(store: SqlStore, keys: str = KEY) -> Installations:
    return Installations(store.desks, TokenCipher(keys), {OURS, THEIRS}, lambda: NOON)


def installed(team: str, token: str = "") -> Installation:
    return Installation(user_id="U1", team_id=team, bot_token=token or f"xoxb-{team}", app_id="A1")


class Site:
    """A browser before the two addresses."""

    def __init__(self, url: str) -> None:
        self.http = httpx2.Client(base_url=url, timeout=10)

    def begin(self) -> tuple[str, dict[str, str]]:
        """The state in the address that leads to Slack, and the browser's cookie."""
        answer = self.http.get(INSTALL)
        assert answer.status_code == 302
        query = parse_qs(urlsplit(answer.headers["location"]).query)
        assert set(query["scope"][0].split(",")) == set(SCOPES)
        cookie = answer.headers["set-cookie"].split(";")[0]
        return query["state"][0], {"Cookie": cookie, "Sec-Fetch-Site": "cross-site"}

    def end(self, code: str, state: str, headers: dict[str, str]) -> httpx2.Response:
        return self.http.get(RETURN, params={"code": code, "state": state}, headers=headers)


@pytest.fixture
def clock() -> list[datetime]:
    return [NOON]


@pytest.fixture
def site(slack: Slack, store: SqlStore, clock: list[datetime]) -> Iterator[Site]:
    flow = make_flow("1.2", "client-secret", installations(store), States(store.desks, lambda: clock[0]), slack.api)
    with serve(build_site(MemoryCuration(), secret="long enough secret", extra_routes=install_routes(flow))) as server:
        made = Site(server.url)
        yield made
        made.http.close()


@pytest.mark.endurance
def test_consent_becomes_a_token_that_no_reader_of_the_database_has(site: Site, store: SqlStore) -> None:
    state, headers = site.begin()

    answer = site.end(OURS, state, headers)

    assert (answer.status_code, answer.text) == (200, words.INSTALLED)
    assert installations(store).token(OURS) == f"xoxb-{OURS}"
    with store.database.read() as connection:
        kept = connection.execute(sa.select(t.installations)).one()
    assert "xoxb" not in kept.content
    assert installations(store).token(THEIRS) is None


@pytest.mark.endurance
def test_a_state_is_good_once_in_its_browser_and_for_ten_minutes(
    site: Site, store: SqlStore, clock: list[datetime]
) -> None:
    state, headers = site.begin()
    assert site.end(OURS, state, {}).status_code == 400, "another browser"
    assert site.end(OURS, "made-up", {"Cookie": "slack-app-oauth-state=made-up"}).status_code == 401
    assert site.end(OURS, state, headers).status_code == 200
    assert site.end(OURS, state, headers).status_code == 401, "spent"

    state, headers = site.begin()
    clock[0] += timedelta(minutes=11)
    assert site.end(THEIRS, state, headers).status_code == 401, "too late"
    assert installations(store).token(THEIRS) is None


@pytest.mark.endurance
def test_what_goes_wrong_at_slack_is_said_and_nothing_is_kept(site: Site, store: SqlStore) -> None:
    state, headers = site.begin()
    assert site.end("bad", state, headers).text == words.NOT_INSTALLED
    cancelled = site.http.get(RETURN, params={"error": "access_denied"})
    assert cancelled.text == words.NOT_INSTALLED
    assert installations(store).token("bad") is None


def test_a_workspace_that_no_topic_names_is_not_kept(site: Site, store: SqlStore) -> None:
    state, headers = site.begin()

    assert site.end(STRANGER, state, headers).text == words.NOT_SERVED
    assert store.desks.installation(STRANGER) is None


@pytest.mark.endurance
def test_keys_can_be_changed_by_putting_the_new_one_first(store: SqlStore) -> None:
    installations(store).save(installed(OURS))

    assert installations(store, f"{OTHER_KEY}, {KEY}").token(OURS) == f"xoxb-{OURS}"
    installations(store, f"{OTHER_KEY},{KEY}").save(installed(OURS))
    assert installations(store, OTHER_KEY).token(OURS) == f"xoxb-{OURS}"
    with pytest.raises(DeskRefused, match="another key"):
        installations(store, KEY).token(OURS)


@pytest.mark.parametrize("keys", ["short", "x" * 44, f"{KEY},nonsense"], ids=["short", "no key", "a key and more"])
def test_what_is_no_key_is_told_without_repeating_it(keys: str) -> None:
    with pytest.raises(ConfigError, match="WATCHER_SECRET_KEY") as caught:
        TokenCipher(keys)

    assert keys not in str(caught.value)


def test_a_client_uses_the_token_of_the_day_and_none_after_leaving(slack: Slack, store: SqlStore) -> None:
    client = InstalledClient(OURS, installations(store), slack.api)
    with pytest.raises(DeskRefused, match="not installed"):
        client.auth_test()

    for token in ("xoxb-first", "xoxb-second"):
        installations(store).save(installed(OURS, token))
        client.auth_test()
    assert [sent for _, sent in slack.calls] == ["Bearer xoxb-first", "Bearer xoxb-second"]

    installations(store).delete_installation(enterprise_id=None, team_id=OURS)
    with pytest.raises(DeskRefused, match="not installed"):
        client.auth_test()


@pytest.fixture
def workspaces(slack: Slack, store: SqlStore) -> Iterator[tuple[Workspaces, dict[str, MemoryCuration]]]:
    """Two installed workspaces: ours has card 1, theirs has card 2."""
    kept = installations(store)
    curations = {OURS: MemoryCuration([card(1)]), THEIRS: MemoryCuration([card(2)])}

    def make(team: str, client: SlackClient) -> SlackApp:
        return build_app(client, SlackDesk(client, "C1", pause=0.0), curations[team], frozenset())

    for team in curations:
        kept.save(installed(team))
    made = Workspaces(kept, make, slack.api)
    yield made, curations
    made.close()


def click(team: str, number: int) -> BoltRequest:
    return BoltRequest(
        mode="socket_mode",
        body={
            "type": "block_actions",
            "team": {"id": team},
            "user": {"id": "U1", "name": "hana"},
            "container": {"type": "message", "channel_id": "C1", "message_ts": "1.1"},
            "actions": [{"type": "button", "block_id": "b", "action_id": "later", "value": f"{number}:0"}],
        },
    )


@pytest.mark.endurance
def test_each_workspace_acts_on_its_own_cards_alone(
    workspaces: tuple[Workspaces, dict[str, MemoryCuration]],
) -> None:
    apps, curations = workspaces

    for team, number in ((OURS, 1), (OURS, 2), (THEIRS, 2), (STRANGER, 1)):
        assert apps.bolt.dispatch(click(team, number)).status == 200

    assert [line.split(" by ")[0] for line in curations[OURS].recorded] == ["later 1"]
    assert [line.split(" by ")[0] for line in curations[THEIRS].recorded] == ["later 2"]


@pytest.mark.parametrize(
    ("event", "gone"),
    [
        ({"type": "app_uninstalled"}, True),
        ({"type": "tokens_revoked", "tokens": {"bot": ["UB"]}}, True),
        ({"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}}, False),
    ],
)
def test_a_workspace_that_leaves_is_forgotten(
    workspaces: tuple[Workspaces, dict[str, MemoryCuration]], store: SqlStore, event: dict[str, Any], *, gone: bool
) -> None:
    apps, curations = workspaces
    body = {"type": "event_callback", "team_id": OURS, "event": event}

    assert apps.bolt.dispatch(BoltRequest(mode="socket_mode", body=body)).status == 200
    apps.bolt.dispatch(click(OURS, 1))

    assert (installations(store).token(OURS) is None) is gone
    assert (curations[OURS].recorded == []) is gone
    assert installations(store).token(THEIRS) is not None


def test_the_address_proves_itself_without_any_workspace(
    workspaces: tuple[Workspaces, dict[str, MemoryCuration]],
) -> None:
    apps, _ = workspaces
    body = json.dumps({"type": "url_verification", "challenge": "abc", "token": "t"})

    answer = apps.bolt.dispatch(BoltRequest(body=body, headers={"content-type": "application/json"}))

    assert (answer.status, json.loads(answer.body)) == (200, {"challenge": "abc"})
    assert SlackHttp(apps, "secret", lambda: NOON).extra_routes[0].path == "/slack/events"


@pytest.mark.endurance
def test_a_served_workspaces_door_refuses_forgeries_as_well(
    workspaces: tuple[Workspaces, dict[str, MemoryCuration]],
) -> None:
    apps, _ = workspaces
    with served(apps) as server:
        assert httpx2.post(f"{server.url}/slack/events", content=b"{}").status_code == 401
