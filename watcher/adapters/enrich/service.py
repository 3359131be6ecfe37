"""Clients of JSON web services: validation of responses, and a client that caches them in the database and keeps to a
budget of requests.

A response is cached once it has been validated, so that a page that is no answer (a bot check, a truncated or changed
document) is never taken for one.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from watcher.domain.errors import BudgetSpent, FeedError, TooManyRequests
from watcher.domain.papers.citations import CitingPapers
from watcher.domain.papers.paper import PaperId
from watcher.ports import ServiceStore

_PAUSE: Final = 1.1  # seconds between requests: Semantic Scholar allows one a second with a key
_PATIENCE: Final = 5.0  # seconds: a longer Retry-After is not waited for


@dataclass(frozen=True, slots=True)
class RequestBudget:
    """A limit on requests to web services: at most `requests` for a `purpose` since a time, counted over all
    processes.
    """

    purpose: str
    requests: int
    since: datetime


@dataclass
class ServiceClient:
    """Client for the JSON web service `name`, with a cache and a request budget. `headers` may hold its key. With
    `retries`, a request refused with HTTP 429 is sent once more after a short pause, which counts as another request.
    `now` is the time of the run.
    """

    name: str
    ask: JsonClient
    store: ServiceStore
    budget: RequestBudget
    now: datetime
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    retries: bool = False
    sleep: Callable[[float], None] = time.sleep
    sent: int = field(default=0, init=False)

    def get(
        self,
        url: str,
        shape: TypeAdapter[Checked],
        *,
        body: bytes | None = None,
        fresh: timedelta = timedelta(days=7),
        fits: Callable[[Checked], bool] = lambda answer: True,  # noqa: ARG005
    ) -> Checked:
        """Send a request (a POST if there is a `body`) and return the validated response, or a cached one that is not
        older than `fresh`. The cache key is the URL with the body, so API keys belong in the headers. `fits` tells
        whether a response of the right shape can be an answer to this request.

        Raises BudgetSpent if no more requests are allowed, or FeedError.
        """
        request = hashlib.sha256(url.encode() + b"\n" + (body or b"")).hexdigest()
        kept = self.store.answer(self.name, request, self.now - fresh)
        if kept is not None:
            with suppress(FeedError):  # kept by a version that read it differently
                return parse_answer(kept, shape, self.name)
        try:
            return self._send(url, request, body, shape, fits)
        except TooManyRequests as error:
            if not self.retries or (error.retry_after or 0.0) > _PATIENCE:
                raise
            self.sleep(error.retry_after or _PAUSE)
            return self._send(url, request, body, shape, fits)

    def _send(
        self, url: str, request: str, body: bytes | None, shape: TypeAdapter[Checked], fits: Callable[[Checked], bool]
    ) -> Checked:
        if self.sent:
            self.sleep(_PAUSE)
        budget = self.budget
        number = self.store.begin_request(
            self.name, budget.purpose, request, most=budget.requests, since=budget.since, at=self.now
        )
        if not number:
            raise BudgetSpent(f"all {budget.requests} requests of the budget are used", about=self.name)
        self.sent += 1
        answer = self.ask(url, about=self.name, body=body, headers=self.headers)
        if answer is None:
            raise FeedError("the server answers HTTP 404", about=self.name, remedy="check the service's address")
        found = parse_answer(answer, shape, self.name)
        if not fits(found):
            raise FeedError("the answer does not fit the request", about=self.name)
        self.store.finish_request(number, answer)
        return found


Checked = TypeVar("Checked")


class JsonClient(Protocol):
    """Protocol of an HTTP client for JSON services that enforces all limits on hosts, time, size and rate."""

    def __call__(
        self, url: str, *, about: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes | None:
        """Send a request (a POST if there is a `body`) and return the body of the response; None for HTTP 404. Raises
        FeedError, which names the service `about`.
        """
        ...


class Answer(BaseModel, extra="ignore", frozen=True):
    """Base class (pydantic) of JSON responses of web services; unknown fields are ignored."""


def parse_answer(document: bytes, shape: TypeAdapter[Checked], about: str) -> Checked:
    """Parse and validate a JSON response of the service named `about`. Raises FeedError if it does not have this
    shape.
    """
    try:
        return shape.validate_json(document)
    except ValidationError as error:
        # Without the input: an answer may be long, and hold what should not be in a log.
        where: dict[str, Any] = dict(error.errors(include_url=False, include_input=False)[0])
        place = ".".join(map(str, where["loc"])) or "the whole"
        raise FeedError(f"an answer of another shape: {place}: {where['msg']}", about=about) from None


def day_or_none(value: Any) -> date | None:
    """Parse a date in ISO format (2024-05-31), as web services write it; None for a year alone, another format, or a
    value that is no text.
    """
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


Pair = tuple[PaperId, PaperId]
"""A paper that cites, and the paper that it cites."""


def collected(client: ServiceClient, pairs: Iterator[Pair], *, cut: bool = False) -> CitingPapers:
    """Collect the pairs (citing paper, cited paper) that an iterator gets by the requests of `client`; papers that cite
    themselves are left out.

    If the request budget ends or the service fails meanwhile, the result holds the pairs found until then, and `cut` or
    `error` says why it is incomplete; nothing is raised for that. `cut` is set by callers who do not ask about all
    papers.
    """
    found, error = set[Pair](), ""
    try:
        for citing, cited in pairs:
            if citing != cited:
                found.add((citing, cited))
    except BudgetSpent:
        cut = True
    except FeedError as raised:
        error = str(raised)
    return CitingPapers(frozenset(found), client.sent, cut, error)
