"""Finds the model's text in a server's JSON response, because servers put it into different fields."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from watcher.adapters.llm.words import parsed
from watcher.domain.text import visible

_WITHHELD = re.compile(
    r"content[ _-]?filter|safety|recitation|blocklist|blocked|prohibited|spii|moderat|sensitive|guardrail|violation|policy",
    re.IGNORECASE,
)
_CUT = re.compile(r"length|max_?(?:output_|completion_|new_)?tokens|token_?limit|context_?window", re.IGNORECASE)
_END = re.compile(r"(?:\s|```|<\|[^|<>]*\|>|</?\w+>)*$")


def finish_of(said: object) -> str:
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


def withheld_in(answer: Mapping[str, Any]) -> bool:
    """Whether a response without an answer says that the prompt was blocked (the filter results of Azure, Gemini)."""
    told = json.dumps([answer.get(name) for name in ("prompt_filter_results", "promptFeedback", "prompt_feedback")])
    return re.search(r'"filtered": true|"block_?reason": "', told, re.IGNORECASE) is not None


_EVENT = re.compile(r"^data:\s*(\{.*\})\s*$", re.MULTILINE)
_STREAMED = ("content", "reasoning_content", "reasoning", "refusal")


def joined(said: object) -> object:
    """The response that the events of a stream add up to, from a server that streams without being asked to; an error
    object if the stream broke off. Any other value is returned unchanged.
    """
    if not isinstance(said, str) or not (found := _EVENT.findall(said)):
        return said
    events = [mapping(parsed(each)) for each in found]
    whole = [event["response"] for event in events if isinstance(event.get("response"), dict)]
    if whole and whole[-1].get("output"):
        return whole[-1]
    choices = [mapping(next(iter(list_of(event.get("choices"))), None)) for event in events]
    ends = [choice["finish_reason"] for choice in choices if choice.get("finish_reason")]
    failed = next((event for event in events if event.get("error")), None)
    if failed or not ends:
        return failed or {"error": {"message": "the stream of the answer broke off"}}
    parts = [mapping(choice.get("delta")) for choice in choices]
    message = {name: "".join(text_of(part.get(name)) for part in parts) for name in _STREAMED}
    last = {name: each for event in events for name, each in event.items() if name in {"model", "usage"} and each}
    return {**last, "choices": [{"message": message, "finish_reason": ends[-1]}]}


def answer_in(message: Mapping[str, Any]) -> str:
    """The text of a model's answer in a message object: its content, else the arguments of a tool call, else JSON at
    the end of the reasoning.
    """
    content = text_of(message.get("content")) or text_of(message.get("text")) or text_of(message.get("parsed"))
    if content.strip():
        return content
    calls = [mapping(mapping(call).get("function")) for call in list_of(message.get("tool_calls"))]
    calls.append(mapping(message.get("function_call")))
    arguments = "".join(text_of(call.get("arguments")) for call in calls)
    if arguments.strip():
        return arguments
    for name in ("reasoning_content", "reasoning", "thinking", "thoughts", "reasoning_details"):
        thought = text_of(message.get(name), thoughts=True)
        if _END.sub("", thought)[-1:] in {"}", "]"}:  # thoughts that end otherwise hold drafts at most
            return thought
    thought = text_of(message.get("content"), thoughts=True)
    return thought if _END.sub("", thought)[-1:] in {"}", "]"} else content


def text_of(value: object, *, thoughts: bool = False) -> str:
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
        return text_of(part, thoughts=thoughts)
    if part.get("type") in {"thinking", "reasoning", "reasoning_text"} and not thoughts:
        return ""
    for name in ("text", "content", "thinking", "value", "json"):
        inner = part.get(name)
        if isinstance(inner, dict):
            return str(inner["value"]) if isinstance(inner.get("value"), str) else text_of(inner)
        if isinstance(inner, str | list):
            return text_of(inner, thoughts=thoughts)
    return ""


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is a JSON object, else {}; for reading responses that may have any form."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    """The value if it is a JSON list, else []; for reading responses that may have any form."""
    return value if isinstance(value, list) else []
