"""A loopback server that speaks chat completions and Responses, answers from recorded replies, and misbehaves when told to."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.servers.llm_dialects import Answer, Asked, completion, response
from tests.servers.llm_triage import honest_to, translated
from tests.servers.llm_verify import all_ok

RECORDED = Path(__file__).parents[1] / "data" / "replies" / "replies_2026-06-29.jsonl"
USAGE = {
    "prompt_tokens": 1000,
    "completion_tokens": 200,
    "total_tokens": 1200,
    "prompt_tokens_details": {"cached_tokens": 400},
}


def honest(answer: Any) -> str:
    return json.dumps(answer, ensure_ascii=False)


@dataclass(frozen=True)
class Behavior:
    """How one request is answered: what the model says, and what becomes of it on the way."""

    say: Callable[[Answer], str] = honest
    finish: str = "stop"
    refusal: str | None = None
    status: int = 200
    error: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    template: str = ""
    content_type: str = "application/json"
    usage: Mapping[str, Any] | None = field(default_factory=lambda: USAGE)
    delay: float = 0.0
    reset: bool = False
    rejects: frozenset[str] = frozenset()


# --- what the model says -----------------------------------------------------------------------------


def saying(text: str) -> Behavior:
    return Behavior(say=lambda _: text)


def editing(edit: Callable[[list[Answer]], list[Answer]]) -> Behavior:
    """The honest answer with its list of papers changed."""
    return Behavior(say=lambda answer: honest({**answer, "papers": edit(answer["papers"])}))


def dropping(arxiv_id: str) -> Behavior:
    return editing(lambda papers: [paper for paper in papers if paper["arxiv_id"] != arxiv_id])


def inventing(arxiv_id: str) -> Behavior:
    return editing(lambda papers: [*papers, {**papers[0], "arxiv_id": arxiv_id}])


def repeating(paper_id: str, /, **changes: Any) -> Behavior:
    """The paper's entry twice, the second time with changes."""
    return editing(lambda papers: [*papers, *({**p, **changes} for p in papers if p["arxiv_id"] == paper_id)])


def changing(paper_id: str, /, **changes: Any) -> Behavior:
    """The paper's entry with fields replaced, e.g. by values of another type."""
    return editing(lambda papers: [{**p, **changes} if p["arxiv_id"] == paper_id else p for p in papers])


FENCED = Behavior(say=lambda answer: f"Here you are:\n```json\n{honest(answer)}\n```\nAnything else?")
THINKING = Behavior(say=lambda answer: f"<think>Perhaps {{score: 4}}? Let me see.</think>\n{honest(answer)}")
BROKEN = Behavior(say=lambda answer: honest(answer).replace('"', "'", 1))
EMPTY = saying("")
TRUNCATED = Behavior(say=lambda answer: honest(answer)[: len(honest(answer)) * 2 // 3], finish="length")
REFUSING = Behavior(say=lambda _: "", refusal="I cannot help with that.")
FILTERED = Behavior(say=lambda _: "", finish="content_filter")
NO_MESSAGE = Behavior(body=b'{"id": "chatcmpl-1", "choices": [{"index": 0, "finish_reason": "SAFETY"}], "usage": null}')

# --- what becomes of it on the way -------------------------------------------------------------------


def failing(status: int, code: str | None = None, message: str = "told to fail", **headers: str) -> Behavior:
    """An error in OpenAI's form; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Behavior(status=status, error={"message": message, "type": code, "code": code}, headers=named)


def rejecting(*kinds: str) -> Behavior:
    """HTTP 400 for these kinds of response_format, honest otherwise."""
    return Behavior(rejects=frozenset(kinds))


def slow(seconds: float) -> Behavior:
    return Behavior(delay=seconds)


HONEST = "<the honest JSON>"


def templated(body: Any, status: int = 200, **headers: str) -> Behavior:
    """A body in which HONEST stands for the honest answer, inside a JSON string or as an object of its own."""
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "application/json" if not isinstance(body, str) else "text/html" if "<html" in body else "text/plain"
    return Behavior(status=status, template=text, content_type=kind, headers=headers)


def _filled(template: str, answer: Answer) -> bytes:
    told = honest(answer)
    whole = template.replace(f'{{"{HONEST}": 0}}', told)
    return whole.replace(HONEST, json.dumps(told, ensure_ascii=False)[1:-1]).encode()


RESET = Behavior(reset=True)
MALFORMED = Behavior(body=b'{"id": "chatcmpl-1", "choices": [{"ind')
NOT_A_COMPLETION = Behavior(body=b'{"hello": "world"}')
HTML = Behavior(body=b"<html>Bad gateway</html>", content_type="text/html")


def _formed(asked: Asked, behavior: Behavior, text: str) -> Answer:
    form = completion if asked.is_chat else response
    return form(asked, text, behavior.finish, behavior.refusal, behavior.usage)


class LlmServer:
    """Serves while the `with` block runs. `url` is what a client takes as its base URL.

    `script` queues behaviors for the next chat requests, `always` sets the one for all others. `asked` keeps
    every chat request. With `key`, any other bearer token is answered 401.
    """

    def __init__(
        self, replies: Path = RECORDED, key: str | None = None, models: Sequence[str] = ("test-model", "m")
    ) -> None:
        lines = replies.read_text(encoding="utf-8").splitlines()
        self._replies: dict[str, Answer] = {reply["arxiv_id"]: reply for reply in map(json.loads, lines)}
        self._script: deque[Behavior] = deque()
        self._default = Behavior()
        self._rules: list[tuple[Callable[[Asked], bool], Behavior]] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self.key = key
        self.models = models
        self.lists_models, self.unfindable = True, False
        self.asked: list[Asked] = []
        handler = type("Handler", (_Handler,), {"owner": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def script(self, *behaviors: Behavior) -> None:
        with self._lock:
            self._script.extend(behaviors)

    def always(self, behavior: Behavior) -> None:
        with self._lock:
            self._default = behavior

    def when(self, holds: Callable[[Asked], bool], behavior: Behavior) -> None:
        """Behave so towards the questions for which this holds; `script` comes first."""
        with self._lock:
            self._rules.append((holds, behavior))

    def reset(self) -> None:
        """Forget everything asked and scripted."""
        with self._lock:
            self._script.clear()
            self._rules.clear()
            self._default = Behavior()
            self.key = None
            self.asked = []

    @property
    def calls(self) -> int:
        return len(self.asked)

    def receive(self, asked: Asked) -> Behavior:
        with self._lock:
            self.asked.append(asked)
            if self._script:
                return self._script.popleft()
            return next((behavior for holds, behavior in self._rules if holds(asked)), self._default)

    def pause(self, seconds: float) -> None:
        self._closing.wait(seconds)

    def answer(self, asked: Asked) -> Answer:
        """What an honest model says: recorded replies; score 0 for papers without one; to triage by the labels."""
        if '"named"' in asked.system:
            return honest_to(asked.system, asked.user)
        if '"line_ja"' in asked.system:
            return translated(asked.user)
        unknown = {"score": 0, "criterion": "", "reason_ja": "記録された応答がない論文である。"}
        found = [{"arxiv_id": i, **self._replies.get(i, unknown)} for i in asked.ids]
        if '"sentences"' in asked.system:
            return all_ok(asked.user)
        if '"summary_ja"' in asked.system:
            only = found[0]
            return {
                "summary_ja": only.get("summary_ja", "記録された要約がない。"),
                "categories_ja": str(only.get("categories_ja", "未分類")).split("、"),
                "evidence": only.get("evidence", []),
            }
        fields = ("arxiv_id", "score", "criterion", "reason_ja")
        return {"papers": [{name: paper[name] for name in fields} for paper in found]}


class _Handler(BaseHTTPRequestHandler):
    owner: LlmServer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Stay silent."""

    def do_GET(self) -> None:
        listed = [{"id": name, "object": "model", "created": 0, "owned_by": "tests"} for name in self.owner.models]
        wanted = self.path.removeprefix("/v1/models").strip("/")
        if not self.owner.lists_models:
            self._send(404, {"detail": "Not Found"}, {})
        elif not self.path.startswith("/v1/models") or (
            wanted and (wanted not in self.owner.models or self.owner.unfindable)
        ):
            self._error(404, {"message": f"The model {wanted!r} does not exist", "code": "model_not_found"}, {})
        elif self._authorized():
            self._send(200, next((m for m in listed if m["id"] == wanted), {"object": "list", "data": listed}), {})

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        read = self.rfile.read(length)
        if len(read) < length:  # the client was killed
            self.close_connection = True
            return
        body = json.loads(read)
        if self.path not in {"/v1/chat/completions", "/v1/responses"}:
            self._error(404, {"message": "no such path", "code": None}, {})
            return
        asked = Asked(body, dict(self.headers.items()), time.monotonic())
        behavior = self.owner.receive(asked)
        if not self._authorized():
            return
        self.owner.pause(behavior.delay)
        if behavior.reset:
            # Close with a reset instead of an orderly end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
        elif behavior.error is not None:
            self._error(behavior.status, behavior.error, behavior.headers)
        elif asked.form in behavior.rejects:
            self._error(400, {"message": f"response_format {asked.form} is not supported", "code": None}, {})
        elif behavior.template:
            body = _filled(behavior.template, self.owner.answer(asked))
            self._write(behavior.status, body, behavior.content_type, behavior.headers)
        elif behavior.body is not None:
            self._write(behavior.status, behavior.body, behavior.content_type, behavior.headers)
        else:
            said = behavior.say(self.owner.answer(asked))
            self._send(200, _formed(asked, behavior, said), behavior.headers)

    def _authorized(self) -> bool:
        given = self.headers.get("authorization", "").removeprefix("Bearer ")
        if self.owner.key in {None, given}:
            return True
        said = f"Incorrect API key provided: {given[:6]}***{given[-4:]}."
        self._error(401, {"message": said, "code": "invalid_api_key"}, {})
        return False

    def _error(self, status: int, error: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        self._send(status, {"error": {"type": "error", "param": None, **error}}, headers)

    def _send(self, status: int, value: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        self._write(status, json.dumps(value).encode(), "application/json", headers)

    def _write(self, status: int, body: bytes, content_type: str, headers: Mapping[str, str]) -> None:
        try:
            self.send_response_only(status)
            for name, value in {"content-type": content_type, "content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            self.close_connection = True  # the client gave up waiting
