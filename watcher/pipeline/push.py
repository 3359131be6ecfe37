"""Pushes new commits of a catalog to its git remote and records the result. After failures it retries with growing
pauses.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from watcher.domain.errors import WatcherError
from watcher.domain.facts import Push
from watcher.ports import Clock, Remote, Store

PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))


class Publisher:
    """Pushes one catalog's commits to its git remote, in a thread of its own because a push may take long."""

    def __init__(self, remote: Remote, store: Store, clock: Clock) -> None:
        self._remote = remote
        self._store = store
        self._clock = clock
        self._name = f"push {remote.catalog}"

    def publish(self, run_id: str = "push") -> Sequence[str]:
        """Push the catalog's new commits, unless a push failed recently in any process. Returns the failures."""
        if self._store.coordination.is_paused(self._name, self._clock()):
            return []
        try:
            self.push(run_id)
        except WatcherError as error:
            self._store.coordination.pause(self._name, self._clock(), PAUSES)
            return [f"push: {error}"]
        return []

    def take_in(self) -> None:
        """Merge what others have pushed into the local catalog, when a run begins with a fresh checkout. Raises
        WatcherError.
        """
        self._remote.take_in(self._clock())

    def push(self, run_id: str = "push", *, by_hand: bool = False) -> Push | None:
        """Push the catalog's new commits to its git remote now, even if an earlier push has just failed, and return the
        record of the push; None if nothing had to be pushed. With `by_hand`, the remote is contacted even if the last
        commit was pushed before, because others may have rewritten the remote's branch since. `run_id` is stored with
        the record.

        Raises WatcherError if the push fails. The failure is recorded in the database first, unless the same one is
        recorded already.
        """
        now, catalog = self._clock(), self._remote.catalog
        troubles, head = {failure.error for failure in self._store.catalog.push_failures(catalog)}, ""
        try:
            head, last = self._remote.head(), self._store.catalog.last_push(catalog)
            known = last.commit if last is not None and not troubles else ""
            if not head or (known == head and not by_hand):
                return None
            made = self._remote.bring(now)
        except WatcherError as error:
            if str(error) not in troubles:
                self._store.catalog.add_push(Push(catalog, head, "", "", now, str(error)), run_id)
            raise
        if known == made.commit:
            return None
        self._store.catalog.add_push(made, run_id)
        self._store.coordination.resume(self._name)
        return made
