"""What failed is left in peace for a while, by all processes together: the pauses grow from failure to failure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from watcher.adapters.store.crew_tables import rests
from watcher.adapters.store.database import Database


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
