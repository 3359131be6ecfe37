"""Database access for the log of each approved paper's row in the catalog file (added, removed, missing …), and for
pushes of the catalog's repository.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Part
from watcher.adapters.store.tables import catalog_owners
from watcher.domain.facts import MISSING, ApprovedRow, CatalogRow, Push, RowChange, Verdict
from watcher.domain.papers.paper import PaperId
from watcher.logs import redact
from watcher.ports import Failure
from watcher.ports.store import CatalogOwnerStore, CatalogRowStore, PushStore

_OUT = RowChange.REMOVED
_FOLLOWED = (RowChange.ADDED, RowChange.PRESENT, *MISSING)
"""States of an approved paper's row in which nothing is to be done; people are asked about a missing one."""
_GONE = (RowChange.REMOVED, RowChange.PRESENT, RowChange.RETURNED)
"""States of an unwanted row in which nothing is to be done; people are asked about one that is back."""


class CatalogRows(Part, CatalogRowStore):
    def to_catalog(self, topic: str) -> Sequence[tuple[int, bool]]:
        query = uncataloged().where(t.candidates.c.topic == topic).order_by(t.candidates.c.number)
        with self._database.read() as connection:
            return [(row.number, bool(row.wanted)) for row in connection.execute(query)]

    def intend(self, number: int, at: datetime) -> bool:
        with self._database.write() as connection:
            rows.hold(connection, number)
            if newest(connection, number) == RowChange.INTENDED:
                return False
            add_fact(connection, number, CatalogRow(RowChange.INTENDED, kept_number(connection, number), "", at))
            return True

    def wanted_elsewhere(self, number: int, topics: Sequence[str] | None = None) -> bool:
        decided, written = rows.latest(t.decisions, "verdict"), rows.latest(t.catalog_rows, "change")
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
        with self._database.read() as connection:
            return connection.execute(others).scalar_one() > 0

    def add(self, number: int, row: CatalogRow) -> None:
        with self._database.write() as connection:
            add_fact(connection, number, row)

    def approved(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        return self._rows(topics, wanted=True)

    def withdrawn(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        return self._rows(topics, wanted=False)

    def _rows(self, topics: Sequence[str] | None, *, wanted: bool) -> Sequence[ApprovedRow]:
        query, of = (
            _rows_query(wanted=wanted, of_topics=topics is not None),
            {} if topics is None else {"topics": topics},
        )
        revised = sa.select(t.revisions.c.candidate, t.revisions.c.after).where(t.revisions.c.cell == "title")
        with self._database.read() as connection:
            found = connection.execute(query, of).all()
            revised = revised.order_by(t.revisions.c.id)
            titles = {row.candidate: row.after for row in connection.execute(revised)} if found else {}
            return [_approved(row, titles.get(row.number)) for row in found]

    def missing(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        return [row for row in self.approved(topics) if row.change in MISSING]

    def returned(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        return [row for row in self.withdrawn(topics) if row.change is RowChange.RETURNED]

    def update(self, row: ApprovedRow, now: CatalogRow) -> bool:
        with self._database.write() as connection:
            rows.hold(connection, row.candidate)
            if newest(connection, row.candidate) != row.change:
                return False
            add_fact(connection, row.candidate, now)
            return True

    def additions(self) -> Mapping[PaperId, datetime]:
        written = rows.latest(t.catalog_rows, "change", "at")
        query = (
            sa.select(t.candidates.c.paper, written.c.at)
            .join(written, written.c.candidate == t.candidates.c.number)
            .where(written.c.change == RowChange.ADDED)
        )
        with self._database.read() as connection:
            return {PaperId.from_key(row.paper): row.at for row in connection.execute(query)}


@cache
def _rows_query(*, wanted: bool, of_topics: bool) -> sa.Select[Any]:
    """Query for rows that were in the catalog at some time and that the latest verdict wants, or does not want, there;
    of the parameter `topics` or of all. Built once, because building takes longer than running.
    """
    origins, later = t.catalog_rows.alias(), t.catalog_rows.alias()
    came = [RowChange.ADDED, RowChange.PRESENT]
    overtaken = sa.exists().where(
        later.c.candidate == origins.c.candidate, later.c.id > origins.c.id, later.c.change.in_(came)
    )
    decided, written = rows.latest(t.decisions, "verdict"), rows.latest(t.catalog_rows, "change", "row_number")
    if wanted:
        condition = sa.and_(decided.c.verdict == Verdict.APPROVE, written.c.change != _OUT)
    else:
        condition = sa.and_(decided.c.verdict != Verdict.APPROVE, written.c.change.in_([_OUT, RowChange.RETURNED]))
    query = (
        sa.select(t.candidates.c.number, t.candidates.c.paper, t.paper_versions.c.title)
        .add_columns(written.c.change, written.c.row_number)
        .add_columns(origins.c.change.label("origin"), origins.c.commit_id)
        .join(decided, decided.c.candidate == t.candidates.c.number)
        .join(written, written.c.candidate == t.candidates.c.number)
        .join(origins, sa.and_(origins.c.candidate == t.candidates.c.number, origins.c.change.in_(came), ~overtaken))
        .join(t.announcements, t.announcements.c.id == t.candidates.c.announcement)
        .join(t.paper_versions, t.paper_versions.c.id == t.announcements.c.paper_version)
        .where(condition)
        .order_by(t.candidates.c.number)
    )
    return query.where(rows.of_topics()) if of_topics else query


def _approved(row: sa.Row[Any], revised: str | None) -> ApprovedRow:
    titles = tuple(dict.fromkeys(filter(None, (revised, row.title))))
    return ApprovedRow(
        row.number,
        PaperId.from_key(row.paper),
        titles,
        RowChange(row.change),
        row.row_number,
        RowChange(row.origin),
        row.commit_id,
    )


def uncataloged() -> sa.Select[Any]:
    """Query for candidates whose latest decision has not been carried out in the catalog file: candidate number, and
    `wanted`, whether the paper is to have a row there.
    """
    decided, written = rows.latest(t.decisions, "verdict"), rows.latest(t.catalog_rows, "change")
    wanted = decided.c.verdict == Verdict.APPROVE
    change = sa.func.coalesce(written.c.change, RowChange.REMOVED)
    return (
        sa.select(t.candidates.c.number, wanted.label("wanted"))
        .join(decided, decided.c.candidate == t.candidates.c.number)
        .outerjoin(written, written.c.candidate == t.candidates.c.number)
        .where(
            sa.or_(
                sa.and_(wanted, change.not_in(_FOLLOWED)),
                sa.and_(sa.not_(wanted), change.not_in(_GONE)),
            )
        )
    )


class Pushes(Part, PushStore):
    def add(self, push: Push, run: str) -> None:
        with self._database.write() as connection:
            connection.execute(sa.insert(t.pushes).values({**_values(push), "run": run}))

    def last(self, catalog: str | None = None) -> Push | None:
        query = (
            sa.select(t.pushes).where(t.pushes.c.trouble == "", _of(catalog)).order_by(t.pushes.c.id.desc()).limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return Push(row.catalog, row.commit_id, row.branch, row.url, row.at) if row else None

    def failures(self, catalog: str | None = None) -> list[Failure]:
        newest = sa.select(sa.func.max(t.pushes.c.id)).where(_of(catalog)).group_by(t.pushes.c.catalog)
        query = (
            sa.select(t.pushes.c.trouble)
            .where(t.pushes.c.id.in_(newest), t.pushes.c.trouble != "")
            .order_by(t.pushes.c.id)
        )
        with self._database.read() as connection:
            return [Failure("push", None, trouble) for trouble in connection.scalars(query)]


def _values(push: Push) -> dict[str, Any]:
    told = {"catalog": push.catalog, "commit_id": push.commit, "branch": push.branch, "url": push.url, "at": push.at}
    return {**told, "trouble": redact(push.trouble)}


def _of(catalog: str | None) -> sa.ColumnElement[bool]:
    return sa.true() if catalog is None else t.pushes.c.catalog == catalog


class CatalogOwners(Part, CatalogOwnerStore):
    def get(self, catalog: str) -> str:
        with self._database.read() as connection:
            return connection.scalar(sa.select(catalog_owners.c.mark).where(catalog_owners.c.catalog == catalog)) or ""

    def claim(self, catalog: str, mark: str, at: datetime) -> str:
        with self._database.write() as connection:
            self._database.insert_new(connection, catalog_owners, [{"catalog": catalog, "mark": mark, "at": at}])
        return self.get(catalog)

    def move(self, catalog: str, mark: str, at: datetime) -> None:
        with self._database.write() as connection:
            self._database.replace(connection, catalog_owners, {"catalog": catalog, "mark": mark, "at": at})


def newest(connection: sa.Connection, number: int) -> str | None:
    """The latest logged event (a RowChange value) of a candidate's row in the catalog file; None if it never had one."""
    c = t.catalog_rows.c
    return connection.scalar(sa.select(c.change).where(c.candidate == number).order_by(c.id.desc()).limit(1))


def kept_number(connection: sa.Connection, number: int) -> int:
    """The number reserved for a candidate's row while the row is missing from the catalog file; 0 if it is not
    missing.
    """
    c = t.catalog_rows.c
    query = sa.select(c.change, c.row_number).where(c.candidate == number).order_by(c.id.desc()).limit(1)
    row = connection.execute(query).first()
    return row.row_number if row and row.change in {*MISSING, RowChange.WANTED_BACK} else 0


def want_back(connection: sa.Connection, number: int, at: datetime) -> bool:
    """If a candidate's row is missing from the catalog file, log that it is to be put back; return whether it is
    missing.
    """
    if newest(connection, number) not in MISSING:
        return False
    add_fact(connection, number, CatalogRow(RowChange.WANTED_BACK, kept_number(connection, number), "", at))
    return True


def want_out(connection: sa.Connection, number: int, at: datetime) -> bool:
    """If a candidate's row has reappeared in the catalog file although its approval was withdrawn, log that it is to be
    removed; return whether it has reappeared.
    """
    if newest(connection, number) != RowChange.RETURNED:
        return False
    add_fact(connection, number, CatalogRow(RowChange.UNWANTED, 0, "", at))
    return True


def add_fact(connection: sa.Connection, number: int, row: CatalogRow) -> None:
    """Log an event (added, removed, missing …) of a candidate's row in the catalog file."""
    values = {
        "candidate": number,
        "change": row.change,
        "row_number": row.number,
        "commit_id": row.commit,
        "at": row.at,
    }
    connection.execute(sa.insert(t.catalog_rows).values(values))
