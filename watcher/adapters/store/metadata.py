"""Database access for metadata services such as Semantic Scholar: papers that cite papers of the catalog, figures about
papers (citations, stars, venues), and the requests, which are counted and their answers cached.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Part, chunks
from watcher.adapters.store.rows import BY_CITATIONS, decode, encode
from watcher.adapters.store.tables import service_requests
from watcher.domain.catalog.attention import Signal
from watcher.domain.facts import Enrichment
from watcher.domain.papers.citations import CitationSearch, CitedRow
from watcher.domain.papers.paper import PaperId
from watcher.ports.store import CitationStore, ServiceStore

_C = t.citations.c


class Citations(Part, CitationStore):
    def add(
        self,
        topic: str,
        pairs: Collection[tuple[PaperId, PaperId]],
        rows: Mapping[PaperId, CitedRow],
        service: str,
        run: str,
        at: datetime,
    ) -> None:
        values = [
            {
                "topic": topic,
                "paper": str(paper),
                "cited": str(cited),
                "row_number": rows[cited].number,
                "row_title": rows[cited].title,
                "service": service,
                "run": run,
                "at": at,
            }
            for paper, cited in sorted(pairs)
        ]
        for chunk in chunks(values):
            self._insert_new(t.citations, chunk)

    def to_take_in(self, topic: str, since: datetime, limit: int) -> Sequence[PaperId]:
        known = sa.exists().where(t.candidates.c.topic == topic, t.candidates.c.paper == _C.paper)
        query = (
            sa.select(_C.paper)
            .where(_C.topic == topic, _C.at >= since, ~known)
            .group_by(_C.paper)
            .order_by(sa.func.count().desc(), _C.paper.desc())
            .limit(limit)
        )
        return [PaperId.from_key(key) for key in self._scalars(query)]

    def remove(self, topic: str, papers: Collection[PaperId]) -> None:
        keys = sorted(map(str, papers))
        with self._database.write() as connection:
            for chunk in chunks(keys):
                connection.execute(sa.delete(t.citations).where(_C.topic == topic, _C.paper.in_(chunk)))

    def count_taken_in(self, topic: str, since: datetime) -> int:
        c = t.candidates.c
        query = (
            sa.select(sa.func.count()).select_from(t.candidates).where(c.topic == topic, c.at >= since, BY_CITATIONS)
        )
        return self._scalar(query) or 0

    def add_search(self, topic: str, search: CitationSearch, run: str, at: datetime) -> None:
        self._write(sa.insert(t.citation_searches).values(encode(search, topic=topic, run=run, at=at)))

    def searches(self, topic: str, week: str) -> Sequence[CitationSearch]:
        with self._database.read() as connection:
            return searches_of(connection, topic, week)


def searches_of(connection: sa.Connection, topic: str, week: str) -> tuple[CitationSearch, ...]:
    """The latest search for papers that cite the catalog, at each citation service, for a topic in a week."""
    c = t.citation_searches.c
    latest = sa.select(sa.func.max(c.id)).where(c.topic == topic, c.week == week).group_by(c.service)
    query = sa.select(t.citation_searches).where(c.id.in_(latest)).order_by(c.service)
    return tuple(decode(CitationSearch, row) for row in connection.execute(query))


class Services(Part, ServiceStore):
    def add_signals(self, signals: Sequence[Signal]) -> None:
        self._insert_new(t.signals, [encode(signal) for signal in signals])

    def signals(self, papers: Collection[PaperId], since: datetime | None = None) -> Sequence[Signal]:
        c, keys = t.signals.c, sorted(map(str, papers))
        newest = sa.select(sa.func.max(c.id)).group_by(c.paper, c.source)
        found: list[Signal] = []
        for chunk in chunks(keys):
            named = c.paper.in_(chunk)
            query = sa.select(t.signals).where(c.id.in_(newest.where(named))).order_by(c.id)
            query = query if since is None else query.where(c.at > since)
            found += [decode(Signal, row) for row in self._rows(query)]
        return found

    def add_enrichments(self, found: Mapping[int, Enrichment], run: str, at: datetime) -> None:
        rows = [
            {
                "candidate": number,
                "enriched_venue": one.venue,
                "enriched_attention": one.attention,
                "enriched_by": one.sources,
                "run": run,
                "at": at,
            }
            for number, one in found.items()
        ]
        self._insert_new(t.enrichments, rows)

    def begin_request(
        self, service: str, purpose: str, request: str, *, most: int, since: datetime, at: datetime
    ) -> int:
        c = service_requests.c
        values = {"service": service, "purpose": purpose, "request": request, "at": at}
        with self._database.write() as connection:
            self._database.one_at_a_time(connection, service_requests)
            connection.execute(sa.delete(service_requests).where(c.at < at - _KEPT))
            if _count(connection, purpose, since) >= most:
                return 0
            made = connection.execute(sa.insert(service_requests).values(values).returning(c.id))
            return int(made.scalar_one())

    def finish_request(self, number: int, answer: bytes) -> None:
        done = sa.update(service_requests).where(service_requests.c.id == number)
        self._write(done.values(answer=zlib.compress(answer)))

    def answer(self, service: str, request: str, since: datetime) -> bytes | None:
        c = service_requests.c
        query = (
            sa.select(c.answer)
            .where(c.service == service, c.request == request, c.at >= since, c.answer.is_not(None))
            .order_by(c.id.desc())
            .limit(1)
        )
        found = self._scalar(query)
        return None if found is None else zlib.decompress(found)

    def count_requests(self, purpose: str, since: datetime) -> int:
        with self._database.read() as connection:
            return _count(connection, purpose, since)


_KEPT = timedelta(days=100)


def _count(connection: sa.Connection, purpose: str, since: datetime) -> int:
    """The number of requests for a purpose since a time."""
    c = service_requests.c
    return connection.scalar(sa.select(sa.func.count()).where(c.purpose == purpose, c.at >= since)) or 0
