"""A Request, turned into a question to any OpenAI-compatible server and its answer into a Reply."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import openai
import stamina

from watcher.adapters.llm.dialects import DIALECTS, RUNGS, Answer, Dialect
from watcher.adapters.llm.failures import NotOffered, Unsupported, translated
from watcher.adapters.llm.purse import Purse
from watcher.adapters.llm.rate import Rate
from watcher.bounded import BoundedClient
from watcher.domain.budget import Price, Spending
from watcher.domain.card import Usage
from watcher.domain.errors import ModelError, ModelRefused, QuestionRefused
from watcher.domain.text import visible
from watcher.ports import Abilities, Reply, Request

Prices = Mapping[str, tuple[float, float, float]]
"""US dollars per million tokens by model: (input, cached input, output)."""

_WITHHELD = frozenset({"refusal", "content_filter"})
_CHECK_SECONDS = 10.0
_OTHER_LIMIT = {
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
}  # servers take one of them


class OpenAIModel:
    """A LanguageModel in one of two dialects: chat.completions, or OpenAI's Responses.

    `timeout` is in seconds a request. Failures that may pass are tried `attempts` times in all, `wait` seconds
    apart at first; a server that asks for more than `patience` seconds is left alone. What only people can mend is
    not asked again for `rest` seconds. `options` are further arguments of the call (temperature, reasoning_effort …);
    none are sent unless configured.
    """

    recorded = False

    def __init__(
        self,
        model: str,
        base_url: str,
        api_key: str,
        abilities: Abilities,
        *,
        dialect: Dialect = DIALECTS["chat"],
        timeout: float = 120.0,
        attempts: int = 4,
        wait: float = 0.5,
        patience: float = 20.0,
        rest: float = 60.0,
        prices: Prices | None = None,
        purse: Purse | None = None,
        rate: Rate | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = model
        self._base_url = base_url
        self._key = api_key
        self._about = f"{model} at {urlsplit(base_url).netloc.rpartition('@')[2]}"
        self._abilities = abilities
        self._dialect = dialect
        self._timeout = timeout
        self._patience = patience
        self._prices = prices or {}
        self._purse, self._rate = purse, rate
        self._limit = dialect.limit
        self._options = options or {}
        self._rung: str | None = None  # the one that worked last in this process
        self._breaker = _Breaker(rest)
        # The SDK's own retries would repeat insufficient_quota, wait up to 120 s, and bill in secret. A local
        # server needs no key, but the SDK insists on one.
        http_client = BoundedClient(follow_redirects=True)
        self._client = openai.OpenAI(
            api_key=api_key or "none", base_url=base_url, max_retries=0, http_client=http_client
        )
        self._retrying = stamina.RetryingCaller(
            attempts=attempts, timeout=None, wait_initial=wait, wait_max=patience, wait_jitter=wait / 2
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def ask(self, request: Request) -> Reply:
        """Answer by the best rung of RUNGS this server takes. Raises ModelError, ModelRefused or QuestionRefused."""
        self._breaker.check()
        known = self._rung or self._abilities.ability(self._base_url, self.name)
        refusals: list[Unsupported] = []
        for rung in RUNGS[RUNGS.index(known) if known in RUNGS else 0 :]:
            try:
                answer = self._retrying(self._worth_repeating, self._answer, request, rung)
            except Unsupported as error:
                refusals.append(error)
                continue
            except ModelRefused as error:
                self._breaker.open(error)
                raise
            if rung != known:
                self._abilities.learn_ability(self._base_url, self.name, rung)
            self._rung = rung
            if answer.finish in _WITHHELD:
                raise QuestionRefused(f"no answer ({answer.finish}): {visible(answer.text)[:300]}", about=self._about)
            return Reply(answer.text, answer.model, answer.finish, self._usage(request, answer))
        raise refusals[0]

    def check(self) -> None:
        """Whether the server still offers the model. Raises ModelRefused when it does not, or refuses the key.

        A server that does not say, or cannot be reached now, passes: the first question will tell.
        """
        try:
            self._client.models.retrieve(self.name, timeout=_CHECK_SECONDS)
        except (openai.OpenAIError, ValueError) as error:
            found = translated(error, self._about, self._key)
            refused_key = isinstance(error, openai.AuthenticationError)
            if refused_key or (isinstance(found, NotOffered) and not self._listed()):
                raise found from None

    def _listed(self) -> bool:
        """Some servers list models whose names they cannot look up, such as those with a slash."""
        try:
            return any(model.id == self.name for model in self._client.models.list(timeout=_CHECK_SECONDS))
        except (openai.OpenAIError, ValueError):
            return False

    def _worth_repeating(self, error: Exception) -> bool | float:
        """Stamina's question: no, yes, or yes after this many seconds."""
        if isinstance(error, ModelRefused | QuestionRefused) or not isinstance(error, ModelError):
            return False
        if error.retry_after is None:
            return True
        return error.retry_after if error.retry_after <= self._patience else False

    def _answer(self, request: Request, rung: str) -> Answer:
        """One question, with the name of the limit that this server takes."""
        body = self._dialect.body(self.name, request, rung) | dict(self._options)
        if self._purse is not None:
            body.setdefault(self._limit, self._purse.answer_tokens)
        try:
            return self._post(body)
        except Unsupported as error:
            other = _OTHER_LIMIT.get(self._limit, "")
            if self._limit not in body or self._limit not in error.message or other not in error.message:
                raise
            body[other] = body.pop(self._limit)
            self._limit = other
            return self._post(body)

    def _post(self, body: Mapping[str, Any]) -> Answer:
        """One HTTP request, within the day's caps: what may have been billed counts, even where no answer came."""
        if self._purse is None:
            return self._send(body)
        reserved = self._purse.reserve(json.dumps(body, ensure_ascii=False), self._price(self.name))
        spent: Spending | None = None
        try:
            answer = self._send(body)
            if answer.sent or answer.written:  # a server that counts nothing leaves the reservation as it stands
                spent = Spending(answer.sent + answer.written, self._cost(answer))
        except ModelError as error:
            spent = Spending(0, 0.0) if error.unanswered else None
            raise
        finally:
            self._purse.done(reserved, spent)
        return answer

    def _send(self, body: Mapping[str, Any]) -> Answer:
        if self._rate is None:
            return self._sent(body)
        guessed = self._rate.enter(json.dumps(body, ensure_ascii=False))
        answer = self._sent(body)
        self._rate.done(guessed, answer.sent + answer.written)
        return answer

    def _sent(self, body: Mapping[str, Any]) -> Answer:
        try:
            said = self._client.post(
                self._dialect.path, cast_to=object, body=dict(body), options={"timeout": self._timeout}
            )
        except (openai.OpenAIError, ValueError) as error:  # the SDK lets a malformed body's JSONDecodeError through
            raise translated(error, self._about, self._key) from None  # the cause may quote the key
        try:
            return self._dialect.read(said, self.name)
        except ModelError as error:
            raise ModelError(error.message, about=self._about) from None

    def _price(self, model: str) -> Price:
        return Price(*(self._prices.get(self.name) or self._prices.get(model) or (0.0, 0.0, 0.0)))

    def _cost(self, answer: Answer) -> float:
        return self._price(answer.model).of(answer.sent, answer.cached, answer.written)

    def _usage(self, request: Request, answer: Answer) -> Usage:
        chars = len(request.system) + len(request.user)
        return Usage(1, answer.sent, chars, answer.written, self._cost(answer))


class _Breaker:
    """Keeps a question that only people can make answerable from being put again and again."""

    def __init__(self, rest: float) -> None:
        self._rest = rest
        self._lock = threading.Lock()
        self._refusal: ModelRefused | None = None
        self._until = 0.0

    def open(self, refusal: ModelRefused) -> None:
        """Refuse in the same words for a while."""
        with self._lock:
            self._refusal, self._until = refusal, time.monotonic() + self._rest

    def check(self) -> None:
        """Raise the refusal that stands."""
        with self._lock:
            if self._refusal is not None and time.monotonic() < self._until:
                raise self._refusal.with_traceback(None)
