"""What asking models needs of memory: their replies, what a server was found able to do, what a day has taken."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from watcher.domain.budget import Cap, Caps, Spending
from watcher.ports.crew import Exclusion
from watcher.ports.world import Reply, Request


class ReplyLog(Exclusion, Protocol):
    """Model replies, written durably before anything else is done with them."""

    def reply(self, key: str) -> Reply | None:
        """The recorded reply to a request, or None."""
        ...

    def record_reply(self, key: str, request: Request, reply: Reply, at: datetime) -> None:
        """Write a reply; returns when it is on the disk."""
        ...


class Ledger(Protocol):
    """What model calls take, held against a day's caps by every process together. Days are Tokyo's."""

    def reserve(self, most: Spending, caps: Caps, at: datetime) -> int | Cap:
        """Set aside the most that a call can take; the reservation's number, or the cap it would go beyond."""
        ...

    def settle(self, number: int, spent: Spending) -> None:
        """Put what a call took in the place of its reservation; one that is never settled counts in full."""
        ...

    def spent(self, at: datetime) -> Spending:
        """What the day of a moment has taken so far, reservations included."""
        ...


class Abilities(Protocol):
    """What a model server was found able to do, remembered per (base_url, model)."""

    def ability(self, base_url: str, model: str) -> str | None:
        """The structured-output rung that worked, or None when never tried."""
        ...

    def learn_ability(self, base_url: str, model: str, rung: str) -> None:
        """Remember the rung that worked."""
        ...
