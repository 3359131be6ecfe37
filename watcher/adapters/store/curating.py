"""Post, decide, catalog: the outbox, the cards and what people made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Database
from watcher.domain.card import Card
from watcher.domain.cells import cells_of
from watcher.domain.errors import UsageError
from watcher.domain.facts import (
    CardPosted,
    CatalogRow,
    Cells,
    Decision,
    Revision,
    RowChange,
    Verdict,
)

_SHOWN_FAILURES = ("catalog",)
_DONE = t.catalog_rows.c.change != RowChange.INTENDED


def latest(table: sa.Table, *names: str) -> sa.Subquery:
    """The newest row of each candidate in an append-only table."""
    newest = sa.select(sa.func.max(table.c.id)).group_by(table.c.candidate)
    return sa.select(table.c.candidate, *[table.c[name] for name in names]).where(table.c.id.in_(newest)).subquery()


def _events() -> sa.ColumnElement[int]:
    """How many things happened to a candidate's card since it was first shown: its face."""
    number = t.candidates.c.number
    counted: sa.ColumnElement[int] = sa.literal(0)
    for table in (t.decisions, t.revisions, t.catalog_rows):
        count = sa.select(sa.func.count()).where(table.c.candidate == number).correlate(t.candidates)
        count = count.where(_DONE) if table is t.catalog_rows else count
        counted = counted + count.scalar_subquery()
    failed = sa.select(sa.func.count()).where(t.failures.c.candidate == number, t.failures.c.stage.in_(_SHOWN_FAILURES))
    return counted + failed.correlate(t.candidates).scalar_subquery()


class Curating:
    """The part of the store that people see."""

    database: Database

    # cards -----------------------------------------------------------------------------------------

    def to_post(self, topic: str, desk: str) -> Sequence[int]:
        """Numbers of summarized candidates without a card at this desk that nobody has decided elsewhere."""
        decided = latest(t.decisions, "verdict")
        query = (
            sa.select(t.candidates.c.number)
            .join(t.summaries, t.summaries.c.candidate == t.candidates.c.number)
            .join(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
            .outerjoin(t.cards, sa.and_(t.cards.c.candidate == t.candidates.c.number, t.cards.c.desk == desk))
            .outerjoin(decided, decided.c.candidate == t.candidates.c.number)
            .where(
                t.candidates.c.topic == topic,
                t.cards.c.candidate.is_(None),
                sa.func.coalesce(decided.c.verdict, "").not_in([Verdict.APPROVE, Verdict.REJECT]),
            )
            .order_by(t.relevances.c.score.desc(), t.candidates.c.number)
        )
        with self.database.read() as connection:
            return list(connection.scalars(query))

    def add_card(self, number: int, posted: CardPosted, face: str, run: str) -> None:
        """Add the fact that a card was posted showing `face`."""
        where = {"candidate": number, "desk": posted.desk}
        with self.database.write() as connection:
            self.database.insert_new(connection, t.cards, [{**where, "ref": posted.ref, "at": posted.at, "run": run}])
            self.database.replace(connection, t.faces, {**where, "face": face})

    def stale_cards(self, desk: str) -> Sequence[tuple[int, str]]:
        """(number, ref) of cards whose facts changed since the desk last showed them."""
        query = (
            sa.select(t.cards.c.candidate, t.cards.c.ref)
            .join(t.candidates, t.candidates.c.number == t.cards.c.candidate)
            .join(t.faces, sa.and_(t.faces.c.candidate == t.cards.c.candidate, t.faces.c.desk == t.cards.c.desk))
            .where(t.cards.c.desk == desk, t.faces.c.face != sa.cast(_events(), sa.String))
            .order_by(t.cards.c.candidate)
        )
        with self.database.read() as connection:
            return [(row.candidate, row.ref) for row in connection.execute(query)]

    def shown(self, number: int, desk: str, face: str) -> None:
        """Record what face a desk now shows."""
        with self.database.write() as connection:
            self.database.replace(connection, t.faces, {"candidate": number, "desk": desk, "face": face})

    def card(self, number: int) -> Card:
        """A candidate's card from its facts. Raises UsageError if it has none."""
        found = self._cards(t.candidates.c.number == number)
        if not found:
            raise UsageError("there is no card with this number", about=str(number), remedy="see `watcher status`")
        return found[0]

    def cards(self, topic: str | None = None) -> Sequence[Card]:
        """All cards, newest day first, best score first within a day."""
        return self._cards(t.candidates.c.topic == topic if topic else sa.true())

    def _cards(self, condition: sa.ColumnElement[bool]) -> list[Card]:
        wanted = [t.relevances, t.summaries]
        columns = [
            c for table in wanted for c in table.c if c.name not in {"candidate", "run", "at", "prompt", "model"}
        ]
        query = (
            rows.CANDIDATE.add_columns(*columns, t.relevances.c.prompt, t.relevances.c.model, _events().label("events"))
            .join(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
            .join(t.summaries, t.summaries.c.candidate == t.candidates.c.number)
            .where(condition)
            .order_by(t.candidates.c.at.desc(), t.relevances.c.score.desc(), t.candidates.c.number)
        )
        with self.database.read() as connection:
            found = connection.execute(query).all()
            numbers = sa.select(t.candidates.c.number).where(condition)
            decided = self._newest(connection, t.decisions, numbers)
            written = self._newest(connection, t.catalog_rows, numbers, _DONE)
            failed = self._newest(connection, t.failures, numbers, t.failures.c.stage.in_(_SHOWN_FAILURES))
            revised = connection.execute(
                sa.select(t.revisions).where(t.revisions.c.candidate.in_(numbers)).order_by(t.revisions.c.id)
            ).all()
        changes: dict[int, list[Any]] = {}
        for row in revised:
            changes.setdefault(row.candidate, []).append(row)
        return [
            _card(row, changes.get(row.number, []), decided.get(row.number), written.get(row.number), failed)
            for row in found
        ]

    @staticmethod
    def _newest(
        connection: sa.Connection, table: sa.Table, numbers: sa.Select[Any], *conditions: sa.ColumnElement[bool]
    ) -> dict[int, Any]:
        query = sa.select(table).where(table.c.candidate.in_(numbers), *conditions).order_by(table.c.id)
        return {row.candidate: row for row in connection.execute(query)}

    # decisions -------------------------------------------------------------------------------------

    def add_decision(self, number: int, decision: Decision) -> bool:
        """Add a decision; False when the same verdict already stands (a double click)."""
        with self.database.write() as connection:
            _hold(connection, number)
            standing = connection.scalar(
                sa.select(t.decisions.c.verdict)
                .where(t.decisions.c.candidate == number)
                .order_by(t.decisions.c.id.desc())
                .limit(1)
            )
            if standing == decision.verdict or (standing is None and decision.verdict is Verdict.UNDO):
                return False
            connection.execute(
                sa.insert(t.decisions).values(
                    candidate=number,
                    verdict=decision.verdict,
                    curator=decision.curator,
                    desk=decision.desk,
                    reason=decision.reason,
                    at=decision.at,
                )
            )
            return True

    def add_revisions(self, number: int, revisions: Sequence[Revision], based_on: int | None) -> None:
        """Add changed cells together. Raises UsageError when revised by someone else since `based_on`."""
        with self.database.write() as connection:
            _hold(connection, number)
            count = connection.scalar(sa.select(sa.func.count()).where(t.revisions.c.candidate == number))
            if based_on is not None and count != based_on:
                raise UsageError(
                    "someone else edited this card meanwhile", about=str(number), remedy="look at it again, then edit"
                )
            self.database.insert_new(
                connection,
                t.revisions,
                [
                    {
                        "candidate": number,
                        "cell": r.cell,
                        "before": r.before,
                        "after": r.after,
                        "curator": r.curator,
                        "at": r.at,
                    }
                    for r in revisions
                ],
            )

    # catalog ---------------------------------------------------------------------------------------

    def to_catalog(self, topic: str) -> Sequence[tuple[int, bool]]:
        """(number, wanted) of candidates whose latest decision the catalog has not followed yet.

        A row that stood there before the bot (PRESENT) is never taken out by it.
        """
        decided, written = latest(t.decisions, "verdict"), latest(t.catalog_rows, "change")
        wanted = decided.c.verdict == Verdict.APPROVE
        change = sa.func.coalesce(written.c.change, RowChange.REMOVED)
        query = (
            sa.select(t.candidates.c.number, wanted.label("wanted"))
            .join(decided, decided.c.candidate == t.candidates.c.number)
            .outerjoin(written, written.c.candidate == t.candidates.c.number)
            .where(
                t.candidates.c.topic == topic,
                sa.or_(
                    sa.and_(wanted, change == RowChange.REMOVED),
                    sa.and_(wanted, change == RowChange.INTENDED),
                    sa.and_(sa.not_(wanted), change.in_([RowChange.ADDED, RowChange.INTENDED])),
                ),
            )
            .order_by(t.candidates.c.number)
        )
        with self.database.read() as connection:
            return [(row.number, bool(row.wanted)) for row in connection.execute(query)]

    def intend_row(self, number: int, at: datetime) -> bool:
        """Record that a row is about to be added; False when an earlier intent still stands open."""
        c = t.catalog_rows.c
        with self.database.write() as connection:
            _hold(connection, number)
            newest = sa.select(c.change).where(c.candidate == number).order_by(c.id.desc()).limit(1)
            if connection.scalar(newest) == RowChange.INTENDED:
                return False
            values = {"candidate": number, "change": RowChange.INTENDED, "row_number": 0, "commit_id": "", "at": at}
            connection.execute(sa.insert(t.catalog_rows).values(values))
            return True

    def wanted_elsewhere(self, number: int) -> bool:
        """Whether another topic's candidate of the same paper is approved and holds the row too."""
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


def _hold(connection: sa.Connection, number: int) -> None:
    """Let one writer at a time act on a candidate; on SQLite the write transaction itself does that."""
    connection.execute(sa.select(t.candidates.c.number).where(t.candidates.c.number == number).with_for_update())


def _card(row: Any, changes: Sequence[Any], decided: Any, written: Any, failed: Mapping[int, Any]) -> Card:
    candidate, summary = rows.candidate(row), rows.summary(row)
    cells = cells_of(candidate.paper, summary)
    if changes:
        values = {name: getattr(cells, name) for name in Cells.names()} | {c.cell: c.after for c in changes}
        cells = Cells(**values)
    broken = failed.get(row.number)
    settled = written is not None and broken is not None and written.at >= broken.at
    return Card(
        candidate=candidate,
        relevance=rows.relevance(row),
        summary=summary,
        cells=cells,
        decision=decided
        and Decision(Verdict(decided.verdict), decided.curator, decided.at, decided.desk, decided.reason),
        row=written and CatalogRow(RowChange(written.change), written.row_number, written.commit_id, written.at),
        revision=len(changes),
        trouble="" if broken is None or settled else broken.error,
        events=row.events,
    )
