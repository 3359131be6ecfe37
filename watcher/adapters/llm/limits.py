"""Limits of model requests: the guard of the daily caps, and the rate limiter of requests and tokens per minute."""

from __future__ import annotations

import threading
from datetime import datetime

from watcher.domain.budget import Cap, Caps, Price, Spending, day_start, max_spending
from watcher.domain.errors import CapReached
from watcher.ports import Clock, RateLimits, SpendingStore


class SpendingGuard:
    """Guard of the daily caps, called before and after every request. `answer_tokens` is the longest answer requested
    from a server.
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
        """Reserve the most that a request with this text can cost. Waits while requests in flight may turn out cheaper
        than reserved.

        Raises CapReached, and then for every further request of the day: requests come in order of promise, and a later
        one must not be sent just because it is shorter.
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
        """Replace the reservation by what a request really cost; None if that is unknown: then the reservation
        counts.
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
    """Rate limiter that is called before and after every model request. The tokens of a request are estimated first and
    corrected afterwards; without a correction (a crash) the estimate counts.
    """

    def __init__(self, limits: RateLimits) -> None:
        self._limits = limits
        self._beyond = _FIRST_ANSWER  # what the last request took beyond its body: requests of a stage are alike

    def enter(self, text: str) -> int:
        """Wait until a request with this body may be sent; return the estimated number of its tokens."""
        guessed = len(text.encode()) // _BYTES_A_TOKEN + self._beyond
        self._limits.take({"requests": 1, "tokens": guessed})
        return guessed

    def done(self, guessed: int, tokens: int) -> None:
        """Correct the estimate by the tokens that a request and its answer really had."""
        if tokens:
            self._beyond = max(0, self._beyond + tokens - guessed)
            self._limits.correct({"tokens": tokens - guessed})
