"""What is asked of the memory before and after an outside effect."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from watcher.ports.crew import Exclusion


class Intents(Exclusion, Protocol):
    """The outbox: an intent stands before an outside effect, its ref after it."""

    def intend(self, key: str, desk: str, at: datetime) -> datetime | None:
        """Record that `key` is about to be sent. None the first time; else when it was first intended."""
        ...

    def sent(self, key: str) -> str | None:
        """The ref under which `key` was sent, or None."""
        ...

    def record_sent(self, key: str, ref: str, at: datetime) -> None:
        """Record that `key` stands at the desk under `ref`."""
        ...
