"""Database access for calls of language models: cached replies, the form of request that each server accepts, and the
day's spending.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Part
from watcher.adapters.store.tables import spendings
from watcher.domain.budget import Cap, Caps, Spending, Usage, day_start
from watcher.ports import Manner, Reply, Request
from watcher.ports.store import ModelStore


class Models(Part, ModelStore):
    def reply(self, key: str) -> Reply | None:
        row = self._row(sa.select(t.replies).where(t.replies.c.key == key))
        if row is None:
            return None
        usage = Usage(row.calls, row.prompt_tokens, row.prompt_chars, row.completion_tokens, row.cost_usd)
        return Reply(row.text, row.model, row.finish, usage)

    def add_reply(self, key: str, request: Request, reply: Reply, at: datetime) -> None:
        values = {
            "key": key,
            "stage": request.stage,
            "model": reply.model,
            "finish": reply.finish,
            "text": reply.text,
            "question": request.user,
            **dataclasses.asdict(reply.usage),
            "at": at,
        }
        with self._database.write_apart() as connection:
            self._database.insert_new(connection, t.replies, [values])

    def usage(self, since: datetime | None = None) -> Usage:
        c = t.replies.c
        parts = (c.calls, c.prompt_tokens, c.prompt_chars, c.completion_tokens, c.cost_usd)
        query = sa.select(*[sa.func.coalesce(sa.func.sum(part), 0) for part in parts])
        if since is not None:
            query = query.where(c.at >= since)
        return Usage(*self._row(query))

    def manner(self, base_url: str, model: str) -> tuple[Manner, datetime] | None:
        c = t.abilities.c
        query = sa.select(c.manner, c.at).where(c.base_url == base_url, c.model == model)
        row = self._row(query)
        return (Manner(**{**row.manner, "without": tuple(row.manner["without"])}), row.at) if row else None

    def put_manner(self, base_url: str, model: str, manner: Manner, at: datetime) -> None:
        values = {"base_url": base_url, "model": model, "manner": dataclasses.asdict(manner), "at": at}
        self._replace(t.abilities, values)

    def reserve(self, most: Spending, caps: Caps, at: datetime) -> int | Cap:
        # Put there first and taken back if it was too much, so that no process waits for another: of those that come
        # at the same time, the last sees all the others.
        new = {"at": at, "tokens": most.tokens, "usd": most.usd, "settled": False}
        with self._database.write_apart() as connection:
            made: int = connection.scalars(sa.insert(spendings).values(new).returning(spendings.c.number)).one()
            spent = self._spent(connection, at)
            cap = caps.exceeded_cap(spent, Spending(0, 0.0))
            if cap is not None:
                connection.execute(sa.delete(spendings).where(spendings.c.number == made))
        return made if cap is None else cap

    def settle(self, number: int, spent: Spending) -> None:
        values = {"tokens": spent.tokens, "usd": spent.usd, "settled": True}
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
