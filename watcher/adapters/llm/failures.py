"""Translates errors of a model server into this program's exceptions, quoting the server's own message."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import openai

from watcher.adapters.llm.figures import wait_in
from watcher.adapters.llm.kinds import Kind, kind_of
from watcher.adapters.llm.words import Said, quotable, said_in
from watcher.domain.errors import ModelError, ModelRefused, QuestionRefused

LEFT_TO_PEOPLE = "a person decides about this paper"
_REFUSED: Mapping[Kind, tuple[str, str]] = {
    Kind.KEY: ("the server refuses the key", "check OPENAI_API_KEY"),
    Kind.CREDIT: ("the account's credit is used up", "add credit or use another key"),
    Kind.MODEL: ("the server does not offer this model", "set WATCHER_MODEL"),
    Kind.ACCESS: ("the server denies access", "check the key's project and rights"),
    Kind.ADDRESS: ("the server has no such endpoint", "check OPENAI_BASE_URL"),
}
_QUESTION: Mapping[Kind, tuple[str, str]] = {
    Kind.CONTENT: ("the server refuses this question for what it holds", LEFT_TO_PEOPLE),
    Kind.SIZE: ("this question is too long for the model", "ask about fewer papers at once"),
}
_ASPECT: Mapping[Kind, str] = {
    Kind.FORMAT: "the server does not take this response format",
    Kind.LIMIT: "the server does not allow so long an answer",
    Kind.LIMIT_NAME: "the server does not know this limit of an answer",
    Kind.SYSTEM: "the server takes no system message",
    Kind.FIELD: "the server does not know a field",
}
_MAY_PASS = frozenset({408, 409, 425, 429})  # timeout, conflict, too early, too many requests
_OF_ONE_QUESTION = frozenset({400, 403, 413, 422, 451})  # unexplained: other questions may get through
_OUTAGE = frozenset({503, 504, 529})  # these say by themselves that it is not this request


class NotOffered(ModelRefused):
    """Error: the model server does not offer the requested model (any more)."""


class FormRefused(QuestionRefused):
    """Error: the server does not accept a technical part of this request; `kind` says which (response format, a field,
    a limit …).
    """

    def __init__(self, message: str, kind: Kind, said: Said, *, about: str, remedy: str) -> None:
        super().__init__(message, about=about, remedy=remedy)
        self.kind = kind
        self.said = said


class Unexplained(QuestionRefused):
    """Error: the model server refused the request without naming a cause, which may be its content or its form."""


class Crowded(ModelError):
    """Error: the model server accepts no more requests for now (HTTP 429)."""


class Broke(ModelError):
    """Error: the model server failed at this request (HTTP 5xx): a temporary failure, or one caused by the request's
    response format.
    """


def translated(error: Exception, about: str, secret: str, question: str = "") -> ModelError:
    """Translate an exception of the OpenAI library into a ModelError about the model `about`, without the API key
    `secret`.

    `question` is the prompt that was sent, so that quotations of it are not taken for the server's words. Statuses and
    codes are from OpenAI's error guide; the words from tests/adapters/llm/manners.py.
    """
    match error:
        case openai.APITimeoutError():
            return ModelError("the server did not answer in time", about=about, remedy="check the network")
        case openai.APIConnectionError():
            return ModelError(
                "no connection to the server", about=about, remedy="check the network and OPENAI_BASE_URL"
            )
        case openai.APIStatusError():
            response = error.response
            said = said_in(response.text, question)
            failure = from_words(response.status_code, said, about, secret)
            failure.unanswered = True
            if failure.retry_after is None:
                failure.retry_after = retry_after(response.headers)
            return failure
        case _:
            return ModelError("the server's answer is not JSON", about=about, remedy="check OPENAI_BASE_URL")


def from_words(status: int, said: Said, about: str, secret: str) -> ModelError:
    """Build the exception for an HTTP status and the error message of a model server. With status 200 the message is an
    error all the same.
    """
    told = f"HTTP {status}, error {said.status}" if said.status and status < 400 else f"HTTP {status}"
    words = f"{told}: {quotable(said, secret)}"
    status = said.status or status if status < 400 else status
    kind = kind_of(status, said)
    if kind in _REFUSED:
        cause, remedy = _REFUSED[kind]
        refused = NotOffered if kind is Kind.MODEL else ModelRefused
        return refused(f"{cause}: {words}", about=about, remedy=remedy)
    if kind in _QUESTION:
        cause, remedy = _QUESTION[kind]
        return QuestionRefused(f"{cause}: {words}", about=about, remedy=remedy)
    if kind in _ASPECT:
        remedy = "lower [budget] answer_tokens" if kind is Kind.LIMIT else "check WATCHER_MODEL and [llm] api"
        return FormRefused(f"{_ASPECT[kind]}: {words}", kind, said, about=about, remedy=remedy)
    if kind is Kind.PASSING or status >= 500 or status in _MAY_PASS or status < 400:
        passing = Crowded if status == 429 else ModelError
        broke = status not in _OUTAGE | _MAY_PASS and status >= 400
        return (Broke if broke else passing)(words, about=about, retry_after=wait_in(said))
    if status in _OF_ONE_QUESTION:
        return Unexplained(words, about=about, remedy="check WATCHER_MODEL and [llm] api")
    return ModelRefused(words, about=about, remedy="check OPENAI_BASE_URL")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds to wait according to a response's headers: `retry-after-ms`, or `retry-after` as seconds or as a date
    (measured from the response's `date`); None if there is none.
    """
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
