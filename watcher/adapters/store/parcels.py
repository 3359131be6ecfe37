"""Questions on their way: what is in which parcel, and which parcels are not accounted for."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store.database import Database
from watcher.adapters.store.paying_tables import parcel_questions, parcels
from watcher.ports import Parcel, Question, Request

_ON_THEIR_WAY = sa.select(parcels.c.number).where(parcels.c.closed.is_(None))

AWAITED_BATCHES = sa.select(parcel_questions.c.batch).where(parcel_questions.c.parcel.in_(_ON_THEIR_WAY))
"""The numbers of the batches that are asked about in an open parcel."""


class Parcels:
    """Implements ports.ParcelLog."""

    database: Database

    def awaited(self, key: str) -> bool:
        """Whether the question is in a parcel that is still open."""
        return self._count(parcel_questions.c.key == key, parcel_questions.c.parcel.in_(_ON_THEIR_WAY)) > 0

    def tries(self, key: str) -> int:
        """In how many parcels the question has been."""
        return self._count(parcel_questions.c.key == key)

    def _count(self, *conditions: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.count()).select_from(parcel_questions).where(*conditions)
        with self.database.read() as connection:
            return connection.execute(query).scalar_one()

    def pack(self, parcel: Parcel, questions: Sequence[Question]) -> Parcel:
        """Record a parcel that is about to be sent; gives it with its number."""
        values = {name: getattr(parcel, name) for name in ("key", "model", "path", "packed")}
        with self.database.write() as connection:
            number = connection.scalars(sa.insert(parcels).values(values).returning(parcels.c.number)).one()
            members = [{**_values(question), "parcel": number} for question in questions]
            connection.execute(sa.insert(parcel_questions), members)
        return dataclasses.replace(parcel, number=number)

    def forwarded(self, number: int, ref: str) -> None:
        """Record the server's name of a parcel."""
        with self.database.write() as connection:
            connection.execute(sa.update(parcels).where(parcels.c.number == number).values(ref=ref))

    def open_parcels(self) -> Sequence[Parcel]:
        """The parcels that are not accounted for, oldest first."""
        query = sa.select(parcels).where(parcels.c.closed.is_(None)).order_by(parcels.c.number)
        with self.database.read() as connection:
            found = connection.execute(query).all()
        return [Parcel(row.number, row.key, row.model, row.path, row.packed, row.ref) for row in found]

    def questions(self, number: int) -> Sequence[Question]:
        """What is in a parcel."""
        query = sa.select(parcel_questions).where(parcel_questions.c.parcel == number).order_by(parcel_questions.c.key)
        with self.database.read() as connection:
            found = connection.execute(query).all()
        return [Question(row.key, row.batch, Request(**row.request), row.reservation) for row in found]

    def close_parcel(self, number: int, outcome: str, at: datetime) -> None:
        """Record what became of a parcel; nothing of it is awaited any more."""
        with self.database.write() as connection:
            change = sa.update(parcels).where(parcels.c.number == number).values(outcome=outcome[:32], closed=at)
            connection.execute(change)


def _values(question: Question) -> dict[str, Any]:
    request = {**dataclasses.asdict(question.request), "schema": dict(question.request.schema)}
    return {
        "key": question.key,
        "batch": question.batch,
        "request": request,
        "reservation": question.reservation,
    }
