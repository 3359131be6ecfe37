"""Database access for calls of language models: cached replies, the form of request that each server accepts, and the
day's spending.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Part
from watcher.adapters.store.rows import as_json, decode, encode
from watcher.adapters.store.tables import spendings
from watcher.domain.budget import Cap, Caps, Spending, Usage, day_start
from watcher.ports import Manner, Reply, Request
from watcher.ports.store import ModelStore


class Models(Part, ModelStore):
    def reply(self, key: str) -> Reply | None:
        row = self._row(sa.select(t.replies).where(t.replies.c.key == key))
        return decode(Reply, row, usage=decode(Usage, row)) if row else None

    def add_reply(self, key: str, request: Request, reply: Reply, at: datetime) -> None:
        told = encode(reply, "usage", "mended", key=key, stage=request.stage, question=request.user, at=at)
        with self._database.write_apart() as connection:
            self._database.insert_new(connection, t.replies, [encode(reply.usage, **told)])

    def usage(self, since: datetime | None = None) -> Usage:
        query = sa.select(*usage_sums())
        return Usage(*self._row(query if since is None else query.where(t.replies.c.at >= since)))

    def manner(self, base_url: str, model: str) -> tuple[Manner, datetime] | None:
        c = t.abilities.c
        row = self._row(sa.select(c.manner, c.at).where(c.base_url == base_url, c.model == model))
        return (decode(Manner, row.manner), row.at) if row else None

    def put_manner(self, base_url: str, model: str, manner: Manner, at: datetime) -> None:
        self._replace(t.abilities, {"base_url": base_url, "model": model, "manner": as_json(manner), "at": at})

    def reserve(self, most: Spending, caps: Caps, at: datetime) -> int | Cap:
        # Put there first and taken back if it was too much, so that no process waits for another: of those that come
        # at the same time, the last sees all the others.
        new = encode(most, at=at, settled=False)
        with self._database.write_apart() as connection:
            made: int = connection.scalars(sa.insert(spendings).values(new).returning(spendings.c.number)).one()
            spent = self._spent(connection, at)
            cap = caps.exceeded_cap(spent, Spending(0, 0.0))
            if cap is not None:
                connection.execute(sa.delete(spendings).where(spendings.c.number == made))
        return made if cap is None else cap

    def settle(self, number: int, spent: Spending) -> None:
        values = encode(spent, settled=True)
        with self._database.write_apart() as connection:
            connection.execute(sa.update(spendings).where(spendings.c.number == number).values(values))

    def spent(self, at: datetime) -> Spending:
        with self._database.read() as connection:
            return self._spent(connection, at)

    @staticmethod
    def _spent(connection: sa.Connection, at: datetime) -> Spending:
        sums = [sa.func.coalesce(sa.func.sum(column), 0) for column in (spendings.c.tokens, spendings.c.usd)]
        row = connection.execute(sa.select(*sums).where(spendings.c.at >= day_start(at))).one()
        return Spending(int(row[0]), float(row[1]))


def usage_sums() -> list[sa.ColumnElement[Any]]:
    """The columns of a query over the table `replies` that adds up the usage of model calls: for each field of Usage,
    in the order of its fields, the sum over the rows that the query selects, 0 if there are none. The values of these
    columns are the arguments of Usage.
    """
    return [sa.func.coalesce(sa.func.sum(t.replies.c[field.name]), 0) for field in dataclasses.fields(Usage)]
