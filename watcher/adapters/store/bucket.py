"""Requests -> a steady flow below all of an outside service's limits, over every process of a deployment."""

from __future__ import annotations

import time
from collections.abc import Mapping

import sqlalchemy as sa

from watcher.adapters.store.crew_tables import buckets
from watcher.adapters.store.database import Database
from watcher.adapters.store.pace import now_of

_MOST_LATE = 1.0


class Bucket:
    """At most so many units of each kind a minute, let through one by one and never in a burst (GCRA), on the
    database's clock.

    One transaction says who goes when, by all kinds at once: a turn by one limit must not pass while the next one is
    waited for. Two processes never take the same turn; whoever dies while waiting leaves a gap.
    """

    def __init__(self, database: Database, service: str, per_minute: Mapping[str, float]) -> None:
        """`per_minute` are the limits of a `service`, by kind of unit."""
        self._database = database
        self._names = {kind: f"{kind} at {service}" for kind in sorted(per_minute)}
        self._seconds = {kind: 60.0 / most for kind, most in per_minute.items()}
        self._now = now_of(database)

    def take(self, units: Mapping[str, float]) -> None:
        """Wait for room for so many units of each kind, and fill it; kinds without a limit are let pass.

        A turn missed by more than a second is not used: on a machine that slept all would go at once.
        """
        late = _MOST_LATE + 1
        while late > _MOST_LATE:
            left = max(0.0, self._fill(units))
            began = time.monotonic()
            time.sleep(left)
            late = time.monotonic() - began - left

    def correct(self, units: Mapping[str, float]) -> None:
        """Put in (or, negative, take out) what a request needed beyond what was taken for it."""
        full_at = buckets.c.full_at
        begun = sa.case((full_at > self._now, full_at), else_=self._now)
        with self._database.write() as connection:
            for kind, name in self._names.items():
                beyond = units.get(kind, 0.0) * self._seconds[kind]
                connection.execute(sa.update(buckets).where(buckets.c.name == name).values(full_at=begun + beyond))

    def _fill(self, units: Mapping[str, float]) -> float:
        """Fill each kind from the moment on when all have had their time; gives the seconds until then."""
        c, names = buckets.c, list(self._names.values())
        mine = sa.select(c.name, c.full_at).where(c.name.in_(names)).order_by(c.name).with_for_update()
        with self._database.write() as connection:
            full = dict(connection.execute(mine).all())
            if len(full) < len(names):
                self._database.insert_new(connection, buckets, [{"name": name, "full_at": 0.0} for name in names])
                full = dict(connection.execute(mine).all())
            now = float(connection.scalar(sa.select(self._now)) or 0.0)  # after the rows are ours
            begin = max(now, *map(float, full.values()))
            for kind, name in self._names.items():
                full_at = begin + units.get(kind, 0.0) * self._seconds[kind]
                connection.execute(sa.update(buckets).where(c.name == name).values(full_at=full_at))
        return begin - now
