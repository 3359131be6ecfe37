"""Extracts a model server's error message and codes from the body of a failed request, in whatever form."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from watcher.domain.text import clipped, visible
from watcher.logs import redact

_LONGEST_QUOTE = 300
_LONGEST_READ = 4000
_DEEPEST = 5


@dataclass(frozen=True, slots=True)
class Said:
    """A model server's error message, and its codes (codes, types, reasons, states) in lower case.

    `own` is the message without quotations from the request; `status` is an HTTP status that the body states.
    """

    words: str
    own: str
    codes: frozenset[str]
    status: int | None = None


_WORDS: Final = (
    "message",
    "msg",
    "detail",
    "error_description",
    "error_message",
    "status_msg",
    "title",
    "raw",
    "reason",
)
_CODES: Final = ("code", "type", "status", "reason", "error", "param", "loc", "error_code", "finish_reason")
_INSIDE: Final = (
    "error",
    "errors",
    "detail",
    "details",
    "innererror",
    "metadata",
    "base_resp",
    "message",
    "cause",
    "raw",
)
_STATUSES: Final = ("code", "status", "error_code")
_HTTP_ERRORS: Final = frozenset(map(str, range(400, 600)))
_MARKUP: Final = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)


def said_in(body: object, question: str = "") -> Said:
    """Extract the error message and codes from a body: a JSON object or list, JSON inside a string, HTML or plain
    text.
    """
    found = _Found()
    found.take(body)
    text = visible(" / ".join(dict.fromkeys(filter(None, map(_plain, found.words)))))[:_LONGEST_READ]
    return Said(
        text, _without(text, question).replace("’", "'"), frozenset(found.codes), next(iter(found.statuses), None)
    )


def parsed(text: Any) -> Any:
    """Parse a string that holds a JSON object or list; return any other value unchanged."""
    if isinstance(text, str) and text.lstrip()[:1] in {"{", "["}:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass
    return text


@dataclass(slots=True)
class _Found:
    """The error messages and codes found in a body so far, without what the server echoes of the request (`input`)."""

    words: list[str] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    statuses: list[int] = field(default_factory=list)

    def take(self, value: Any, depth: int = 0) -> None:
        """Search strings, lists and objects for error messages and codes, wherever servers put them."""
        inner = parsed(value)
        if depth > _DEEPEST or inner is None:
            return
        if isinstance(inner, str):
            self.words.append(inner)
        elif isinstance(inner, list):
            for each in inner[:10]:
                self.take(each, depth + 1)
        elif isinstance(inner, dict):
            self._take_object(inner, depth)

    def _take_object(self, value: dict[str, Any], depth: int) -> None:
        self.codes |= {str(each).lower() for name in _CODES for each in _flat(value.get(name))}
        self.statuses += [int(value[name]) for name in _STATUSES if str(value.get(name)) in _HTTP_ERRORS]
        for name in _WORDS:
            if isinstance(value.get(name), str):
                self.take(value[name], depth + 1)
        for name in _INSIDE:
            if isinstance(value.get(name), dict | list) or name == "error":
                self.take(value.get(name), depth + 1)
        if isinstance(value.get("retryDelay"), str):
            self.words.append(f"retry in {value['retryDelay']}")


def _flat(value: Any) -> Iterator[str | int]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str | int) and len(str(each)) <= 80:
            yield each


def _plain(text: str) -> str:
    """The text of an HTML page."""
    if re.search(r"<(?:html|body|head|title|h1|p|center|!doctype)\b", text[:2000], re.IGNORECASE):
        text = html.unescape(_MARKUP.sub(" ", text))
    return " ".join(text.split())


def _without(words: str, question: str) -> str:
    """The message without runs of six words that are in the request: a paper that quotes an error must not count as
    one.
    """
    if not question:
        return words
    given, asked = words.split(), " ".join(question.split())
    quoted = {i for i in range(len(given) - 5) if " ".join(given[i : i + 6]) in asked}
    kept = [word for i, word in enumerate(given) if not any(start in quoted for start in range(i - 5, i + 1))]
    return " ".join(kept)


def quotable(said: Said, secret: str) -> str:
    """A model server's error message in a form that may be logged and shown: short, without control characters, and
    without any part of the API key `secret`.
    """
    text = said.words or ", ".join(sorted(said.codes)) or "no words"
    if secret:
        text = text.replace(secret, "***")
        ends = (re.escape(secret[:5]), re.escape(secret[-4:])) if len(secret) > 8 else ()
        for end in ends:
            text = re.sub(rf"[^\s\"'(]*{end}[^\s\"')]*", "***", text)
    text = re.sub(r"[^\s\"'(:]*\*{3,}[^\s\"')]*", "***", text)
    return clipped(redact(text), _LONGEST_QUOTE)
