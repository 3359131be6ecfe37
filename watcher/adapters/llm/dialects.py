"""A Request -> the body of a chat completion or of a response, and the server's JSON back into an Answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from watcher.domain.errors import ModelError
from watcher.domain.text import encodable, visible
from watcher.ports import Request

# Ways to ask for JSON, best first; servers that lack one answer HTTP 400 or 422.
RUNGS = ("json_schema", "json_object", "plain")

_HIGHEST_COUNT = 2**31 - 1  # what an integer column of any database takes
_Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said, brought into a form that can be recorded: it has been paid for. Counts are tokens."""

    text: str
    model: str
    finish: str
    sent: int
    cached: int
    written: int


class Dialect(Protocol):
    """One of OpenAI's two ways to put a question. `path` is below the base URL."""

    path: str
    limit: str

    def body(self, model: str, request: Request, rung: str) -> dict[str, Any]:
        """What is posted; static parts first."""
        ...

    def read(self, said: object, otherwise: str) -> Answer:
        """What came back; `otherwise` is the model's name where the server gives none. Raises ModelError."""
        ...


class Chat:
    """chat.completions, which every compatible server speaks. `limit` is the field that bounds an answer."""

    path = "/chat/completions"

    def __init__(self, limit: str = "max_tokens") -> None:
        self.limit = limit

    def body(self, model: str, request: Request, rung: str) -> dict[str, Any]:
        """Messages, and the form of the answer by rung."""
        messages = [{"role": "system", "content": request.system}, {"role": "user", "content": request.user}]
        body: dict[str, Any] = {"model": model, "messages": messages}
        if rung == "json_schema":
            body["response_format"] = {"type": rung, "json_schema": _schema(request)}
        elif rung == "json_object":
            body["response_format"] = {"type": rung}
        return body

    def read(self, said: object, otherwise: str) -> Answer:
        """The first choice's message. Raises ModelError when there is none."""
        answer = _dict(said)
        choice = _dict(_first(answer.get("choices")))
        message = choice.get("message")
        if not isinstance(message, dict) or not isinstance(message.get("content"), str | None):
            raise ModelError("the server's answer is not a chat completion")
        refusal = message.get("refusal")
        usage = _dict(answer.get("usage"))
        return Answer(
            text=encodable(str(refusal) if refusal else message.get("content") or ""),
            model=_name(answer.get("model"), otherwise, 200),
            finish="refusal" if refusal else _name(choice.get("finish_reason"), "stop", 32),
            sent=_count(usage, "prompt_tokens"),
            cached=_count(_dict(usage.get("prompt_tokens_details")), "cached_tokens"),
            written=_count(usage, "completion_tokens"),
        )


class Responses:
    """OpenAI's own newer way. Nothing is stored there: by default it would be, for 30 days."""

    path = "/responses"
    limit = "max_output_tokens"

    _CUT: Mapping[object, str] = {"max_output_tokens": "length", "content_filter": "content_filter"}

    def body(self, model: str, request: Request, rung: str) -> dict[str, Any]:
        """Instructions, input, and the form of the answer by rung; one cache key a stage, as its prefix is one."""
        body: dict[str, Any] = {
            "model": model,
            "instructions": request.system,
            "input": request.user,
            "store": False,
            "prompt_cache_key": f"literature-watcher-{request.stage}",
        }
        if rung == "json_schema":
            body["text"] = {"format": {"type": rung, **_schema(request)}}
        elif rung == "json_object":
            body["text"] = {"format": {"type": rung}}
        return body

    def read(self, said: object, otherwise: str) -> Answer:
        """The text of all messages. Raises ModelError when the response failed or is none."""
        answer = _dict(said)
        if answer.get("status") == "failed":
            reason = _dict(answer.get("error")).get("message")
            raise ModelError(f"the server could not answer: {visible(str(reason))[:200]}")
        output = answer.get("output")
        if not isinstance(output, list):
            raise ModelError("the server's answer is not a response")
        parts = [part for item in map(_dict, output) for part in map(_dict, _list(item.get("content")))]
        refusals = [str(part["refusal"]) for part in parts if part.get("refusal")]
        texts = [part["text"] for part in parts if isinstance(part.get("text"), str) and part.get("type") != "refusal"]
        reason = _dict(answer.get("incomplete_details")).get("reason")
        cut = self._CUT.get(reason, "length") if answer.get("status") == "incomplete" else "stop"
        usage = _dict(answer.get("usage"))
        return Answer(
            text=encodable("".join(refusals or texts)),
            model=_name(answer.get("model"), otherwise, 200),
            finish="refusal" if refusals else cut,
            sent=_count(usage, "input_tokens"),
            cached=_count(_dict(usage.get("input_tokens_details")), "cached_tokens"),
            written=_count(usage, "output_tokens"),
        )


DIALECTS: Mapping[str, Dialect] = {"chat": Chat(), "responses": Responses()}


def _schema(request: Request) -> dict[str, Any]:
    return {"name": request.schema_name, "strict": True, "schema": dict(request.schema)}


def _dict(value: object) -> _Json:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _first(value: object) -> object:
    return value[0] if isinstance(value, list) and value else None


def _name(said: object, otherwise: str, longest: int) -> str:
    """A server's word that a reply is recorded with: what cannot be recorded would be paid for and lost."""
    return (visible(said)[:longest] if isinstance(said, str) else "") or otherwise


def _count(counted: _Json, field: str) -> int:
    """A count that servers may leave out, send as null or get wrong beyond all measure."""
    value = counted.get(field)
    return value if isinstance(value, int) and 0 <= value <= _HIGHEST_COUNT else 0
