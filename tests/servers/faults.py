"""A server on loopback that takes every request in whole and then goes wrong in one way, whoever asks."""

from __future__ import annotations

import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar, Self

FAULTS = ("timeout", "reset", "429", "429-later", "500", "503", "truncated", "wrong-type", "drip", "dns")
"""`reset` comes after the request was sent; `429-later` says when to come back, `429` does not."""

_LONGEST = 20.0  # seconds that a silence or a drip goes on, if nobody gives up before


class FaultServer:
    """Goes wrong while the `with` block lasts; `taken` are the requests it read, as method and path."""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.taken: list[tuple[str, str]] = []
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"faults": self}))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        """Where to ask; for `dns` a name that never exists (RFC 6761)."""
        host = "nowhere.invalid" if self.fault == "dns" else "127.0.0.1"
        return f"http://{host}:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    faults: ClassVar[FaultServer]

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.faults.taken.append((self.command, self.path))
        self.close_connection = True
        match self.faults.fault:
            case "timeout":
                self.faults.closing.wait(_LONGEST)
            case "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            case "429":
                self._answer(429)
            case "429-later":
                self._answer(429, **{"Retry-After": "0"})
            case "500" | "503":
                self._answer(int(self.faults.fault))
            case "truncated":
                self._answer(200, **{"Content-Length": "1000"})
            case "wrong-type":
                self._answer(200, **{"Content-Type": "text/html"})
            case "drip":
                self._drip()

    do_POST = do_GET  # noqa: N815 - the name http.server calls

    def _answer(self, status: int, **headers: str) -> None:
        body = b"<html>no</html>"
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        """A healthy beginning, byte by byte, each sooner than any client waits for one."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "100000")
        self.end_headers()
        for _ in range(round(_LONGEST / 0.05)):
            if self.faults.closing.wait(0.05):
                return
            try:
                self.wfile.write(b" ")
                self.wfile.flush()
            except OSError:  # the client had enough
                return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Silence: `taken` keeps what tests want to know."""
