"""Limits on requests to a language model: the daily caps on tokens and money, and the rate limit of requests and tokens
per minute.
"""

from __future__ import annotations

import threading
from datetime import datetime

from watcher.domain.budget import Cap, Caps, Price, Spending, day_start, max_spending
from watcher.domain.errors import CapReached
from watcher.ports import Clock, RateLimits, SpendingStore


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
