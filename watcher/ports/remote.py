"""What the line asks of the place where the catalog's commits go, and what it remembers of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from watcher.domain.facts import Push
from watcher.ports.queue import Rests
from watcher.ports.records import Failure


class Remote(Protocol):
    """The catalog's remote. Nothing is ever forced, and no commit of anybody is lost."""

    catalog: str

    def head(self) -> str:
        """The last commit here, "" before the first. Contacts nothing. Raises WatcherError."""
        ...

    def bring(self, at: datetime) -> Push:
        """Bring the last commit to the remote, taking in first what others pushed. Done already, it changes nothing.

        Raises PushError, PushRefused, or CatalogError where people must merge; the commits are kept.
        """
        ...


class Pushes(Rests, Protocol):
    """The part of the memory that is about the remote."""

    def add_push(self, push: Push, run: str) -> None:
        """Add the fact that a catalog's remote holds a commit, or did not take it."""
        ...

    def last_push(self, catalog: str | None = None) -> Push | None:
        """What a catalog's remote, or any, took last."""
        ...

    def push_trouble(self, catalog: str | None = None) -> Sequence[Failure]:
        """What keeps a catalog, or each of them, from being pushed; nothing once a push came after it."""
        ...
