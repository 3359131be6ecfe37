"""Requests -> a steady flow below an outside service's limit, over every process of a deployment."""

from __future__ import annotations

import time

import sqlalchemy as sa

from watcher.adapters.store.crew_tables import buckets
from watcher.adapters.store.database import Database
from watcher.adapters.store.pace import now_of


class Bucket:
    """At most `per_minute` units a minute, let through one by one and never in a burst (GCRA), on the database's clock.

    One UPDATE says who goes when, so two processes never take the same turn; whoever dies while waiting leaves a gap.
    """

    def __init__(self, database: Database, name: str, per_minute: float) -> None:
        self._database = database
        self._name = name
        self._seconds = 60.0 / per_minute
        self._now = now_of(database)

    def take(self, units: float = 1) -> None:
        """Wait for room for so many units, and fill it."""
        time.sleep(max(0.0, self._fill(units)))

    def correct(self, units: float) -> None:
        """Put in (or, negative, take out) what a request needed beyond what was taken for it."""
        self._fill(units)

    def _fill(self, units: float) -> float:
        """Fill the bucket; gives the seconds until its present content has had its time."""
        c = buckets.c
        begun = sa.case((c.full_at > self._now, c.full_at), else_=self._now)
        change = (
            sa.update(buckets)
            .where(c.name == self._name)
            .values(full_at=begun + units * self._seconds)
            .returning(c.full_at - units * self._seconds - self._now)
        )
        with self._database.write() as connection:
            left = connection.scalar(change)
            if left is None:
                self._database.insert_new(connection, buckets, [{"name": self._name, "full_at": 0.0}])
                left = connection.scalar(change)
        return float(left or 0.0)
