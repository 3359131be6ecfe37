"""What the openai client raises, turned into the product's errors without a secret in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import openai

from watcher.domain.errors import ModelError, ModelRefused
from watcher.domain.text import visible

_NO_CREDIT = ("the account's credit is used up", "add credit or use another key")

# Statuses and codes that stay until someone mends them. For 401 the server's own words quote a part of the key.
_STANDING: dict[object, tuple[str, str]] = {
    401: ("the server refuses the key", "check OPENAI_API_KEY"),
    402: _NO_CREDIT,
    403: ("the server denies access", "check the key's project and rights"),
    "insufficient_quota": _NO_CREDIT,
    "model_not_found": ("the server does not offer this model", "set WATCHER_MODEL"),
}

# Statuses and codes that concern this one request's content, and the `finish` they amount to.
_CONTENT: dict[object, str] = {413: "length", "context_length_exceeded": "length", "content_filter": "content_filter"}

# Compatible servers say in words what OpenAI says in a code.
_SIGNS_IN_WORDS = {
    "model_not_found": re.compile(r"\bmodel\b.*\b(?:not found|does not exist)", re.IGNORECASE),
    "context_length_exceeded": re.compile(r"\bcontext (?:length|size|window)\b", re.IGNORECASE),
}
_LONGEST_QUOTE = 200


class Unsupported(ModelRefused):
    """The server takes no request of this form; it may take a plainer one."""


class NotOffered(ModelRefused):
    """The server does not offer the model, or not any more."""


class Crowded(ModelError):
    """The server takes no more requests for now."""


class BeyondRequest(ModelError):
    """The server takes the form but not this content; `finish` says why, as a Reply would."""

    def __init__(self, message: str, finish: str) -> None:
        super().__init__(message)
        self.finish = finish


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
    if status in {400, 404}:
        signs |= {sign for sign, words in _SIGNS_IN_WORDS.items() if words.search(said)}
    for sign in signs & _STANDING.keys():
        message, remedy = _STANDING[sign]
        kind = NotOffered if sign == "model_not_found" else ModelRefused
        return kind(message, about=about, remedy=remedy)
    for sign in signs & _CONTENT.keys():
        return BeyondRequest(said, _CONTENT[sign])
    if status in {400, 404, 422}:
        return Unsupported(f"HTTP {status}: {said}", about=about, remedy="check the model's options")
    if status in {408, 409, 429} or status >= 500:
        failure = Crowded if status == 429 else ModelError
        return failure(f"HTTP {status}: {said}", about=about, retry_after=retry_after(error.response.headers))
    return ModelRefused(f"HTTP {status}: {said}", about=about, remedy="check OPENAI_BASE_URL")


def content_finish(code: object) -> str | None:
    """What a code amounts to as the `finish` of a reply, if it concerns the content of one request."""
    return _CONTENT.get(code) if isinstance(code, str) else None


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
