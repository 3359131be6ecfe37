"""OpenAI's two APIs, chat completions and Responses: builds request bodies, and reads responses. The model's text is looked
for in many places, because servers put it into different fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
class Chat:
    """OpenAI's chat completions API, which every compatible server has. `path` is the endpoint below the base URL,
    `limit` the name of the field that limits the answer's length.
    """

    path = "/chat/completions"

    def __init__(self, limit: str = "max_tokens") -> None:
        self.limit = limit

    def body(self, model: str, request: Request, manner: Manner) -> dict[str, Any]:
        """Build the JSON body of a chat completions request in the variant (Manner: response format, fields) that the
        server accepts; static parts come first, for the server's prompt cache.
        """
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
        counts as withheld by a content filter. `otherwise` is the model's name if the response states none. Raises
        Unreadable.
        """
        answer = _mapping(said)
        choices = _list_of(answer.get("choices"))
        if not choices and not _withheld_in(answer):
            raise Unreadable("the server's answer is not a chat completion")
        choice = next((each for each in map(_mapping, choices) if holds_json(_answer_in(_given(each)))), None)
        choice = choice or _mapping(next(iter(choices), None))
        given = _given(choice)
        message = {} if given is choice else given
        refusal = message.get("refusal")
        finish = _finish_of(choice.get("finish_reason"))
        if not choice.keys() & {"message", "delta", "text"}:
            finish = "content_filter" if finish != "length" else finish
        usage = _mapping(answer.get("usage"))
        return Answer(
            text=encodable(str(refusal) if refusal else _answer_in(given)),
            model=_name(answer.get("model"), otherwise),
            finish="refusal" if refusal else finish,
            sent=_count(usage, "prompt_tokens"),
            cached=_count(_mapping(usage.get("prompt_tokens_details")), "cached_tokens"),
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
        answer = _mapping(said)
        output = answer.get("output")
        if not isinstance(output, list):
            raise Unreadable("the server's answer is not a response")
        items = [_mapping(item) for item in output]
        parts = [_mapping(part) for item in items for part in _list_of(item.get("content"))]
        refusals = [str(part["refusal"]) for part in parts if part.get("refusal")]
        thoughts = [_text_of(item.get("content"), thoughts=True) for item in items if item.get("type") == "reasoning"]
        given = {
            "content": [
                item.get("content") for item in items if item.get("type") not in {"reasoning", "function_call"}
            ],
            "tool_calls": [{"function": item} for item in items if item.get("type") == "function_call"],
            "reasoning": "".join(thoughts),
        }
        reason = _mapping(answer.get("incomplete_details")).get("reason")
        finish = "length" if reason is None else _finish_of(reason)
        usage = _mapping(answer.get("usage"))
        return Answer(
            text=encodable("".join(refusals) or _answer_in(given)),
            model=_name(answer.get("model"), otherwise),
            finish="refusal" if refusals else finish if answer.get("status") == "incomplete" else "stop",
            sent=_count(usage, "input_tokens"),
            cached=_count(_mapping(usage.get("input_tokens_details")), "cached_tokens"),
            written=_count(usage, "output_tokens"),
        )


Dialect = Chat | Responses
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
    choice = _mapping(next(iter(_list_of(body.get("choices"))), None))
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
    return _mapping(choice.get("message") or choice.get("delta")) or choice


def _schema(request: Request) -> dict[str, Any]:
    return {"name": request.schema_name, "strict": True, "schema": dict(request.schema)}


def _name(said: object, otherwise: str) -> str:
    """The model's name as the server states it, made storable; one that cannot be stored would lose a paid reply."""
    return (visible(said)[:200] if isinstance(said, str) else "") or otherwise


def _count(counted: _Json, field: str) -> int:
    """A token count, which servers may leave out, send as null, or get wrong by orders of magnitude."""
    value = counted.get(field)
    return value if isinstance(value, int) and 0 <= value <= _HIGHEST_COUNT else 0


_WITHHELD = re.compile(
    r"content[ _-]?filter|safety|recitation|blocklist|blocked|prohibited|spii|moderat|sensitive|guardrail|violation|policy",
    re.IGNORECASE,
)
_CUT = re.compile(r"length|max_?(?:output_|completion_|new_)?tokens|token_?limit|context_?window", re.IGNORECASE)
_END = re.compile(r"(?:\s|```|<\|[^|<>]*\|>|</?\w+>)*$")


def _finish_of(said: object) -> str:
    """The normalized reason why a model ended its answer: `content_filter`, `refusal`, `length`, or the server's own
    word of at most 32 characters; `stop` if none is given.
    """
    text = visible(said) if isinstance(said, str) else ""
    if _WITHHELD.search(text):
        return "content_filter"
    if re.search(r"refus", text, re.IGNORECASE):
        return "refusal"
    if _CUT.search(text):
        return "length"
    return text[:32] or "stop"


def _withheld_in(answer: Mapping[str, Any]) -> bool:
    """Whether a response without an answer says that the prompt was blocked (the filter results of Azure, Gemini)."""
    told = json.dumps([answer.get(name) for name in ("prompt_filter_results", "promptFeedback", "prompt_feedback")])
    return re.search(r'"filtered": true|"block_?reason": "', told, re.IGNORECASE) is not None


_STREAM_EVENT = re.compile(r"^data:\s*(\{.*\})\s*$", re.MULTILINE)
_STREAMED = ("content", "reasoning_content", "reasoning", "refusal")


def joined(said: object) -> object:
    """The response that the events of a stream add up to, from a server that streams without being asked to; an error
    object if the stream broke off. Any other value is returned unchanged.
    """
    if not isinstance(said, str) or not (found := _STREAM_EVENT.findall(said)):
        return said
    events = [_mapping(parsed(each)) for each in found]
    whole = [event["response"] for event in events if isinstance(event.get("response"), dict)]
    if whole and whole[-1].get("output"):
        return whole[-1]
    choices = [_mapping(next(iter(_list_of(event.get("choices"))), None)) for event in events]
    ends = [choice["finish_reason"] for choice in choices if choice.get("finish_reason")]
    failed = next((event for event in events if event.get("error")), None)
    if failed or not ends:
        return failed or {"error": {"message": "the stream of the answer broke off"}}
    parts = [_mapping(choice.get("delta")) for choice in choices]
    message = {name: "".join(_text_of(part.get(name)) for part in parts) for name in _STREAMED}
    last = {name: each for event in events for name, each in event.items() if name in {"model", "usage"} and each}
    return {**last, "choices": [{"message": message, "finish_reason": ends[-1]}]}


def _answer_in(message: Mapping[str, Any]) -> str:
    """The text of a model's answer in a message object: its content, else the arguments of a tool call, else JSON at
    the end of the reasoning.
    """
    content = _text_of(message.get("content")) or _text_of(message.get("text")) or _text_of(message.get("parsed"))
    if content.strip():
        return content
    calls = [_mapping(_mapping(call).get("function")) for call in _list_of(message.get("tool_calls"))]
    calls.append(_mapping(message.get("function_call")))
    arguments = "".join(_text_of(call.get("arguments")) for call in calls)
    if arguments.strip():
        return arguments
    for name in ("reasoning_content", "reasoning", "thinking", "thoughts", "reasoning_details"):
        thought = _text_of(message.get(name), thoughts=True)
        if _END.sub("", thought)[-1:] in {"}", "]"}:  # thoughts that end otherwise hold drafts at most
            return thought
    thought = _text_of(message.get("content"), thoughts=True)
    return thought if _END.sub("", thought)[-1:] in {"}", "]"} else content


def _text_of(value: object, *, thoughts: bool = False) -> str:
    """The text in part of a model server's response, which may be a string, a list of parts, or an object parsed from
    JSON. Parts with the model's reasoning are left out unless `thoughts`.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(_part(part, thoughts=thoughts) for part in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return ""


def _part(part: object, *, thoughts: bool) -> str:
    if not isinstance(part, dict):
        return _text_of(part, thoughts=thoughts)
    if part.get("type") in {"thinking", "reasoning", "reasoning_text"} and not thoughts:
        return ""
    for name in ("text", "content", "thinking", "value", "json"):
        inner = part.get(name)
        if isinstance(inner, dict):
            return str(inner["value"]) if isinstance(inner.get("value"), str) else _text_of(inner)
        if isinstance(inner, str | list):
            return _text_of(inner, thoughts=thoughts)
    return ""


def _mapping(value: object) -> Mapping[str, Any]:
    """The value if it is a JSON object, else {}; for reading responses that may have any form."""
    return value if isinstance(value, dict) else {}


def _list_of(value: object) -> list[Any]:
    """The value if it is a JSON list, else []; for reading responses that may have any form."""
    return value if isinstance(value, list) else []


def parsed(text: Any) -> Any:
    """Parse a string that holds a JSON object or list; return any other value unchanged."""
    if isinstance(text, str) and text.lstrip()[:1] in {"{", "["}:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass
    return text
