"""What the line asks of the place where the catalog's commits go, and what it remembers of it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from watcher.domain.facts import Push


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
