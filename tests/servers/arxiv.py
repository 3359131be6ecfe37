"""arXiv's hosts on loopback: rss.arxiv.org's answers, its quirks, OAI-PMH beside it, and faults on demand.

Facts from arXiv's own feed service (github.com/arXiv/arxiv-feed): a category it does not know gives HTTP 400 with a
valid, empty feed; the ETag is an unquoted SHA-256; If-None-Match is ignored; answers may be cached until midnight.
"""

from __future__ import annotations

import gzip
import hashlib
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar, Self
from urllib.parse import unquote, urlsplit

from tests.servers.oai import OaiArchive

ERROR_FEED = """<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0">
  <channel>
    <title>Feed error for query: {query}</title>
    <link>http://rss.arxiv.org/rss/{query}</link>
    <description>Invalid archive or category.</description>
  </channel>
</rss>
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one answer. The default changes nothing."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    content_type: str = "application/rss+xml; charset=utf-8"
    cut_to: int | None = None  # this many bytes arrive although more were promised
    drip: float | None = None  # seconds between single bytes
    drip_headers: bool = False  # the headers drip as well, and no length is stated
    gzip_layers: int = 0
    reset: bool = False


@dataclass(slots=True)
class Seen:
    """One request: when it arrived and when its answer was written, as moments of time.monotonic()."""

    path: str
    at: float
    headers: Mapping[str, str]
    ended: float = float("inf")


class ArxivServer:
    """Serves `feeds` (query to document) under /rss/, and `oai` under /oai, while the `with` block lasts."""

    def __init__(self, feeds: Mapping[str, bytes] | None = None, oai: OaiArchive | None = None) -> None:
        self.feeds = dict(feeds or {})
        self.oai = oai
        self.requests: list[Seen] = []
        self.closing = threading.Event()
        self._faults: deque[Fault | None] = deque()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"arxiv": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def rss_url(self) -> str:
        """What WATCHER_ARXIV_RSS_URL would name."""
        return f"{self.origin}/rss/"

    @property
    def oai_url(self) -> str:
        """What WATCHER_ARXIV_OAI_URL would name."""
        return f"{self.origin}/oai"

    def fault(self, fault: Fault, times: int = 1) -> None:
        """The next `times` answers go wrong in this way, after those asked for before."""
        self._faults.extend([fault] * times)

    def faults_after(self, good: int, fault: Fault) -> None:
        """After so many good answers one goes wrong in this way."""
        self._faults.extend([None] * good + [fault])

    def next_fault(self) -> Fault | None:
        return self._faults.popleft() if self._faults else None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    arxiv: ClassVar[ArxivServer]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        seen = Seen(self.path, time.monotonic(), dict(self.headers))
        self.arxiv.requests.append(seen)
        url = urlsplit(self.path)
        fault = self.arxiv.next_fault()
        if url.path == "/oai" and self.arxiv.oai is not None:
            answer = (200, b"" if fault and fault.body is not None else self.arxiv.oai.answer(url.query), "text/xml")
        else:
            answer = self._feed(url.path)
        if fault is None:
            self._answer(*answer)
        else:
            self._go_wrong(fault, answer[1])
        seen.ended = time.monotonic()

    def _feed(self, path: str) -> tuple[int, bytes, str]:
        query = unquote(path.removeprefix("/rss/"))
        known = {name.lower(): document for name, document in self.arxiv.feeds.items()}
        if not path.startswith("/rss/") or not query:
            return 200, b"Please specify at least one archive or category.", "text/plain"
        if query.lower() not in known:
            return 400, ERROR_FEED.format(query=query).encode(), "application/rss+xml"
        return 200, known[query.lower()], "application/rss+xml"

    def _answer(self, status: int, body: bytes, content_type: str, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", hashlib.sha256(body).hexdigest())
        self.send_header("Cache-Control", "max-age=3600")
        self.send_header("Connection", "close")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _go_wrong(self, fault: Fault, document: bytes) -> None:
        if fault.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        body = document if fault.body is None else fault.body
        headers = dict(fault.headers)
        for _ in range(fault.gzip_layers):
            body = gzip.compress(body)
        if fault.gzip_layers:
            headers["Content-Encoding"] = ", ".join(["gzip"] * fault.gzip_layers)
        if fault.cut_to is None and fault.drip is None:
            self._answer(fault.status, body, fault.content_type, headers)
            return
        self.close_connection = True
        if fault.drip_headers:
            body = f"HTTP/1.1 {fault.status} OK\r\nContent-Type: {fault.content_type}\r\n\r\n".encode() + body
        else:
            self.send_response(fault.status)
            self.send_header("Content-Type", fault.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
        for byte in body[: fault.cut_to]:
            if fault.drip is not None and self.arxiv.closing.wait(fault.drip):
                return
            try:
                self.wfile.write(bytes([byte]))
            except OSError:  # the client had enough
                return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Silence: `requests` keeps what tests want to know."""
