"""Database access for requests to metadata services such as Semantic Scholar: the requests are counted, and their
answers cached.
"""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta

import sqlalchemy as sa

from watcher.adapters.store.database import Part
from watcher.adapters.store.tables import service_requests
from watcher.ports.store import ServiceRequestStore

_KEPT = timedelta(days=100)


class ServiceRequests(Part, ServiceRequestStore):
    def begin(self, service: str, purpose: str, request: str, *, most: int, since: datetime, at: datetime) -> int:
        c = service_requests.c
        values = {"service": service, "purpose": purpose, "request": request, "at": at}
        with self._database.write() as connection:
            self._database.one_at_a_time(connection, service_requests)
            connection.execute(sa.delete(service_requests).where(c.at < at - _KEPT))
            if _count(connection, purpose, since) >= most:
                return 0
            made = connection.execute(sa.insert(service_requests).values(values).returning(c.id))
            return int(made.scalar_one())

    def finish(self, number: int, answer: bytes) -> None:
        done = sa.update(service_requests).where(service_requests.c.id == number)
        with self._database.write() as connection:
            connection.execute(done.values(answer=zlib.compress(answer)))

    def answer(self, service: str, request: str, since: datetime) -> bytes | None:
        c = service_requests.c
        query = (
            sa.select(c.answer)
            .where(c.service == service, c.request == request, c.at >= since, c.answer.is_not(None))
            .order_by(c.id.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            found = connection.scalar(query)
        return None if found is None else zlib.decompress(found)

    def sent(self, purpose: str, since: datetime) -> int:
        with self._database.read() as connection:
            return _count(connection, purpose, since)


def _count(connection: sa.Connection, purpose: str, since: datetime) -> int:
    """The number of requests for a purpose since a time."""
    c = service_requests.c
    return connection.scalar(sa.select(sa.func.count()).where(c.purpose == purpose, c.at >= since)) or 0
