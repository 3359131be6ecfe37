"""An exchange ends when its time is over, wherever in it a server drips, and is not taken for whole then."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx2
import pytest

from tests.servers.drip import ENDLESS, HEADERS, REFUSAL, TLS, DripServer
from tests.servers.faults import FaultServer
from watcher.adapters.catalogs.publishing import PullRequests
from watcher.adapters.desks.slack.api.client import answer_to, failures, make_client
from watcher.domain.errors import DeskError, PushError
from watcher.net import BoundedClient

SECONDS = 1


def plainly(url: str) -> None:
    with BoundedClient(timeout=SECONDS) as client:
        client.get(url)


def as_github(url: str) -> None:
    PullRequests(url, "token", "group/papers", timeout=SECONDS).ensure("day", "main", "title", "body")


def as_slack(url: str) -> None:
    with failures("auth.test"):
        make_client("xoxb-1", url, timeout=SECONDS).auth_test()


def as_an_answer(url: str) -> None:
    with failures("response_url"):
        answer_to(url, "はい", timeout=SECONDS)


CLIENTS: dict[str, tuple[Callable[[str], None], type[Exception]]] = {
    "plain": (plainly, httpx2.ReadTimeout),
    "github": (as_github, PushError),
    "slack": (as_slack, DeskError),
    "response_url": (as_an_answer, DeskError),
}
PLACES = {
    "headers": ("http", HEADERS),
    "refusal": ("http", REFUSAL),
    "body without a length": ("http", ENDLESS),
    "tls": ("https", TLS),
}


@pytest.mark.endurance
@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("place", PLACES)
def test_a_drip_is_given_up_when_the_time_is_over(client: str, place: str) -> None:
    ask, kind = CLIENTS[client]
    scheme, beginning = PLACES[place]
    with DripServer(beginning) as server:
        began = time.monotonic()
        with pytest.raises(kind, match=r"within 1 s|Timeout"):
            ask(f"{scheme}://{server.place}")
        assert SECONDS * 0.9 < time.monotonic() - began < SECONDS + 9


def test_a_refused_answer_to_a_question_is_told() -> None:
    with FaultServer("500") as server, pytest.raises(DeskError, match="HTTP 500"):
        answer_to(server.url, "はい")


def test_slack_is_asked_at_web_addresses_alone() -> None:
    with pytest.raises(DeskError, match="SlackRequestError"), failures("auth.test"):
        make_client("xoxb-1", "file:///etc").auth_test()
