"""Connecting and installing: what is refused is named, the connection comes back, the scopes are the least that do."""

from __future__ import annotations

import gc
import threading
import time
from pathlib import Path

import pytest

from tests.cards import card
from tests.fakes import MemoryCuration
from tests.servers.drip import HEADERS, DripServer
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, HANA, LocalSlack, eventually
from tests.servers.slack_proxy import SlackProxy
from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.listeners.app import build_app
from watcher.adapters.desks.slack.transport.socket_mode import SlackSocket
from watcher.domain.errors import DeskError, DeskRefused

pytestmark = pytest.mark.endurance

MANIFEST = Path(__file__).parents[4] / "config" / "slack" / "manifest.yaml"


@pytest.mark.parametrize(("fault", "error"), [("refused:invalid_auth", DeskRefused), ("broken", DeskError)])
def test_a_connection_that_slack_refuses_is_named(
    proxy: SlackProxy, desk: SlackDesk, fault: str, error: type[DeskError]
) -> None:
    proxy.fail("apps.connections.open", fault)
    app = build_app(make_client(BOT_TOKEN, proxy.api), desk, MemoryCuration(), frozenset())
    socket = SlackSocket(APP_TOKEN, app)

    with pytest.raises(error, match="Socket Mode") as caught:
        socket.start()
    socket.stop()

    assert APP_TOKEN not in str(caught.value)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the SDK leaves its socket open
def test_a_greeting_that_drips_is_given_up(proxy: SlackProxy, desk: SlackDesk) -> None:
    app = build_app(make_client(BOT_TOKEN, proxy.api), desk, MemoryCuration(), frozenset())
    socket = SlackSocket(APP_TOKEN, app)
    with DripServer(HEADERS) as gateway:
        proxy.answer("apps.connections.open", {"ok": True, "url": f"ws://{gateway.place}/"})
        began = time.monotonic()
        with pytest.raises(DeskError, match="Slack did not answer"):
            socket.start(timeout=1)
        assert time.monotonic() - began < 5
        assert socket.disconnected
    eventually(lambda: "slack-connect" not in {thread.name for thread in threading.enumerate()})
    gc.collect()
    socket.stop()


def test_building_the_app_warns_of_nothing(
    proxy: SlackProxy, desk: SlackDesk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", BOT_TOKEN)

    build_app(make_client(BOT_TOKEN, proxy.api), desk, MemoryCuration(), frozenset()).close()

    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == []


def test_clicks_arrive_again_after_the_connection_was_lost(
    proxy: SlackProxy, desk: SlackDesk, slack: LocalSlack
) -> None:
    ts = desk.send("card/1", card()).partition("/")[2]
    curation = MemoryCuration([card()])
    client = make_client(BOT_TOKEN, proxy.api)
    socket = SlackSocket(APP_TOKEN, build_app(client, desk, curation, frozenset()), ping_interval=0.2)
    assert socket.disconnected
    socket.start()
    try:
        assert not socket.disconnected
        socket._handler.client.disconnect()
        eventually(lambda: proxy.calls["apps.connections.open"] == 2 and socket._handler.client.is_connected())
        slack.click(ts, "approve", HANA)
        eventually(lambda: curation.recorded)
    finally:
        socket.stop()

    assert curation.recorded == [f"approve 1 by hana ({HANA}) at slack"]
