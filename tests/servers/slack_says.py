"""A Slack on loopback that says what it is told to: refusals by method, and the scopes of a token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self

from watcher.adapters.desks.slack.api.examine import SCOPES, examine_slack
from watcher.domain.health import Health


class SlackSays:
    """A Slack that answers each method as told, with the scopes it is told to have given."""

    def __init__(self) -> None:
        self.scopes: str | None = ",".join(SCOPES)
        self.errors: dict[str, str] = {}
        says = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                error = says.errors.get(self.path.rpartition("/")[2])
                answer: Mapping[str, Any] = {"ok": False, "error": error} if error else {"ok": True, "messages": []}
                body = json.dumps(answer).encode()
                self.send_response(200)
                if says.scopes is not None:
                    self.send_header("x-oauth-scopes", says.scopes)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                del format, args

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/api/"

    def __enter__(self) -> Self:
        self._thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()

    def found(self) -> dict[str, tuple[Health, str]]:
        made = examine_slack("xoxb-planted-0123456789", "xapp-planted-0123456789", self.url, ["C01PAPERS"])
        assert "planted" not in repr(made)
        return {each.name: (each.health, each.sign) for each in made}
