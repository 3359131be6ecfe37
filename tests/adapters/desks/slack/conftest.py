"""One local-slack for all tests of this folder, emptied before each; a proxy, a desk and a socket on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.fakes import MemoryCuration
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, CHANNEL, LocalSlack, SlackProxy, running_local_slack
from tests.tools import local_slack
from watcher.adapters.desks.slack.app import build_app
from watcher.adapters.desks.slack.client import make_client
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.socket_mode import SlackSocket


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSlack]:
    with running_local_slack(local_slack(), tmp_path_factory.mktemp("local-slack")) as running:
        yield running


@pytest.fixture
def slack(workspace: LocalSlack) -> LocalSlack:
    workspace.reset()
    return workspace


@pytest.fixture
def proxy(slack: LocalSlack) -> Iterator[SlackProxy]:
    with SlackProxy(slack) as running:
        yield running


@pytest.fixture
def desk(proxy: SlackProxy) -> SlackDesk:
    """A desk that does not wait between messages and gives up a call after a second."""
    return SlackDesk(make_client(BOT_TOKEN, proxy.api, timeout=1), CHANNEL, pause=0.0)


Listen = Callable[..., MemoryCuration]


@pytest.fixture
def listen(proxy: SlackProxy, desk: SlackDesk) -> Iterator[Listen]:
    """Connect an app over Socket Mode to a curation; it is disconnected after the test."""
    with ExitStack() as stack:

        def connect(curation: MemoryCuration, *curators: str) -> MemoryCuration:
            client = make_client(BOT_TOKEN, proxy.api)
            socket = SlackSocket(APP_TOKEN, build_app(client, desk, curation, frozenset(curators)))
            stack.callback(socket.stop)
            socket.start()
            return curation

        yield connect
