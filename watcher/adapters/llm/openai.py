"""Client for any model server with OpenAI's API (implements ports.LanguageModel), with its limits: the daily caps on tokens
and money, and the rate limit of requests and tokens per minute.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import openai
import stamina

from watcher.adapters.llm.dialects import DIALECTS, Answer, Dialect, Unreadable, error_in, joined, parsed
from watcher.adapters.llm.failures import (
    LEFT_TO_PEOPLE,
    Broke,
    Crowded,
    NotOffered,
    from_words,
    quotable,
    said_in,
    translated,
)
from watcher.adapters.llm.manners import Manners, other
from watcher.domain.budget import Cap, Caps, Price, Spending, Usage, day_start, max_spending
from watcher.domain.errors import CapReached, ModelError, ModelRefused, QuestionRefused
from watcher.domain.replies import holds_json
from watcher.domain.text import clipped, fingerprint, visible
from watcher.logs import configure_structlog
from watcher.net import BoundedClient
from watcher.ports import AbilityStore, Clock, Manner, RateLimits, Reply, Request, SpendingStore

configure_structlog()  # stamina logs through it

Prices = Mapping[str, tuple[float, float, float]]
"""US dollars per million tokens by model: (input, cached input, output)."""

_WITHHELD = frozenset({"refusal", "content_filter"})
_ENDED = _WITHHELD | {"length"}
_BROKEN_OFF = frozenset({"error", "network_error", "insufficient_system_resource", "abort", "cancelled"})
_CHECK_SECONDS = 10.0  # a run does not wait long for a mere check
_MOST_MANNERS = 8  # a bound on how often one question is put, since every answer may have to be paid


def _utc() -> datetime:
    return datetime.now(UTC)


class OpenAIModel:
    """Client for a language model behind one of OpenAI's APIs, chat completions or Responses.

    `timeout` is in seconds per request. Temporary failures are retried up to `attempts` requests in all with growing
    pauses, `wait` seconds at first; if the server asks for more than `patience` seconds, there is no retry. After an
    error that a person must mend, no request is sent for `rest` seconds.
    """

    recorded = False

    def __init__(
        self,
        model: str,
        base_url: str,
        api_key: str,
        abilities: AbilityStore,
        *,
        dialect: Dialect = DIALECTS["chat"],
        timeout: float = 120.0,
        attempts: int = 4,
        wait: float = 0.5,
        patience: float = 20.0,
        rest: float = 60.0,
        prices: Prices | None = None,
        spending: SpendingGuard | None = None,
        rate: RateLimiter | None = None,
        clock: Clock = _utc,
    ) -> None:
        self.name = model
        self._base_url = base_url
        self._key = api_key
        self._about = f"{model} at {urlsplit(base_url).netloc.rpartition('@')[2]}"
        self._manners = Manners(abilities, base_url, model, clock)
        self._dialect = dialect
        self._timeout = timeout
        self._patience = patience
        self._prices = prices or {}
        self._spending, self._rate = spending, rate
        self.response_format = ""  # of the last answer that held JSON
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
        """Close the HTTP connections to the model server."""
        self._client.close()

    def ask(self, request: Request) -> Reply:
        """Send a request to the model and return its reply; if the server refuses the form of the request, other forms
        are tried. Raises ModelError, ModelRefused (a person must act) or QuestionRefused (only this request is
        refused).
        """
        self._breaker.check()
        begun = self._manners.now()
        with self._manners.exploring() as worth_exploring:
            answers, manner = self._answered(request, begun, worth_exploring)
            answer = answers[-1]
            if holds_json(answer.text):  # an answer without JSON does not show that the server took this form
                self._manners.note(begun, manner, fingerprint(request.user))
                self.response_format = manner.format
        if answer.finish in _WITHHELD:
            told = clipped(visible(answer.text), 300)
            raise QuestionRefused(f"no answer ({answer.finish}): {told}", about=self._about, remedy=LEFT_TO_PEOPLE)
        usage = sum((self._usage(request, one) for one in answers), Usage())
        return Reply(answer.text, answer.model, answer.finish, usage)

    def _answered(
        self, request: Request, manner: Manner, worth_exploring: Callable[[], bool]
    ) -> tuple[Sequence[Answer], Manner]:
        """All answers to a request, since each was paid for. The last one is the first with JSON if any has it; it is
        returned with the form in which it was requested.
        """
        tried: set[Manner] = set()
        first: ModelError | None = None
        answers: list[Answer] = []
        next_: Manner | None = manner
        while next_ is not None and next_ not in tried and len(tried) < _MOST_MANNERS:
            manner = next_
            tried.add(manner)
            limit, answer = self._limit_of(manner), None
            try:
                once = request.once or isinstance(first, Broke)
                worth = self._worth_waiting if once else self._worth_repeating
                answer, error = self._retrying(worth, self._answer, request, manner, limit), None
            except ModelRefused as refused:
                self._breaker.open(refused)
                raise
            except ModelError as failed:
                first, error = first or failed, failed
            answers += [answer] if answer is not None else []
            proven = self._manners.takes(manner)
            ended = answer is not None and (holds_json(answer.text) or answer.finish in _ENDED)
            if error is None and (ended or (request.once and proven) or not worth_exploring()):
                break
            next_ = other(manner, error, self._dialect, limit, proven=proven)
        if not answers:
            raise first or ModelError("the server gave no answer", about=self._about)
        return answers, manner

    def check(self) -> None:
        """Check with the server that it offers the model. Raises ModelRefused if it does not, or refuses the key.

        A server that does not list models, or cannot be reached now, passes the check.
        """
        try:
            self._client.models.retrieve(self.name, timeout=_CHECK_SECONDS)
        except (openai.OpenAIError, ValueError) as error:
            found = translated(error, self._about, self._key)
            refused_key = isinstance(error, openai.AuthenticationError)
            if refused_key or (isinstance(found, NotOffered) and not self._listed()):
                raise found from None

    def _listed(self) -> bool:
        """Whether the server's list has the model: some servers cannot look up names, such as those with a slash."""
        try:
            return any(model.id == self.name for model in self._client.models.list(timeout=_CHECK_SECONDS))
        except (openai.OpenAIError, ValueError):
            return False

    def _worth_repeating(self, error: Exception) -> bool | float:
        """Stamina's retry hook: whether to retry after an error, or after how many seconds."""
        if isinstance(error, ModelRefused | QuestionRefused) or not isinstance(error, ModelError):
            return False
        if error.retry_after is None:
            return True
        return error.retry_after if error.retry_after <= self._patience else False

    def _worth_waiting(self, error: Exception) -> bool | float:
        """Stamina's retry hook for requests that are not retried otherwise: only if the server had no room (HTTP
        429).
        """
        return isinstance(error, Crowded) and self._worth_repeating(error)

    def _limit_of(self, manner: Manner) -> int | None:
        """The longest answer in tokens to request, None for no limit."""
        if self._spending is None:
            return None
        wished = self._spending.answer_tokens
        return min(wished, manner.most or wished)

    def _answer(self, request: Request, manner: Manner, limit: int | None) -> Answer:
        """Send one request in this form and read the answer."""
        body = self._dialect.body(self.name, request, manner)
        if limit is not None:
            body[manner.limit or self._dialect.limit] = limit
        return self._post({name: value for name, value in body.items() if name not in manner.without})

    def _post(self, body: Mapping[str, Any]) -> Answer:
        """Send one HTTP request within the daily caps: what may have been billed counts, even if no answer came."""
        asked = json.dumps(body, ensure_ascii=False)
        if self._spending is None:
            return self._send(body, asked)
        reserved = self._spending.reserve(asked, self._price(self.name))
        spent: Spending | None = None
        try:
            answer = self._send(body, asked)
            if answer.sent or answer.written:  # a server that counts nothing leaves the reservation as it stands
                spent = Spending(answer.sent + answer.written, self._cost(answer))
        except ModelError as error:
            spent = Spending(0, 0.0) if error.unanswered else None
            raise
        finally:
            self._spending.done(reserved, spent)
        return answer

    def _send(self, body: Mapping[str, Any], asked: str) -> Answer:
        """Send one HTTP request within the rate limit and read the response."""
        guessed = self._rate.enter(asked) if self._rate else 0
        try:
            said = self._client.post(
                self._dialect.path, cast_to=object, body=dict(body), options={"timeout": self._timeout}
            )
        except (openai.OpenAIError, ValueError) as error:  # the SDK lets a malformed body's JSONDecodeError through
            raise translated(error, self._about, self._key, asked) from None  # the cause may quote the key
        said = joined(parsed(said))
        found = error_in(said)
        if found is not None:
            raise from_words(200, said_in(found, asked), self._about, self._key)
        try:
            answer = self._dialect.read(said, self.name)
        except Unreadable as error:
            words = quotable(said_in(said), self._key) if isinstance(said, str) else ""
            told = f"{error}: {words}" if words else str(error)
            raise ModelError(told, about=self._about, remedy="check OPENAI_BASE_URL") from None
        if answer.finish.lower() in _BROKEN_OFF and not holds_json(answer.text):
            raise ModelError(f"the server broke its answer off ({answer.finish})", about=self._about)
        if self._rate:
            self._rate.done(guessed, answer.sent + answer.written)
        return answer

    def _price(self, model: str) -> Price:
        return Price(*(self._prices.get(self.name) or self._prices.get(model) or (0.0, 0.0, 0.0)))

    def _cost(self, answer: Answer) -> float:
        return self._price(answer.model).of(answer.sent, answer.cached, answer.written)

    def _usage(self, request: Request, answer: Answer) -> Usage:
        chars = len(request.system) + len(request.user)
        return Usage(1, answer.sent, chars, answer.written, self._cost(answer))


class _Breaker:
    """Circuit breaker that keeps a request from being sent again and again after an error that only people can
    correct.
    """

    def __init__(self, rest: float) -> None:
        self._rest = rest
        self._lock = threading.Lock()
        self._refusal: ModelRefused | None = None
        self._until = 0.0

    def open(self, refusal: ModelRefused) -> None:
        """Refuse all requests with this error for a while."""
        with self._lock:
            self._refusal, self._until = refusal, time.monotonic() + self._rest

    def check(self) -> None:
        """Raise the error with which requests were last refused, for as long as that is in force."""
        with self._lock:
            if self._refusal is not None and time.monotonic() < self._until:
                raise self._refusal.with_traceback(None)


class SpendingGuard:
    """Enforces the daily caps on tokens and money: called before and after every model request. `answer_tokens` is the
    longest answer that is requested.
    """

    def __init__(self, store: SpendingStore, caps: Caps, clock: Clock, *, answer_tokens: int) -> None:
        self._store = store
        self._caps = caps
        self._clock = clock
        self._change = threading.Condition()
        self._in_flight = 0
        self._reached: tuple[datetime, Cap] | None = None
        self.answer_tokens = answer_tokens

    def reserve(self, text: str, price: Price) -> int:
        """Reserve from the day's caps the most that a request with this text can cost, and return the reservation's
        number. While other requests are running, it waits for them to turn out cheaper.

        Raises CapReached if the cap does not allow the request, and then for every further request of the day, since
        requests come in order of importance.
        """
        wanted = max_spending(text, self.answer_tokens, price)
        with self._change:
            while True:
                now = self._clock()
                if self._reached is not None and self._reached[0] == day_start(now):
                    raise CapReached(self._reached[1])
                reserved = self._store.reserve(wanted, self._caps, now)
                if not isinstance(reserved, Cap):
                    self._in_flight += 1
                    return reserved
                if not self._in_flight:
                    self._reached = (day_start(now), reserved)
                    raise CapReached(reserved)
                self._change.wait()

    def done(self, reservation: int, spent: Spending | None) -> None:
        """Replace a reservation by the tokens and money that the request really cost; if that is unknown (None), the
        reservation counts.
        """
        try:
            if spent is not None:
                self._store.settle(reservation, spent)
        finally:
            with self._change:
                self._in_flight -= 1
                self._change.notify_all()


_BYTES_A_TOKEN = 3  # of English in JSON about four, of Japanese about three
_FIRST_ANSWER = 1000  # tokens beyond the body's guess, until an answer has told


class RateLimiter:
    """Rate limiter for model requests, in requests and tokens per minute: called before and after every request. The
    tokens are estimated first and corrected afterwards; without a correction (a crash) the estimate counts.
    """

    def __init__(self, limits: RateLimits) -> None:
        self._limits = limits
        self._beyond = _FIRST_ANSWER  # what the last request took beyond its body: requests of a stage are alike

    def enter(self, text: str) -> int:
        """Wait until the rate limit allows a request with this body; return the estimate of its tokens."""
        guessed = len(text.encode()) // _BYTES_A_TOKEN + self._beyond
        self._limits.take({"requests": 1, "tokens": guessed})
        return guessed

    def done(self, guessed: int, tokens: int) -> None:
        """Correct an estimate by the tokens that the request and its answer really had; 0 if unknown."""
        if tokens:
            self._beyond = max(0, self._beyond + tokens - guessed)
            self._limits.correct({"tokens": tokens - guessed})
