"""Requests to a service are counted, what was answered is not asked again, and what is no answer is not kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from pydantic import TypeAdapter

from tests.fakes import NOON
from tests.servers.figures import Figures
from watcher.adapters.enrich.service import RequestBudget, ServiceClient
from watcher.adapters.sources.fetch import Fetcher, Limits
from watcher.adapters.store import SqlStore
from watcher.domain.errors import BudgetSpent, FeedError

SHAPE = TypeAdapter(dict[str, int])
HTML = b"<html><title>Just a moment...</title></html>"


@pytest.fixture
def server() -> Iterator[Figures]:
    with Figures() as figures:
        yield figures


def client(
    server: Figures, store: SqlStore, *, most: int = 9, now: datetime = NOON, retries: bool = False
) -> ServiceClient:
    ask = Fetcher(own_urls=[server.url], limits=Limits(attempts=1)).ask
    budget = RequestBudget("test", most, NOON - timedelta(days=1))
    return ServiceClient("S", ask, store.services, budget, now, {"x-api-key": "k"}, retries, sleep=_no_pause)


def _no_pause(seconds: float) -> None:
    assert 0 <= seconds <= 5


def test_what_was_answered_is_asked_again_only_when_it_is_old(server: Figures, store: SqlStore) -> None:
    server.next_answer(200, b'{"a": 1}')
    server.next_answer(200, b'{"a": 2}')
    url = f"{server.url}/x"

    assert [client(server, store).get(url, SHAPE) for _ in range(3)] == [{"a": 1}] * 3
    assert client(server, store, now=NOON + timedelta(days=6)).get(url, SHAPE) == {"a": 1}
    assert client(server, store, now=NOON + timedelta(days=8)).get(url, SHAPE) == {"a": 2}
    assert [asked.headers["x-api-key"] for asked in server.asked] == ["k", "k"]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b'{"message": "Forbidden"}', "application/json"),
        (403, b'{"message": "Forbidden"}', "application/json"),
        (200, HTML, "text/html"),
        (200, HTML, "application/json"),
        (429, b'{"message": "Too Many Requests", "code": "429"}', "application/json"),
        (503, b"", "application/json"),
        (404, b"{}", "application/json"),
        (200, b'{"a": 1, ', "application/json"),
        (200, b"", "application/json"),
        (200, b'{"a": "one"}', "application/json"),
        (200, b"[]", "application/json"),
    ],
)
def test_what_is_no_answer_is_told_and_not_kept(
    server: Figures, store: SqlStore, status: int, body: bytes, kind: str
) -> None:
    server.next_answer(status, body, 1, **{"Content-Type": kind})
    server.next_answer(200, b'{"a": 1}')

    with pytest.raises(FeedError, match="S: "):
        client(server, store).get(f"{server.url}/x", SHAPE)
    assert client(server, store).get(f"{server.url}/x", SHAPE) == {"a": 1}
    assert store.services.count_requests("test", NOON - timedelta(days=1)) == 2


def test_no_more_is_asked_than_the_budget_allows_failures_included(server: Figures, store: SqlStore) -> None:
    server.next_answer(500, times=2)
    server.next_answer(200, b"{}")
    told = []
    for number in range(5):
        try:
            client(server, store, most=3).get(f"{server.url}/{number}", SHAPE)
        except FeedError as error:
            told.append(type(error))

    assert [kind is BudgetSpent for kind in told] == [False, False, True, True]
    assert len(server.asked) == 3


def test_a_refusal_for_now_is_asked_once_more_where_that_is_wanted(server: Figures, store: SqlStore) -> None:
    server.next_answer(429)
    server.next_answer(200, b'{"a": 1}')
    assert client(server, store, retries=True).get(f"{server.url}/x", SHAPE) == {"a": 1}

    server.next_answer(429, Retry_After="50000")
    with pytest.raises(FeedError, match="HTTP 429"):
        client(server, store, retries=True).get(f"{server.url}/y", SHAPE)
    assert len(server.asked) == 3
