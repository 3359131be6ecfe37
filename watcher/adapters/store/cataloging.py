"""Catalog: which decisions the document has not followed yet, and what was done to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.curating import hold, latest
from watcher.adapters.store.database import Database
from watcher.domain.facts import CatalogRow, RowChange, Verdict
from watcher.domain.paper import PaperId


class Cataloging:
    """The part of the store that follows decisions into the catalog."""

    database: Database

    def to_catalog(self, topic: str) -> Sequence[tuple[int, bool]]:
        """(number, wanted) of candidates whose latest decision the catalog has not followed yet.

        A row that stood there before the bot (PRESENT) is never taken out by it.
        """
        query = uncataloged().where(t.candidates.c.topic == topic).order_by(t.candidates.c.number)
        with self.database.read() as connection:
            return [(row.number, bool(row.wanted)) for row in connection.execute(query)]

    def intend_row(self, number: int, at: datetime) -> bool:
        """Record that a row is about to be added; False when an earlier intent still stands open."""
        c = t.catalog_rows.c
        with self.database.write() as connection:
            hold(connection, number)
            newest = sa.select(c.change).where(c.candidate == number).order_by(c.id.desc()).limit(1)
            if connection.scalar(newest) == RowChange.INTENDED:
                return False
            values = {"candidate": number, "change": RowChange.INTENDED, "row_number": 0, "commit_id": "", "at": at}
            connection.execute(sa.insert(t.catalog_rows).values(values))
            return True

    def wanted_elsewhere(self, number: int, topics: Sequence[str] | None = None) -> bool:
        """Whether a candidate of the same paper in another topic (of these, if told) is approved and holds the row."""
        decided, written = latest(t.decisions, "verdict"), latest(t.catalog_rows, "change")
        paper = sa.select(t.candidates.c.paper).where(t.candidates.c.number == number).scalar_subquery()
        others = (
            sa.select(sa.func.count())
            .select_from(t.candidates)
            .join(decided, decided.c.candidate == t.candidates.c.number)
            .join(written, written.c.candidate == t.candidates.c.number)
            .where(
                t.candidates.c.paper == paper,
                t.candidates.c.number != number,
                decided.c.verdict == Verdict.APPROVE,
                written.c.change.in_([RowChange.ADDED, RowChange.PRESENT]),
            )
        )
        if topics is not None:
            others = others.where(t.candidates.c.topic.in_(topics))
        with self.database.read() as connection:
            return connection.execute(others).scalar_one() > 0

    def add_row(self, number: int, row: CatalogRow) -> None:
        """Add the fact that the catalog followed a decision."""
        values: Mapping[str, Any] = {
            "candidate": number,
            "change": row.change,
            "row_number": row.number,
            "commit_id": row.commit,
            "at": row.at,
        }
        with self.database.write() as connection:
            connection.execute(sa.insert(t.catalog_rows).values(values))

    def additions(self) -> Mapping[PaperId, datetime]:
        """When the bot added which of the papers whose rows stand now."""
        written = latest(t.catalog_rows, "change", "at")
        query = (
            sa.select(t.candidates.c.paper, written.c.at)
            .join(written, written.c.candidate == t.candidates.c.number)
            .where(written.c.change == RowChange.ADDED)
        )
        with self.database.read() as connection:
            return {PaperId.from_key(row.paper): row.at for row in connection.execute(query)}


def uncataloged() -> sa.Select[Any]:
    """Candidates whose latest decision the catalog has not followed yet, and whether it wants a row."""
    decided, written = latest(t.decisions, "verdict"), latest(t.catalog_rows, "change")
    wanted = decided.c.verdict == Verdict.APPROVE
    change = sa.func.coalesce(written.c.change, RowChange.REMOVED)
    return (
        sa.select(t.candidates.c.number, wanted.label("wanted"))
        .join(decided, decided.c.candidate == t.candidates.c.number)
        .outerjoin(written, written.c.candidate == t.candidates.c.number)
        .where(
            sa.or_(
                sa.and_(wanted, change == RowChange.REMOVED),
                sa.and_(wanted, change == RowChange.INTENDED),
                sa.and_(sa.not_(wanted), change.in_([RowChange.ADDED, RowChange.INTENDED])),
            )
        )
    )
