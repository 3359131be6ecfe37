"""Spending guard: lets a request to a model be sent only if the daily caps hold, whatever it will cost."""

from __future__ import annotations

import threading
from datetime import datetime

from watcher.domain.budget import Cap, Caps, Price, Spending, day_start, max_spending
from watcher.domain.errors import CapReached
from watcher.ports import Clock, SpendingStore


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
        """Replace the reservation by what a request really cost; None if that is unknown: then the reservation counts."""
        try:
            if spent is not None:
                self._store.settle(reservation, spent)
        finally:
            with self._change:
                self._in_flight -= 1
                self._change.notify_all()
