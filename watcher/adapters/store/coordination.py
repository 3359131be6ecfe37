"""Being alone with something, and word of what pieces came to."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Database
from watcher.adapters.store.tables import rests, tallies
from watcher.domain.budget import Cap, Usage
from watcher.ports import Tally

_UNREAD = timedelta(days=2)  # whoever wanted to know has died, and its run was taken up by others long ago


class Crewing:
    """Implements ports.Exclusion and ports.TallyStore."""

    database: Database

    def alone(self, key: str) -> AbstractContextManager[None]:
        """Wait until nobody else is alone with what `key` names, then be it until the block ends."""
        return self.database.locks.alone(key)

    def unfinished(self, since: datetime) -> Sequence[str]:
        """The runs that began after a moment and never ended, by id."""
        c = t.runs.c
        ended = sa.select(c.run).where(c.finished.is_not(None))
        begun = sa.select(c.run).where(c.started > since, c.run.not_in(ended)).distinct()
        with self.database.read() as connection:
            return list(connection.scalars(begun))

    def tell(self, piece: str, tally: Tally, at: datetime) -> None:
        """Leave word of what a piece came to."""
        with self.database.write_apart() as connection:
            connection.execute(sa.delete(tallies).where(tallies.c.at < at - _UNREAD))
            self.database.replace(connection, tallies, {"piece": piece, "tally": dataclasses.asdict(tally), "at": at})

    def told(self, piece: str) -> bool:
        """Whether word of a piece waits to be taken."""
        with self.database.read() as connection:
            return connection.scalar(sa.select(tallies.c.piece).where(tallies.c.piece == piece)) is not None

    def take_tallies(self, pieces: Sequence[str]) -> Mapping[str, Tally]:
        """Take the word that was left of these pieces."""
        return self._take(tallies.c.piece.in_(pieces))

    def take_run(self, run: str) -> Sequence[Tally]:
        """Take the word that is left of any piece of a run."""
        return list(self._take(tallies.c.piece.startswith(f"{run}/", autoescape=True)).values())

    def _take(self, meant: sa.ColumnElement[bool]) -> Mapping[str, Tally]:
        taken = sa.delete(tallies).where(meant).returning(tallies.c.piece, tallies.c.tally)
        with self.database.write_apart() as connection:
            return {row.piece: _tally(row.tally) for row in connection.execute(taken)}


def _tally(content: Mapping[str, Any]) -> Tally:
    cap = Cap(content["cap"]) if content["cap"] else None
    return Tally(dict(content["counts"]), Usage(**content["usage"]), tuple(content["failures"]), cap)


class Resting:
    """Implements ports.Rests."""

    database: Database

    def rests(self, name: str, now: datetime) -> bool:
        """Whether what `name` stands for is to be left in peace at a moment."""
        query = sa.select(sa.exists().where(rests.c.name == name, rests.c.until > now))
        with self.database.read() as connection:
            return bool(connection.scalar(query))

    def rest(self, name: str, now: datetime, pauses: Sequence[timedelta]) -> None:
        """It failed: leave it in peace for the first of the pauses, after every further failure for the next one."""
        count = sa.select(rests.c.failures).where(rests.c.name == name)
        with self.database.write() as connection:
            failures = connection.scalar(count) or 0
            pause = pauses[min(failures, len(pauses) - 1)]
            self.database.replace(connection, rests, {"name": name, "until": now + pause, "failures": failures + 1})

    def wake(self) -> None:
        """Forget all failures: who starts the only process again wants everything tried at once."""
        with self.database.write() as connection:
            connection.execute(sa.delete(rests))

    def rested(self, name: str) -> None:
        """It did not fail: forget the failures."""
        with self.database.write() as connection:
            connection.execute(sa.delete(rests).where(rests.c.name == name))
