"""What asking models needs of memory: their replies, what a server was found able to do, what a day has taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from watcher.domain.budget import Cap, Caps, Spending
from watcher.ports.queue import Exclusion
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


@dataclass(frozen=True, slots=True)
class Manner:
    """How a question is put to a model server; the values here are how it is put to an unknown one.

    `format` is the response format, `limit` the field that bounds an answer (empty: the dialect's own), `most` the
    longest answer in tokens that the server was found to allow, `system` whether it takes a system message, `without`
    the fields it does not know.
    """

    format: str = "json_schema"
    limit: str = ""
    most: int | None = None
    system: bool = True
    without: tuple[str, ...] = ()


class Abilities(Protocol):
    """In what manner a model server was found to take questions, remembered per (base_url, model)."""

    def ability(self, base_url: str, model: str) -> tuple[Manner, datetime] | None:
        """The manner and when it was learned, or None when nothing was."""
        ...

    def learn_ability(self, base_url: str, model: str, manner: Manner, at: datetime) -> None:
        """Remember the manner."""
        ...
