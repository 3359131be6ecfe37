"""OpenAI's two APIs, chat completions and Responses: builds request bodies, and reads responses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from watcher.adapters.llm.places import answer_in, finish_of, list_of, mapping, text_of, withheld_in
from watcher.domain.replies import holds_json
from watcher.domain.text import encodable, visible
from watcher.ports import Manner, Request

FORMATS = ("json_schema", "json_object", "plain")
"""Response formats, best first."""

_HIGHEST_COUNT = 2**31 - 1  # what an integer column of any database takes
_Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """The content of a model server's response: the text, the model's name, the finish reason, and the tokens `sent`,
    `cached` (part of those) and `written`.
    """

    text: str
    model: str
    finish: str
    sent: int
    cached: int
    written: int


class Unreadable(Exception):
    """Error: the JSON response of a model server is not one of this API."""


# Built and read from plain JSON, not by the SDK's typed calls: those raise on a truncated answer and drop what a careless
# server adds.
class Dialect(Protocol):
    """Protocol of OpenAI's two APIs, chat completions and Responses. `path` is the endpoint below the base URL, `limit`
    the name of the field that limits the answer's length.
    """

    path: str
    limit: str

    def body(self, model: str, request: Request, manner: Manner) -> dict[str, Any]:
        """Build the JSON body of a request in the variant (Manner: response format, fields) that the server accepts;
        static parts come first, for the server's prompt cache.
        """
        ...

    def read(self, said: object, otherwise: str) -> Answer:
        """Parse a server's JSON response; `otherwise` is the model's name if the response states none. Raises
        Unreadable.
        """
        ...


class Chat:
    """OpenAI's chat completions API, which every compatible server has. `limit` is the name of the field that limits
    the answer's length.
    """

    path = "/chat/completions"

    def __init__(self, limit: str = "max_tokens") -> None:
        self.limit = limit

    def body(self, model: str, request: Request, manner: Manner) -> dict[str, Any]:
        """Build the JSON body of a chat completions request, with messages and response format."""
        messages = [{"role": "system", "content": request.system}, {"role": "user", "content": request.user}]
        if not manner.system:
            messages = [{"role": "user", "content": f"{request.system}\n\n{request.user}"}]
        body: dict[str, Any] = {"model": model, "messages": messages}
        if manner.format == "json_schema":
            body["response_format"] = {"type": manner.format, "json_schema": _schema(request)}
        elif manner.format == "json_object":
            body["response_format"] = {"type": manner.format}
        return body

    def read(self, said: object, otherwise: str) -> Answer:
        """Parse a chat completions response: its first choice with JSON, else its first. A choice without a message
        counts as withheld by a content filter. Raises Unreadable.
        """
        answer = mapping(said)
        choices = list_of(answer.get("choices"))
        if not choices and not withheld_in(answer):
            raise Unreadable("the server's answer is not a chat completion")
        choice = next((each for each in map(mapping, choices) if holds_json(answer_in(_given(each)))), None)
        choice = choice or mapping(next(iter(choices), None))
        given = _given(choice)
        message = {} if given is choice else given
        refusal = message.get("refusal")
        finish = finish_of(choice.get("finish_reason"))
        if not choice.keys() & {"message", "delta", "text"}:
            finish = "content_filter" if finish != "length" else finish
        usage = mapping(answer.get("usage"))
        return Answer(
            text=encodable(str(refusal) if refusal else answer_in(given)),
            model=_name(answer.get("model"), otherwise, 200),
            finish="refusal" if refusal else finish,
            sent=_count(usage, "prompt_tokens"),
            cached=_count(mapping(usage.get("prompt_tokens_details")), "cached_tokens"),
            written=_count(usage, "completion_tokens"),
        )


class Responses:
    """OpenAI's newer Responses API. Requests ask the server to store nothing; by default OpenAI stores them for 30
    days.
    """

    path = "/responses"
    limit = "max_output_tokens"

    def body(self, model: str, request: Request, manner: Manner) -> dict[str, Any]:
        """Build the JSON body of a Responses API request, with instructions, input, response format, and a prompt cache
        key for each pipeline stage.
        """
        body: dict[str, Any] = {
            "model": model,
            "instructions": request.system,
            "input": request.user,
            "store": False,
            "prompt_cache_key": f"literature-watcher-{request.stage}",
        }
        if not manner.system:
            body["input"] = f"{body.pop('instructions')}\n\n{request.user}"
        if manner.format == "json_schema":
            body["text"] = {"format": {"type": manner.format, **_schema(request)}}
        elif manner.format == "json_object":
            body["text"] = {"format": {"type": manner.format}}
        return body

    def read(self, said: object, otherwise: str) -> Answer:
        """Parse a response of the Responses API: the text of all messages; if there is none, the arguments of a tool
        call, else JSON at the end of the reasoning. Raises Unreadable.
        """
        answer = mapping(said)
        output = answer.get("output")
        if not isinstance(output, list):
            raise Unreadable("the server's answer is not a response")
        items = [mapping(item) for item in output]
        parts = [mapping(part) for item in items for part in list_of(item.get("content"))]
        refusals = [str(part["refusal"]) for part in parts if part.get("refusal")]
        thoughts = [text_of(item.get("content"), thoughts=True) for item in items if item.get("type") == "reasoning"]
        given = {
            "content": [
                item.get("content") for item in items if item.get("type") not in {"reasoning", "function_call"}
            ],
            "tool_calls": [{"function": item} for item in items if item.get("type") == "function_call"],
            "reasoning": "".join(thoughts),
        }
        reason = mapping(answer.get("incomplete_details")).get("reason")
        finish = "length" if reason is None else finish_of(reason)
        usage = mapping(answer.get("usage"))
        return Answer(
            text=encodable("".join(refusals) or answer_in(given)),
            model=_name(answer.get("model"), otherwise, 200),
            finish="refusal" if refusals else finish if answer.get("status") == "incomplete" else "stop",
            sent=_count(usage, "input_tokens"),
            cached=_count(mapping(usage.get("input_tokens_details")), "cached_tokens"),
            written=_count(usage, "output_tokens"),
        )


DIALECTS: Mapping[str, Dialect] = {"chat": Chat(), "responses": Responses()}


def error_in(said: object) -> str | None:
    """The error in a model server's response that came with HTTP 200, as JSON; None if there is no error, or there is
    an answer.
    """
    body = said
    if isinstance(body, list) and body:
        body = body[0]
    if not isinstance(body, dict):
        return None
    choice = mapping(next(iter(list_of(body.get("choices"))), None))
    found = body.get("error") or choice.get("error")
    holds_answer = choice.get("message") or body.get("output")
    if found and not (holds_answer and body.get("status") != "failed" and not choice.get("error")):
        return json.dumps({"error": found})
    if body.get("choices") or body.get("output") or isinstance(body.get("message"), dict):
        return None
    if not body.keys() & _ERROR_FIELDS:
        return None
    return json.dumps(body)


_ERROR_FIELDS = frozenset({"message", "detail", "base_resp", "error_msg", "error_message", "errors", "code"})


def _given(choice: _Json) -> _Json:
    """The message of a choice, or the choice itself if it has none."""
    return mapping(choice.get("message") or choice.get("delta")) or choice


def _schema(request: Request) -> dict[str, Any]:
    return {"name": request.schema_name, "strict": True, "schema": dict(request.schema)}


def _name(said: object, otherwise: str, longest: int) -> str:
    """A text of the server's (model name, finish reason) made storable; one that cannot be stored would lose a paid
    reply.
    """
    return (visible(said)[:longest] if isinstance(said, str) else "") or otherwise


def _count(counted: _Json, field: str) -> int:
    """A token count, which servers may leave out, send as null, or get wrong by orders of magnitude."""
    value = counted.get(field)
    return value if isinstance(value, int) and 0 <= value <= _HIGHEST_COUNT else 0
