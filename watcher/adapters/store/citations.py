"""Database access for papers that cite papers of the catalog, and for the weekly searches for them."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Part, chunks
from watcher.domain.papers.citations import FEED, CitationSearch, CitedRow, SearchOutcome
from watcher.domain.papers.paper import PaperId
from watcher.ports.store import CitationStore

_C = t.citations.c

BY_CITATIONS = (
    sa.exists().where(t.announcements.c.id == t.candidates.c.announcement, t.announcements.c.feed == FEED)
).correlate(t.candidates)
"""That a candidate was found by citations before any feed announced it; for queries that hold `candidates`."""

CITES = sa.exists().where(_C.topic == t.candidates.c.topic, _C.paper == t.candidates.c.paper).correlate(t.candidates)
"""That the paper of a candidate cites a row of its topic's catalog; for queries that hold `candidates`."""


def rows_cited(connection: sa.Connection, numbers: sa.Select[tuple[int]]) -> Mapping[int, tuple[CitedRow, ...]]:
    """For each of the given candidates that was found because it cites papers of the catalog: the catalog rows that it
    cites, by candidate number. Citations that became known later are left out, so that a posted card stays correct.
    """
    query = (
        sa.select(t.candidates.c.number, _C.row_number, _C.row_title)
        .join(t.candidates, sa.and_(t.candidates.c.topic == _C.topic, t.candidates.c.paper == _C.paper))
        .where(t.candidates.c.number.in_(numbers.correlate(None)), BY_CITATIONS, _C.at <= t.candidates.c.at)
        .order_by(_C.row_number, _C.row_title)
    )
    found: dict[int, list[CitedRow]] = {}
    for row in connection.execute(query):
        found.setdefault(row.number, []).append(CitedRow(row.row_number, row.row_title))
    return {number: tuple(cited) for number, cited in found.items()}


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
            with self._database.write() as connection:
                self._database.insert_new(connection, t.citations, chunk)

    def to_take_in(self, topic: str, since: datetime, limit: int) -> Sequence[PaperId]:
        known = sa.exists().where(t.candidates.c.topic == topic, t.candidates.c.paper == _C.paper)
        query = (
            sa.select(_C.paper)
            .where(_C.topic == topic, _C.at >= since, ~known)
            .group_by(_C.paper)
            .order_by(sa.func.count().desc(), _C.paper.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return [PaperId.from_key(key) for key in connection.scalars(query)]

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
        with self._database.read() as connection:
            return connection.scalar(query) or 0

    def add_search(self, topic: str, search: CitationSearch, run: str, at: datetime) -> None:
        values = {**dataclasses.asdict(search), "topic": topic, "run": run, "at": at}
        with self._database.write() as connection:
            connection.execute(sa.insert(t.citation_searches).values(values))

    def searches(self, topic: str, week: str) -> Sequence[CitationSearch]:
        with self._database.read() as connection:
            return searches_of(connection, topic, week)


def searches_of(connection: sa.Connection, topic: str, week: str) -> tuple[CitationSearch, ...]:
    """The latest search for papers that cite the catalog, at each citation service, for a topic in a week."""
    c = t.citation_searches.c
    latest = sa.select(sa.func.max(c.id)).where(c.topic == topic, c.week == week).group_by(c.service)
    query = sa.select(c.week, c.service, c.outcome, c.rows, c.papers, c.requests, c.error).where(c.id.in_(latest))
    return tuple(
        CitationSearch(row.week, row.service, SearchOutcome(row.outcome), row.rows, row.papers, row.requests, row.error)
        for row in connection.execute(query.order_by(c.service))
    )
