"""Reservations against a day's caps: what every process of a deployment spends goes through one table."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from watcher.adapters.store.database import Database
from watcher.adapters.store.paying_tables import spendings
from watcher.domain.budget import Cap, Caps, Spending, day_start


class Paying:
    """Implements ports.Ledger."""

    database: Database

    def reserve(self, most: Spending, caps: Caps, at: datetime) -> int | Cap:
        """Set aside the most that a call can take; the reservation's number, or the cap it would go beyond."""
        with self.database.write() as connection:
            self.database.one_at_a_time(connection, spendings)
            if (cap := caps.broken_by(self._spent(connection, at), most)) is not None:
                return cap
            new = {"at": at, "tokens": most.tokens, "usd": most.usd, "settled": False}
            made: int = connection.scalars(sa.insert(spendings).values(new).returning(spendings.c.number)).one()
            return made

    def settle(self, number: int, spent: Spending) -> None:
        """Put what a call took in the place of its reservation."""
        values = {"tokens": spent.tokens, "usd": spent.usd, "settled": True}
        with self.database.write_one() as connection:
            connection.execute(sa.update(spendings).where(spendings.c.number == number).values(values))

    def spent(self, at: datetime) -> Spending:
        """What the day (in Tokyo) of a moment has taken so far, reservations included."""
        with self.database.read() as connection:
            return self._spent(connection, at)

    @staticmethod
    def _spent(connection: sa.Connection, at: datetime) -> Spending:
        sums = [sa.func.coalesce(sa.func.sum(column), 0) for column in (spendings.c.tokens, spendings.c.usd)]
        row = connection.execute(sa.select(*sums).where(spendings.c.at >= day_start(at))).one()
        return Spending(int(row[0]), float(row[1]))
