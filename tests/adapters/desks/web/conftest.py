"""A served site over a `Curation` in memory, a reader who fills in its forms, and a headless browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from html import unescape
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.cards import recorded_cards, recorded_digest, scored
from tests.fakes import MemoryCuration
from tests.tools import CHROMIUM_ARGS, chromium
from watcher.adapters.desks.web.pages import StatusView
from watcher.adapters.desks.web.site import WebServer, build_site, serve
from watcher.domain.curation.card import Card, Digest


class Reader:
    """Someone at a browser, on the level of HTTP: keeps cookies and copies hidden fields from pages."""

    def __init__(self, url: str) -> None:
        self.http = httpx2.Client(base_url=url, follow_redirects=True, timeout=10)

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return self.http.get(path, headers=headers)

    def token(self, path: str = "/") -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(path).text)
        assert found, f"no form on {path}"
        return unescape(found[1])

    def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx2.Response:
        """Send a form as the page at hand would."""
        return self.http.post(path, data={"csrf": self.token(), **fields}, headers=headers)

    def decide(self, number: int, verdict: str, **fields: str) -> httpx2.Response:
        return self.post(f"/card/{number}/decide", {"verdict": verdict, **fields})


class Switch:
    """One `Curation` after another behind one server: starting and stopping a server takes half a second."""

    def __init__(self) -> None:
        self.over = MemoryCuration()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.over, name)


Serving = Callable[..., WebServer]
Visit = Callable[[WebServer], Reader]


@pytest.fixture(scope="session")
def day() -> tuple[list[Card], Digest]:
    """The seven relevant cards of 2026-06-29 and its digest."""
    return [card for card in recorded_cards() if scored(card).relevant], recorded_digest()


@pytest.fixture
def cards(day: tuple[list[Card], Digest]) -> list[Card]:
    return day[0]


@pytest.fixture
def curation(day: tuple[list[Card], Digest]) -> MemoryCuration:
    return MemoryCuration(*day)


@pytest.fixture(scope="session")
def shared() -> Iterator[tuple[WebServer, Switch]]:
    switch = Switch()
    with serve(build_site(switch, secret=None, status=StatusView)) as server:
        yield server, switch


@pytest.fixture
def serving(curation: MemoryCuration, shared: tuple[WebServer, Switch]) -> Iterator[Serving]:
    """Serves a `Curation` until the test ends: at the shared server, or with settings at one of its own."""
    with ExitStack() as servers:

        def start(over: Any = None, **settings: Any) -> WebServer:
            if settings:
                site = build_site(over or curation, **{"secret": None, "status": StatusView, **settings})
                return servers.enter_context(serve(site))
            server, switch = shared
            switch.over = over or curation
            return server

        yield start


@pytest.fixture
def desk(serving: Serving) -> WebServer:
    return serving()


@pytest.fixture
def visit() -> Iterator[Visit]:
    """Readers without a history, one per call."""
    with ExitStack() as readers:

        def arrive(server: WebServer) -> Reader:
            reader = Reader(server.url)
            readers.callback(reader.http.close)
            return reader

        yield arrive


@pytest.fixture
def reader(visit: Visit, desk: WebServer) -> Reader:
    return visit(desk)


@pytest.fixture(scope="module")  # Playwright takes one at a time in a thread, and others start their own
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(chromium()), args=CHROMIUM_ARGS)
        yield started
        started.close()
