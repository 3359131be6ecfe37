"""Reservations against a day's caps: what every process of a deployment spends goes through one table."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from watcher.adapters.store.database import Database
from watcher.adapters.store.tables import spendings
from watcher.domain.budget import Cap, Caps, Spending, day_start


class Paying:
    """Implements ports.Ledger."""

    database: Database

    def reserve(self, most: Spending, caps: Caps, at: datetime) -> int | Cap:
        """Set aside the most that a call can take; the reservation's number, or the cap it would go beyond.

        It is put there first and taken back if it was too much, so that no process waits for another: of those that
        come at the same time, the last sees all the others. At the very edge two may both go without.
        """
        new = {"at": at, "tokens": most.tokens, "usd": most.usd, "settled": False}
        with self.database.write_apart() as connection:
            made: int = connection.scalars(sa.insert(spendings).values(new).returning(spendings.c.number)).one()
            spent = self._spent(connection, at)
            cap = caps.exceeded_cap(spent, Spending(0, 0.0))
            if cap is not None:
                connection.execute(sa.delete(spendings).where(spendings.c.number == made))
        return made if cap is None else cap

    def settle(self, number: int, spent: Spending) -> None:
        """Put what a call took in the place of its reservation."""
        values = {"tokens": spent.tokens, "usd": spent.usd, "settled": True}
        with self.database.write_apart() as connection:
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
