"""From a click to its acknowledgement while a backfill of 10,000 papers runs in the same serving process: p50 and p99.

    python benchmarks/click_latency.py [--clicks 500] [--papers 10000] [--transport socket|http|both]

A stand-in for Slack in this process sends the clicks: over HTTP as Slack does, and over Socket Mode through a small
WebSocket server, so that the moment of the acknowledgement is seen; local-slack keeps it to itself. Each click is
another card's, so every one is recorded. The deployment is a process of its own, the tests' server of arXiv another.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import multiprocessing
import os
import socket
import sqlite3
import statistics
import struct
import sys
import tempfile
import threading
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1]))  # the project and the tests' server, from wherever this is run

from benchmarks.oai_harvest import serve as serve_oai
from tests.factories import a_relevance, a_screening, a_summary, an_announcement
from tests.servers.slack import free_port
from watcher.domain.facts import CardPosted
from watcher.domain.papers.feeds import History
from watcher.domain.papers.paper import PaperId
from watcher.pipeline.intake import backfill
from watcher.runtime.serve import EmbeddedServer, tune_interpreter
from watcher.settings import load_settings

_CONFIG = Path(__file__).parents[1] / "config"
_SECRET, _CHANNEL = "benchmark-signing-secret", "C01"
_NOW = datetime(2026, 7, 4, tzinfo=UTC)
_PAUSE = 0.05  # between two clicks: twenty a second are more than any group of curators makes
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clicks", type=int, default=500)
    parser.add_argument("--papers", type=int, default=10_000)
    parser.add_argument("--transport", choices=["socket", "http", "both"], default="both")
    given = parser.parse_args()
    for transport in ["socket", "http"] if given.transport == "both" else [given.transport]:
        measure(transport, given.clicks, given.papers)


def measure(transport: str, clicks: int, papers: int) -> None:
    """Clicks over one transport, first beside nothing and then beside a backfill."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    archive = context.Process(target=serve_oai, args=(papers, theirs))
    archive.start()
    oai = ours.recv()
    with tempfile.TemporaryDirectory() as folder, FakeSlack() as slack:
        port = free_port()
        environment = {
            "WATCHER_CONFIG": str(_CONFIG),
            "WATCHER_DATA": folder,
            "WATCHER_ARXIV_OAI_URL": oai,
            "WATCHER_ARXIV_RSS_URL": "http://127.0.0.1:9/",
            "SLACK_API_URL": slack.api,
            "SLACK_BOT_TOKEN": "xoxb-1",
            "SLACK_CHANNEL": _CHANNEL,
            "PORT": str(port),
            **({"SLACK_APP_TOKEN": "xapp-1"} if transport == "socket" else {"SLACK_SIGNING_SECRET": _SECRET}),
        }
        near, far = context.Pipe()
        process = context.Process(target=deployment, args=(environment, 2 * clicks, far))
        process.start()
        numbers: list[int] = near.recv()
        press = slack.press if transport == "socket" else (lambda number: post(port, number))
        tell(f"{transport}, nothing beside it", [timed(press, number) for number in numbers[:clicks]])
        near.send("backfill")
        near.recv()
        tell(f"{transport}, beside a backfill", [timed(press, number) for number in numbers[clicks:]])
        near.send("stop")
        taken, recorded = near.recv()
        early = "" if taken < papers else ", all before the last click: give it more --papers"
        print(f"  {taken} papers taken in meanwhile{early}; {recorded} of {2 * clicks} clicks recorded")
        process.join()
    ours.send("done")
    archive.join()


def tell(what: str, milliseconds: list[float]) -> None:
    """The percentiles of a series."""
    cuts = statistics.quantiles(milliseconds, n=100, method="inclusive")
    print(
        f"{what}: {len(milliseconds)} clicks, p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, max {max(milliseconds):.1f}"
    )


def timed(press: Callable[[int], None], number: int) -> float:
    """How long a click took to be acknowledged, in milliseconds."""
    time.sleep(_PAUSE)
    began = time.perf_counter()
    press(number)
    return (time.perf_counter() - began) * 1000


def deployment(environment: dict[str, str], cards: int, pipe: Connection) -> None:
    """Serve, with cards to click on; backfill when told to, until told to stop."""
    os.environ.update(environment)
    serving = EmbeddedServer(load_settings(environment))
    store, topic = serving.watcher.store, serving.watcher.settings.topics[0]
    natives = [f"2001.{number:05d}" for number in range(1, cards + 1)]
    store.papers.announce([an_announcement(native) for native in natives], [topic], "benchmark", _NOW)
    numbers = [store.papers.numbers_of(PaperId("arxiv", native))[0] for native in natives]
    store.papers.add_screenings([(number, a_screening()) for number in numbers], "benchmark", _NOW)
    store.scoring.batches(topic.slug, 50, None)
    store.scoring.add_relevances([(number, a_relevance()) for number in numbers], [], "benchmark", _NOW)
    for number in numbers:
        store.summaries.add(number, a_summary(), "benchmark", _NOW)
        posted = CardPosted("slack", f"{_CHANNEL}/1.{number:06d}", _NOW)
        store.cards.add(number, posted, store.cards.get(number).etag, "benchmark")
    tune_interpreter()
    for thread in serving._threads:  # noqa: SLF001 - all of `start` but the scheduler
        thread.start()
    serving._desks.start()  # noqa: SLF001
    pipe.send(numbers)
    pipe.recv()
    span = History(date(2025, 1, 1), _NOW.date(), frozenset({"cs.CL"}))
    work = partial(serving.watcher.pipeline.run, "benchmark", backfill(span), until="screen", now=_NOW)
    threading.Thread(target=work, daemon=True).start()
    pipe.send("begun")
    pipe.recv()
    decided = sum(store.cards.get(number).decision is not None for number in numbers)
    with closing(sqlite3.connect(Path(environment["WATCHER_DATA"]) / "watcher.db")) as database:
        taken = database.execute("select count(*) from screenings").fetchone()[0] - cards
    pipe.send((taken, decided))
    os._exit(0)  # what is left is a backfill, and hundreds of card updates at Slack's pace


def payload(number: int) -> dict[str, Any]:
    """A click on あとで."""
    return {
        "type": "block_actions",
        "team": {"id": "T1"},
        "user": {"id": "U1", "name": "hana"},
        "container": {"type": "message", "channel_id": _CHANNEL, "message_ts": f"1.{number:06d}"},
        "actions": [{"type": "button", "block_id": "b", "action_id": "later", "value": f"{number}:0"}],
    }


def post(port: int, number: int) -> None:
    """Send a click as Slack does over HTTP."""
    body = urlencode({"payload": json.dumps(payload(number))}).encode()
    timestamp = str(int(time.time()))
    signature = hmac.new(_SECRET.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={signature}"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/slack/events", body, headers)
    with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310
        assert reply.status == 200


class FakeSlack:
    """Slack's Web API, whose every call succeeds, and one Socket Mode connection."""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connected = threading.Event()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()
        address = f"ws://127.0.0.1:{self._listener.getsockname()[1]}/"

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                answer = {"ok": True, "url": address, "bot_id": "B1", "channel": _CHANNEL, "ts": "1.1"}
                data = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.api = f"http://127.0.0.1:{self._server.server_port}/api/"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._listener.close()

    def press(self, number: int) -> None:
        """Send a click over the socket and wait for its acknowledgement."""
        assert self._connected.wait(30)
        envelope = {"envelope_id": f"e{number}", "type": "interactive", "payload": payload(number)}
        data = json.dumps({**envelope, "accepts_response_payload": True}).encode()
        self._socket.sendall(b"\x81\x7e" + struct.pack(">H", len(data)) + data)
        while (frame := self._frame()).get("envelope_id") != f"e{number}":
            pass
        assert frame

    def _accept(self) -> None:
        self._socket, _ = self._listener.accept()
        request = b""
        while b"\r\n\r\n" not in request:
            request += self._socket.recv(4096)
        key = next(line for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")).split()[1]
        accept = b64encode(hashlib.sha1(key + _GUID).digest())  # noqa: S324 - as the protocol wants it
        self._socket.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        hello = json.dumps({"type": "hello", "num_connections": 1}).encode()
        self._socket.sendall(b"\x81" + bytes([len(hello)]) + hello)
        self._connected.set()

    def _frame(self) -> dict[str, Any]:
        """The next text of the client's; its pings are answered."""
        while True:
            first, second = self._read(2)
            size = second & 0x7F
            size = struct.unpack(">H", self._read(2))[0] if size == 126 else size
            mask = self._read(4)
            data = bytes(byte ^ mask[index % 4] for index, byte in enumerate(self._read(size)))
            if first & 0x0F == 9:
                self._socket.sendall(b"\x8a" + bytes([len(data)]) + data)
            elif first & 0x0F == 1:
                found: dict[str, Any] = json.loads(data)
                return found

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            data += self._socket.recv(size - len(data))
        return data


if __name__ == "__main__":
    main()
