"""Database access for alarms to the operator: queries for the figures that alarm rules test, and the log of alarms
raised and cleared.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from watcher.adapters.store import rows as convert
from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Database, Part
from watcher.domain.facts import lost_rows
from watcher.domain.health import Alarm, AlarmChange, AlarmKind, Observations, alarm_changes
from watcher.domain.papers.feeds import FeedReport
from watcher.logs import redact
from watcher.ports.store import AlarmStore, CatalogRowStore, DayStore, RunStore, WaitingStore

_NEWEST = t.alarms.c.id.in_(sa.select(sa.func.max(t.alarms.c.id)).group_by(t.alarms.c.kind))
_SUCCESS = {"triage": [t.triages], "score": [t.relevances], "summarize": [t.summaries], "post": [t.cards, t.digests]}


class Alarms(Part, AlarmStore):
    def __init__(
        self,
        database: Database,
        catalog_rows: CatalogRowStore,
        days: DayStore,
        runs: RunStore,
        waiting: WaitingStore,
    ) -> None:
        super().__init__(database)
        self._catalog_rows = catalog_rows
        self._days = days
        self._runs = runs
        self._waiting = waiting

    def signs(self, topics: Sequence[str], desk: str, now: datetime) -> Observations:
        waiting = self._waiting.counts(topics, desk)
        failing = {}
        with self._database.read() as connection:
            for stage in _SUCCESS:
                # Nothing waits: what failed was mended otherwise, or given up.
                if (waiting[stage] or stage == "post") and (found := _failing(connection, stage)):
                    failing[stage] = found
            first = connection.scalar(sa.select(sa.func.min(t.runs.c.started)))
            reconciled = _reconciled(connection)
            if found := _unpushed(connection):
                failing["push"] = found
            if found := _uncataloged(connection, {f.error for f in self._runs.failures("catalog")}):
                failing["catalog"] = found
        return Observations(
            first,
            self._days.account(now),
            reconciled,
            failing,
            lost=tuple(lost_rows(self._catalog_rows.missing(topics))),
        )

    def add(self, alarm: Alarm) -> bool:
        values = {"kind": alarm.kind, "change": alarm.change, "detail": redact(alarm.detail), "at": alarm.at}
        wrong = {alarm.kind: alarm.detail} if alarm.change is not AlarmChange.CLOSED else {}
        with self._database.write() as connection:
            self._database.one_at_a_time(connection, t.alarms)
            # Asked again under the lock: another process may have told it since it was found.
            told = [last for last in _read(connection, _NEWEST) if last.kind is alarm.kind]
            if alarm.change not in {due.change for due in alarm_changes(told, wrong, alarm.at)}:
                return False
            connection.execute(sa.insert(t.alarms).values(values))
            return True

    def last(self) -> Sequence[Alarm]:
        return self._alarms(_NEWEST)

    def standing(self) -> Sequence[Alarm]:
        return [alarm for alarm in self.last() if alarm.change is not AlarmChange.CLOSED]

    def told_before(self, alarm: Alarm) -> Sequence[Alarm]:
        c = t.alarms.c
        earlier = sa.and_(c.kind == alarm.kind, c.id < alarm.number)
        opened = sa.select(sa.func.max(c.id)).where(earlier, c.change == AlarmChange.OPENED).scalar_subquery()
        return self._alarms(sa.and_(earlier, c.id >= opened))

    def _alarms(self, condition: sa.ColumnElement[bool]) -> list[Alarm]:
        with self._database.read() as connection:
            return _read(connection, condition)


def _read(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[Alarm]:
    rows = connection.execute(sa.select(t.alarms).where(condition).order_by(t.alarms.c.id))
    return [Alarm(AlarmKind(row.kind), AlarmChange(row.change), row.detail, row.at, row.id) for row in rows]


def _failing(connection: sa.Connection, stage: str) -> tuple[datetime, str] | None:
    """The time since when a stage has failed without a success in between, and its latest error; None if it has not."""
    c = t.failures.c
    query = sa.select(c.at, c.error).where(c.stage == stage).order_by(c.id)
    successes = [connection.scalar(sa.select(sa.func.max(table.c.at))) for table in _SUCCESS[stage]]
    if last := max(filter(None, successes), default=None):
        query = query.where(c.at > last)
    found = connection.execute(query).all()
    return (found[0].at, found[-1].error) if found else None


def _unpushed(connection: sa.Connection) -> tuple[datetime, str] | None:
    """The time since when a catalog's remote has accepted no commits, whatever the errors, and the latest error."""
    taken = t.pushes.alias()
    later = sa.exists().where(taken.c.catalog == t.pushes.c.catalog, taken.c.trouble == "", taken.c.id > t.pushes.c.id)
    query = sa.select(t.pushes.c.at, t.pushes.c.trouble).where(t.pushes.c.trouble != "", ~later.correlate(t.pushes))
    found = connection.execute(query.order_by(t.pushes.c.id)).all()
    return (found[0].at, found[-1].trouble) if found else None


def _uncataloged(connection: sa.Connection, errors: set[str]) -> tuple[datetime, str] | None:
    """The time since when decisions could not be written to the catalog, and the error. An unchanged error is recorded
    once.
    """
    c = t.failures.c
    query = sa.select(c.at, c.error).where(c.stage == "catalog", c.error.in_(errors)).order_by(c.id.desc())
    found = connection.execute(query).first()
    return (found.at, found.error) if found else None


def _reconciled(connection: sa.Connection) -> FeedReport | None:
    c = t.feed_readings.c
    query = sa.select(t.feed_readings).where(c.run.like("reconcile-%")).order_by(c.id.desc()).limit(1)
    row = connection.execute(query).first()
    return convert.feed_report(row) if row else None
