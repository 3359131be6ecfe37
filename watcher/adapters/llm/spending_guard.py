"""A request -> leave to send it, as long as the day's caps hold whatever it comes to take."""

from __future__ import annotations

import threading
from datetime import datetime

from watcher.domain.budget import Cap, Caps, Price, Spending, day_start, max_spending
from watcher.domain.errors import CapReached
from watcher.ports import Clock, SpendingStore


class SpendingGuard:
    """Asked before every request and told after it. `answer_tokens` is the longest answer a server is allowed."""

    def __init__(self, store: SpendingStore, caps: Caps, clock: Clock, *, answer_tokens: int) -> None:
        self._store = store
        self._caps = caps
        self._clock = clock
        self._change = threading.Condition()
        self._in_flight = 0
        self._reached: tuple[datetime, Cap] | None = None
        self.answer_tokens = answer_tokens

    def reserve(self, text: str, price: Price) -> int:
        """Set aside the most this text and its answer can take; waits while requests of ours are in flight that may
        take less than was set aside for them. Raises CapReached, and then for the rest of the day: what is asked last
        is the least promising, and must not go before because it is short.
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
        """Book what a request took; None where it is not known: then the reservation stays as it stands."""
        try:
            if spent is not None:
                self._store.settle(reservation, spent)
        finally:
            with self._change:
                self._in_flight -= 1
                self._change.notify_all()
