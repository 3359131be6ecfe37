"""Catalog: which decisions the document has not followed yet, and what was done to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.cards import latest
from watcher.adapters.store.database import Database
from watcher.adapters.store.row_facts import add_fact, kept_number, newest
from watcher.adapters.store.tables import homes, metadata, run_column, when_column
from watcher.domain.facts import MISSING, ApprovedRow, CatalogRow, Push, RowChange, Verdict
from watcher.domain.papers.paper import PaperId
from watcher.logs import redact
from watcher.ports import Failure

_OUT = RowChange.REMOVED
_FOLLOWED = (RowChange.ADDED, RowChange.PRESENT, *MISSING)
"""What became of an approved row; people are asked about one that is missing."""
_GONE = (RowChange.REMOVED, RowChange.PRESENT, RowChange.RETURNED)
"""What became of a row that is not wanted; people are asked about one that stands again."""


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
        with self.database.write() as connection:
            rows.hold(connection, number)
            if newest(connection, number) == RowChange.INTENDED:
                return False
            add_fact(connection, number, CatalogRow(RowChange.INTENDED, kept_number(connection, number), "", at))
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
        with self.database.write() as connection:
            add_fact(connection, number, row)

    def approved_rows(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        """The rows of approved papers (of these topics, if told) that stand or are missing, as last known."""
        return self._rows_where(topics, lambda verdict, change: sa.and_(verdict == Verdict.APPROVE, change != _OUT))

    def withdrawn_rows(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        """The rows of papers whose approval was withdrawn (of these topics, if told): taken out, or standing again."""
        return self._rows_where(
            topics,
            lambda verdict, change: sa.and_(verdict != Verdict.APPROVE, change.in_([_OUT, RowChange.RETURNED])),
        )

    def _rows_where(
        self,
        topics: Sequence[str] | None,
        condition: Callable[[sa.ColumnElement[str], sa.ColumnElement[str]], sa.ColumnElement[bool]],
    ) -> Sequence[ApprovedRow]:
        """The rows that once came to stand of which a condition on the latest verdict and the latest change holds."""
        origins, later = t.catalog_rows.alias(), t.catalog_rows.alias()
        came = [RowChange.ADDED, RowChange.PRESENT]
        overtaken = sa.exists().where(
            later.c.candidate == origins.c.candidate, later.c.id > origins.c.id, later.c.change.in_(came)
        )
        decided, written = latest(t.decisions, "verdict"), latest(t.catalog_rows, "change", "row_number")
        query = (
            sa.select(t.candidates.c.number, t.candidates.c.paper, t.paper_versions.c.title)
            .add_columns(written.c.change, written.c.row_number)
            .add_columns(origins.c.change.label("origin"), origins.c.commit_id)
            .join(decided, decided.c.candidate == t.candidates.c.number)
            .join(written, written.c.candidate == t.candidates.c.number)
            .join(
                origins, sa.and_(origins.c.candidate == t.candidates.c.number, origins.c.change.in_(came), ~overtaken)
            )
            .join(t.announcements, t.announcements.c.id == t.candidates.c.announcement)
            .join(t.paper_versions, t.paper_versions.c.id == t.announcements.c.paper_version)
            .where(condition(decided.c.verdict, written.c.change))
            .order_by(t.candidates.c.number)
        )
        revised = sa.select(t.revisions.c.candidate, t.revisions.c.after).where(t.revisions.c.cell == "title")
        if topics is not None:
            query = query.where(t.candidates.c.topic.in_(topics))
        with self.database.read() as connection:
            titles = {row.candidate: row.after for row in connection.execute(revised.order_by(t.revisions.c.id))}
            return [_approved(row, titles.get(row.number)) for row in connection.execute(query)]

    def missing_rows(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        """Those of them that were found missing and that nobody has said anything of."""
        return [row for row in self.approved_rows(topics) if row.change in MISSING]

    def returned_rows(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        """Those whose approval was withdrawn that were found standing again and that nobody has said anything of."""
        return [row for row in self.withdrawn_rows(topics) if row.change is RowChange.RETURNED]

    def row_seen(self, row: ApprovedRow, now: CatalogRow) -> bool:
        """Add the fact that a row is missing, or stands again; False when it is no longer as it was known."""
        with self.database.write() as connection:
            rows.hold(connection, row.candidate)
            if newest(connection, row.candidate) != row.change:
                return False
            add_fact(connection, row.candidate, now)
            return True

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
                sa.and_(wanted, change.not_in(_FOLLOWED)),
                sa.and_(sa.not_(wanted), change.not_in(_GONE)),
            )
        )
    )


pushes = sa.Table(
    "pushes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("catalog", sa.Text, nullable=False),
    sa.Column("commit_id", sa.String(64), nullable=False),
    sa.Column("branch", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("trouble", sa.Text, nullable=False),
    run_column(),
    when_column(),
)


class Pushing:
    """The part of the store that remembers the remote."""

    database: Database

    def add_push(self, push: Push, run: str) -> None:
        """Add the fact that a catalog's remote holds a commit, or did not take it."""
        with self.database.write() as connection:
            connection.execute(sa.insert(pushes).values({**_values(push), "run": run}))

    def last_push(self, catalog: str | None = None) -> Push | None:
        """What a catalog's remote, or any, took last."""
        query = sa.select(pushes).where(pushes.c.trouble == "", _of(catalog)).order_by(pushes.c.id.desc()).limit(1)
        with self.database.read() as connection:
            row = connection.execute(query).first()
        return Push(row.catalog, row.commit_id, row.branch, row.url, row.at) if row else None

    def push_trouble(self, catalog: str | None = None) -> list[Failure]:
        """What keeps a catalog, or each of them, from being pushed; nothing once a push came after it."""
        newest = sa.select(sa.func.max(pushes.c.id)).where(_of(catalog)).group_by(pushes.c.catalog)
        query = sa.select(pushes.c.trouble).where(pushes.c.id.in_(newest), pushes.c.trouble != "").order_by(pushes.c.id)
        with self.database.read() as connection:
            return [Failure("push", None, trouble) for trouble in connection.scalars(query)]


def _values(push: Push) -> dict[str, Any]:
    told = {"catalog": push.catalog, "commit_id": push.commit, "branch": push.branch, "url": push.url, "at": push.at}
    return {**told, "trouble": redact(push.trouble)}


def _of(catalog: str | None) -> sa.ColumnElement[bool]:
    return sa.true() if catalog is None else pushes.c.catalog == catalog


class Homes:
    """The part of the store that knows the catalogs' copies by their marks."""

    database: Database

    def home(self, catalog: str) -> str:
        """The mark of the copy that a catalog's rows are written to; "" before the first row."""
        with self.database.read() as connection:
            return connection.scalar(sa.select(homes.c.mark).where(homes.c.catalog == catalog)) or ""

    def claim_home(self, catalog: str, mark: str, at: datetime) -> str:
        """Make this copy the one, unless one is it already; gives the mark of the one."""
        with self.database.write() as connection:
            self.database.insert_new(connection, homes, [{"catalog": catalog, "mark": mark, "at": at}])
        return self.home(catalog)

    def move_home(self, catalog: str, mark: str, at: datetime) -> None:
        """Make this copy the one from now on."""
        with self.database.write() as connection:
            self.database.replace(connection, homes, {"catalog": catalog, "mark": mark, "at": at})
