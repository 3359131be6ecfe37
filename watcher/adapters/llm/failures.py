"""What the openai client raises, turned into the product's errors without a secret in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import openai

from watcher.domain.errors import ModelError, ModelRefused, QuestionRefused
from watcher.domain.text import visible

_NO_CREDIT = ("the account's credit is used up", "add credit or use another key")

# Statuses and codes that stay until someone mends them. For 401 the server's own words quote a part of the key.
_STANDING: dict[object, tuple[str, str]] = {
    401: ("the server refuses the key", "check OPENAI_API_KEY"),
    402: _NO_CREDIT,
    "insufficient_quota": _NO_CREDIT,
    "no_access": ("the server denies access", "check the key's project and rights"),
    "model_not_found": ("the server does not offer this model", "set WATCHER_MODEL"),
}

# Statuses and codes that concern this one request's content, with what to do.
_CONTENT: dict[object, str] = {
    413: "ask about fewer papers at once",
    "context_length_exceeded": "ask about fewer papers at once",
    "content_filter": "ask about this paper alone",
}

# Compatible servers say in words what OpenAI says in a code.
_SIGNS_IN_WORDS = {
    "model_not_found": re.compile(r"\bmodel\b.*\b(?:not found|does not exist)", re.IGNORECASE),
    "no_access": re.compile(
        r"\b(?:no|not have|denied) access\b|\b(?:access|permission)s? (?:is )?denied\b", re.IGNORECASE
    ),
    "context_length_exceeded": re.compile(r"\bcontext (?:length|size|window)\b", re.IGNORECASE),
}
_LONGEST_QUOTE = 300


class Unsupported(QuestionRefused):
    """The server takes no request of this form, or not this question; it may take a plainer form."""


class NotOffered(ModelRefused):
    """The server does not offer the model, or not any more."""


def translated(error: Exception, about: str, secret: str) -> ModelError:
    """The ModelError that says what went wrong. A ModelRefused is not worth repeating, anything else may be.

    Codes and statuses: OpenAI's error guide; 402 is how resellers say that credit is used up.
    """
    match error:
        case openai.APITimeoutError():
            return ModelError("the server did not answer in time", about=about)
        case openai.APIConnectionError():
            return ModelError("no connection to the server", about=about, remedy="check OPENAI_BASE_URL")
        case openai.APIStatusError():
            failure = _by_status(error, about, secret)
            failure.unanswered = True
            return failure
        case _:
            return ModelError("the server's answer is not JSON", about=about)


def _by_status(error: openai.APIStatusError, about: str, secret: str) -> ModelError:
    status, said = error.status_code, _quotable(error, secret)
    signs = {status, error.code, error.type}
    if status in {400, 403, 404}:
        signs |= {sign for sign, words in _SIGNS_IN_WORDS.items() if words.search(said)}
    for sign in signs & _STANDING.keys():
        message, remedy = _STANDING[sign]
        kind = NotOffered if sign == "model_not_found" else ModelRefused
        return kind(message, about=about, remedy=remedy)
    for sign in signs & _CONTENT.keys():
        return QuestionRefused(f"HTTP {status}: {said}", about=about, remedy=_CONTENT[sign])
    if status in {400, 403, 422, 451}:
        return Unsupported(f"HTTP {status}: {said}", about=about, remedy="check the model's options")
    if status in {408, 409, 429} or status >= 500:
        return ModelError(f"HTTP {status}: {said}", about=about, retry_after=retry_after(error.response.headers))
    return ModelRefused(f"HTTP {status}: {said}", about=about, remedy="check OPENAI_BASE_URL")


def _quotable(error: openai.APIStatusError, secret: str) -> str:
    said = error.body.get("message") if isinstance(error.body, dict) else None
    text = visible(said if isinstance(said, str) else error.message)
    return (text.replace(secret, "***") if secret else text)[:_LONGEST_QUOTE]


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The server's wish in seconds: `retry-after-ms`, or `retry-after` as seconds or (against its own `date`) a date."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        return seconds if 0 <= seconds < float("inf") else None
    try:
        until = parsedate_to_datetime(headers.get("retry-after", ""))
        return max(0.0, (until - parsedate_to_datetime(headers.get("date", ""))).total_seconds())
    except (ValueError, TypeError):  # no date, or one with and one without a zone
        return None
