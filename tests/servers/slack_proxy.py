"""A proxy before local-slack's Web API that fails on demand, and keeps what local-slack drops: message metadata, `oldest`
and pages of conversations.history.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter, defaultdict, deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.servers.slack import LocalSlack


class SlackProxy:
    """Stands before local-slack's Web API. `fail(method, *faults)` makes the next calls of a method fail.

    Faults: `throttled[:SECONDS]` (429 with Retry-After, 0 by default), `broken` (500), both without effect; `lost` (the connection
    drops after the effect), `internal` (`internal_error` after the effect), `refused:CODE` (an error of
    Slack's without effect), `slow:SECONDS` (the reply comes late).
    """

    def __init__(self, behind: LocalSlack) -> None:
        self.calls: Counter[str] = Counter()
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.behind = behind
        self._faults: defaultdict[str, deque[str]] = defaultdict(deque)
        self.metadata: dict[str, Any] = {}
        self._answers: dict[str, dict[str, Any]] = {}
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                proxy._answer(self)

            do_GET = do_POST  # noqa: N815  # the names http.server calls

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.api = f"http://127.0.0.1:{self._server.server_address[1]}/api/"

    def fail(self, method: str, *faults: str) -> None:
        self._faults[method].extend(faults)

    def answer(self, method: str, reply: dict[str, Any]) -> None:
        """Answer every call of a method that local-slack lacks, or cannot serve here."""
        self._answers[method] = reply

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        address = urllib.parse.urlsplit(handler.path)
        method = address.path.rpartition("/")[2]
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        arguments = _arguments(address.query, handler.headers.get("Content-Type") or "", body)
        self.calls[method] += 1
        self.sent.append((method, arguments))
        fault, _, detail = (self._faults[method].popleft() if self._faults[method] else "").partition(":")
        if fault == "throttled":
            _reply(handler, {"ok": False, "error": "ratelimited"}, 429, {"Retry-After": detail or "0"})
        elif fault == "broken":
            _reply(handler, {"ok": False}, 500)
        elif fault == "refused":
            _reply(handler, {"ok": False, "error": detail})
        elif method in self._answers:
            _reply(handler, self._answers[method])
        else:
            answer = self._pass_on(method, arguments, handler, body)
            if fault == "lost":
                handler.connection.close()
                return
            if fault == "slow":
                time.sleep(float(detail))
            _reply(handler, {"ok": False, "error": "internal_error"} if fault == "internal" else answer)

    def _pass_on(
        self, method: str, arguments: dict[str, Any], handler: BaseHTTPRequestHandler, body: bytes
    ) -> dict[str, Any]:
        request = urllib.request.Request(
            urllib.parse.urljoin(self.behind.page, handler.path), data=body or None, method=handler.command
        )
        for name in ("Content-Type", "Authorization"):
            if value := handler.headers.get(name):
                request.add_header(name, value)
        with urllib.request.urlopen(request, timeout=5) as reply:
            answer: dict[str, Any] = json.load(reply)
        if method == "chat.postMessage" and answer.get("ok"):
            self.metadata[answer["ts"]] = arguments.get("metadata")
        if method == "conversations.history" and answer.get("ok"):
            return self._page(answer["messages"], arguments)
        return answer

    def _page(self, messages: list[dict[str, Any]], arguments: dict[str, Any]) -> dict[str, Any]:
        """conversations.history as documented: newest first, from `oldest`, in pages, metadata on request."""
        recent = [m for m in messages if float(m["ts"]) >= float(arguments.get("oldest", 0))]
        if str(arguments.get("include_all_metadata", "")).lower() in {"true", "1"}:
            recent = [{**m, "metadata": self.metadata[m["ts"]]} if m["ts"] in self.metadata else m for m in recent]
        start, size = int(arguments.get("cursor") or 0), int(arguments.get("limit", 100))
        more = start + size < len(recent)
        cursor = str(start + size) if more else ""
        return {
            "ok": True,
            "messages": recent[start : start + size],
            "has_more": more,
            "response_metadata": {"next_cursor": cursor},
        }


def _arguments(query: str, content_type: str, body: bytes) -> dict[str, Any]:
    arguments: dict[str, Any] = dict(urllib.parse.parse_qsl(query))
    if "json" in content_type:
        return arguments | dict(json.loads(body or b"{}"))
    return arguments | dict(urllib.parse.parse_qsl(body.decode()))


def _reply(
    handler: BaseHTTPRequestHandler, answer: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None
) -> None:
    data = json.dumps(answer).encode()
    try:
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)
    except ConnectionError:  # the caller stopped waiting
        return
