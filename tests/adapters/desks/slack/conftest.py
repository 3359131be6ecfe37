"""A desk and a socket on local-slack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.fakes import MemoryCuration
from tests.servers.slack import (
    APP_TOKEN,
    BOT_TOKEN,
    CHANNEL,
    HTTP_BOT_TOKEN,
    SIGNING_SECRET,
)
from tests.servers.slack_proxy import SlackProxy
from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.listeners.app import SlackApp, Workspaces, build_app
from watcher.adapters.desks.slack.transport.http import SlackHttp
from watcher.adapters.desks.slack.transport.socket_mode import SlackSocket
from watcher.adapters.desks.web.site import WebServer, build_site, serve
from watcher.bootstrap import wall_clock
from watcher.ports import Clock


@pytest.fixture(autouse=True)
def _no_row_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here nobody writes rows, so a card of an approved paper would be shown a second later each time."""
    monkeypatch.setattr("watcher.adapters.desks.slack.listeners.cards._ROW_SECONDS", 0.05)


@pytest.fixture
def transport(request: pytest.FixtureRequest) -> str:
    """How clicks come in: `socket`, or what a test is parametrized with."""
    return str(getattr(request, "param", "socket"))


@pytest.fixture
def token(transport: str) -> str:
    return {"socket": BOT_TOKEN, "http": HTTP_BOT_TOKEN}[transport]


@pytest.fixture
def desk(proxy: SlackProxy, token: str) -> SlackDesk:
    """A desk that does not wait between messages and gives up a call after a second."""
    return SlackDesk(make_client(token, proxy.api, timeout=1), CHANNEL, pause=0.0)


Listen = Callable[..., MemoryCuration]


@contextmanager
def served(app: SlackApp | Workspaces, port: int = 0, now: Clock = wall_clock) -> Iterator[WebServer]:
    """The app behind the web desk, asked over HTTP."""
    door = SlackHttp(app, SIGNING_SECRET, now)
    with serve(
        build_site(MemoryCuration(), secret="a long enough secret", extra_routes=door.extra_routes), port=port
    ) as server:
        yield server
    door.stop()


@pytest.fixture
def listen(proxy: SlackProxy, desk: SlackDesk, transport: str, token: str) -> Iterator[Listen]:
    """Connect an app over the transport to a curation; it is disconnected after the test."""
    with ExitStack() as stack:

        def connect(curation: MemoryCuration, *curators: str, of: SlackDesk = desk) -> MemoryCuration:
            app = build_app(make_client(token, proxy.api), of, curation, frozenset(curators))
            if transport == "http":
                stack.enter_context(served(app, proxy.behind.events_port))
            else:
                socket = SlackSocket(APP_TOKEN, app)
                stack.callback(socket.stop)
                socket.start()
            return curation

        yield connect
