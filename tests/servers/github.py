"""GitHub's pull requests on loopback: lists, opens and changes them as its API does, and fails when told to."""

from __future__ import annotations

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghp-test-0123456789"


class GitHub:
    """Answers while the `with` block lasts; `pulls` are the pull requests, `asked` what was asked."""

    def __init__(self) -> None:
        self.pulls: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.faults: deque[tuple[int, str]] = deque()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"github": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        """What WATCHER_GITHUB_API_URL would name."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        """What GitHub says."""
        if self.faults:
            code, message = self.faults.popleft()
            return code, {"message": message}
        number = path.removeprefix("/repos/group/papers/pulls").removeprefix("/")
        if method == "PATCH":
            pull = next(pull for pull in self.pulls if pull["number"] == int(number))
            pull.update(body)
            return 200, pull
        if method == "POST":
            if any(pull["head"] == body["head"] and pull["state"] == "open" for pull in self.pulls):
                return 422, {"message": "A pull request already exists"}
            pull = {"number": len(self.pulls) + 1, "state": "open", **body}
            pull["html_url"] = f"https://github.example/group/papers/pull/{pull['number']}"
            self.pulls.append(pull)
            return 201, pull
        if "head" not in query:  # a list, in which the API names each branch with its repository
            listed = [pull for pull in self.pulls if (pull["base"], pull["state"]) == (query["base"], query["state"])]
            return 200, [
                {**pull, "head": {"ref": pull["head"], "repo": {"full_name": pull.get("from", "group/papers")}}}
                for pull in listed
            ]
        wanted = query["head"].removeprefix("group:"), query["base"], query["state"]
        return 200, [pull for pull in self.pulls if (pull["head"], pull["base"], pull["state"]) == wanted]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    github: ClassVar[GitHub]

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        parts = urlsplit(self.path)
        self.github.asked.append(f"{self.command} {parts.path}")
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            code, answer = 401, {"message": "Bad credentials"}
        elif not parts.path.startswith("/repos/group/papers/pulls"):
            code, answer = 404, {"message": "Not Found"}
        else:
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            code, answer = self.github.answer(self.command, parts.path, query, body)
        data = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = _answer  # noqa: N815 - the library's names

    def log_message(self, *_: object) -> None:
        """Say nothing."""
