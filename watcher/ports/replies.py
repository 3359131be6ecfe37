"""What asking models needs of memory: their replies, what a server was found able to do, what a day has taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Question:
    """A request in a parcel, under the key its reply is recorded by. `batch` is whom it asks about, `reservation`
    what was set aside for it.
    """

    key: str
    batch: int
    request: Request
    reservation: int | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """Questions sent together. `key` is what the server is told, so that a parcel can be looked for; `ref` is the
    server's own name of it, None until it is known to have arrived.
    """

    number: int
    key: str
    model: str
    path: str
    packed: datetime
    ref: str | None = None


class ParcelLog(Protocol):
    """The parcels, recorded before they are sent and until everything in them was accounted for."""

    def awaited(self, key: str) -> bool:
        """Whether the question is in a parcel that is still open."""
        ...

    def tries(self, key: str) -> int:
        """In how many parcels the question has been."""
        ...

    def pack(self, parcel: Parcel, questions: Sequence[Question]) -> Parcel:
        """Record a parcel that is about to be sent; gives it with its number."""
        ...

    def forwarded(self, number: int, ref: str) -> None:
        """Record the server's name of a parcel."""
        ...

    def open_parcels(self) -> Sequence[Parcel]:
        """The parcels that are not accounted for, oldest first."""
        ...

    def questions(self, number: int) -> Sequence[Question]:
        """What is in a parcel."""
        ...

    def close_parcel(self, number: int, outcome: str, at: datetime) -> None:
        """Record what became of a parcel; nothing of it is awaited any more."""
        ...


class Bulk(Protocol):
    """Puts many questions at once, to be answered within a day at half the price. Replies go to the reply log."""

    def send(self, questions: Sequence[tuple[int, Request]]) -> Sent:
        """Send what has no reply and is not on its way yet, each with the number of its batch. Raises ModelError."""
        ...

    def collect(self) -> Sequence[str]:
        """Record what has come, send again what was not answered, take up what a kill left; gives what failed."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """`ready` are the batches that need no parcel: replied to already, or better asked singly by now. `cap` is the
    day's cap that left the batches of `unsent` without room.
    """

    ready: frozenset[int]
    unsent: frozenset[int] = frozenset()
    cap: Cap | None = None
