"""Slack's Web API for many workspaces on loopback: who was sent what by whose token, with workspaces that fail or wait."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote_plus

TOKEN = "xoxb-stand-in-"
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Sent:
    """One call: the workspace of its token (or, of an answer to a question, of its address), and all that was in it."""

    team: str
    method: str
    arguments: Mapping[str, Any]
    text: str


class ManyWorkspaces:
    """Slack. Calls of a workspace in `revoked` are refused; those of `waiting` are answered once `open` is set.
    `members` are the channels that a user is in.
    """

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.revoked: set[str] = set()
        self.waiting: set[str] = set()
        self.members: dict[str, list[str]] = {}
        self.open = threading.Event()
        self._posts = 0
        slack = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                given = slack._answer(self.path, self.headers.get("Authorization") or "", body)
                data = json.dumps(given).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def to(self, team: str, *methods: str) -> list[Sent]:
        """What a workspace was sent, by these methods or by any."""
        return [one for one in list(self.sent) if one.team == team and (not methods or one.method in methods)]

    def _answer(self, path: str, authorization: str, body: str) -> dict[str, Any]:
        kind, _, rest = path.strip("/").partition("/")
        team = rest if kind == "answer" else authorization.removeprefix(f"Bearer {TOKEN}")
        method = "answer" if kind == "answer" else rest
        arguments = json.loads(body) if body.startswith("{") else dict(parse_qsl(body))
        if team in self.waiting:
            assert self.open.wait(SECONDS)
        if team in self.revoked:
            return {"ok": False, "error": "token_revoked"}
        told = unquote_plus(body) if not body.startswith("{") else json.dumps(arguments, ensure_ascii=False)
        self.sent.append(Sent(team, method, arguments, f"{told}{_plain(arguments)}"))
        self._posts += 1
        known: dict[str, dict[str, Any]] = {
            "auth.test": {"bot_id": "B1", "url": "https://x.slack.com/"},
            "conversations.history": {"messages": []},
            "users.conversations": {"channels": [{"id": c} for c in self.members.get(arguments.get("user", ""), [])]},
        }
        posted: dict[str, Any] = {"channel": arguments.get("channel", ""), "ts": f"{self._posts}.0"}
        return {"ok": True, **posted, **known.get(method, {})}

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open.set()
        self._server.shutdown()
        self._server.server_close()


def _plain(arguments: Mapping[str, Any]) -> str:
    """Blocks and views as text, whatever they were packed in."""
    packed = [value for value in arguments.values() if isinstance(value, str) and value[:1] in {"[", "{"}]
    return " ".join(json.dumps(json.loads(value), ensure_ascii=False) for value in packed)
