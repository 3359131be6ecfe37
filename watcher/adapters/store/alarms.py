"""Alarms: the signs they are made of, and what was told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.announcement_days import AnnouncementDays
from watcher.adapters.store.catalog_rows import pushes
from watcher.adapters.store.tables import metadata, when_column
from watcher.adapters.store.vitals import VitalSigns
from watcher.domain.catalog.missing import lost_rows
from watcher.domain.curation.card import Digest
from watcher.domain.operations.alarm import STAGES, Alarm, AlarmChange, AlarmKind, Observations, alarm_changes
from watcher.domain.papers.feeds import FeedReport, SourceState
from watcher.domain.papers.topic import Topic
from watcher.logs import redact

alarms = sa.Table(
    "alarms",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("change", sa.String(16), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    when_column(),
)

_NEWEST = alarms.c.id.in_(sa.select(sa.func.max(alarms.c.id)).group_by(alarms.c.kind))
_SUCCESS = {"score": [t.relevances], "summarize": [t.summaries], "post": [t.cards, t.digests]}


class Alarms(VitalSigns, AnnouncementDays):
    """Implements ports.AlarmStore."""

    def signs(self, topics: Sequence[str], desk: str, now: datetime) -> Observations:
        """What the rules look at."""
        waiting = self.waiting_in(topics, desk)
        failing = {}
        with self.database.read() as connection:
            for stage in _SUCCESS:
                # Nothing waits: what failed was mended otherwise, or given up.
                if (waiting[stage] or stage == "post") and (found := _failing(connection, stage)):
                    failing[stage] = found
            first = connection.scalar(sa.select(sa.func.min(t.runs.c.started)))
            reconciled = _reconciled(connection)
            if found := _unpushed(connection):
                failing["push"] = found
            if found := _uncataloged(connection, {f.error for f in self.failures("catalog")}):
                failing["catalog"] = found
        return Observations(
            first,
            self.account(now),
            reconciled,
            failing,
            lost=tuple(lost_rows(self.missing_rows(topics))),
        )

    def add_alarm(self, alarm: Alarm) -> bool:
        """Add the fact that an alarm was opened, reminded of or closed; False when another process has done so."""
        values = {"kind": alarm.kind, "change": alarm.change, "detail": redact(alarm.detail), "at": alarm.at}
        wrong = {alarm.kind: alarm.detail} if alarm.change is not AlarmChange.CLOSED else {}
        with self.database.write() as connection:
            self.database.one_at_a_time(connection, alarms)
            told = [last for last in _read(connection, _NEWEST) if last.kind is alarm.kind]
            if alarm.change not in {due.change for due in alarm_changes(told, wrong, alarm.at)}:
                return False
            connection.execute(sa.insert(alarms).values(values))
            return True

    def last_alarms(self) -> Sequence[Alarm]:
        """The last fact of each kind of alarm."""
        return self._alarms(_NEWEST)

    def standing_alarms(self) -> Sequence[Alarm]:
        """The last fact of each alarm that is not closed."""
        return [alarm for alarm in self.last_alarms() if alarm.change is not AlarmChange.CLOSED]

    def told_before(self, alarm: Alarm) -> Sequence[Alarm]:
        """The facts of an alarm of this kind since it was last opened, before this one."""
        c = alarms.c
        earlier = sa.and_(c.kind == alarm.kind, c.id < alarm.number)
        opened = sa.select(sa.func.max(c.id)).where(earlier, c.change == AlarmChange.OPENED).scalar_subquery()
        return self._alarms(sa.and_(earlier, c.id >= opened))

    def digest_for(self, topic: Topic, day: date, since: datetime | None, recorded: bool) -> Digest:
        """See Accounts; alarms that stand and are not a stage's failures, which are told anyway, go first."""
        digest = super().digest_for(topic, day, since, recorded)
        told = [f"alarm: {a.kind}: {a.detail}" for a in self.standing_alarms() if a.kind not in STAGES.values()]
        return replace(digest, failures=(*told, *digest.failures))

    def _alarms(self, condition: sa.ColumnElement[bool]) -> list[Alarm]:
        with self.database.read() as connection:
            return _read(connection, condition)


def _read(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[Alarm]:
    rows = connection.execute(sa.select(alarms).where(condition).order_by(alarms.c.id))
    return [Alarm(AlarmKind(row.kind), AlarmChange(row.change), row.detail, row.at, row.id) for row in rows]


def _failing(connection: sa.Connection, stage: str) -> tuple[datetime, str] | None:
    """Since when a stage has failed without a success between, and what it said last."""
    c = t.failures.c
    query = sa.select(c.at, c.error).where(c.stage == stage).order_by(c.id)
    successes = [connection.scalar(sa.select(sa.func.max(table.c.at))) for table in _SUCCESS[stage]]
    if last := max(filter(None, successes), default=None):
        query = query.where(c.at > last)
    found = connection.execute(query).all()
    return (found[0].at, found[-1].error) if found else None


def _unpushed(connection: sa.Connection) -> tuple[datetime, str] | None:
    """Since when a catalog's remote has taken nothing, in whatever words it said so, and what it said last."""
    taken = pushes.alias()
    later = sa.exists().where(taken.c.catalog == pushes.c.catalog, taken.c.trouble == "", taken.c.id > pushes.c.id)
    query = sa.select(pushes.c.at, pushes.c.trouble).where(pushes.c.trouble != "", ~later.correlate(pushes))
    found = connection.execute(query.order_by(pushes.c.id)).all()
    return (found[0].at, found[-1].trouble) if found else None


def _uncataloged(connection: sa.Connection, errors: set[str]) -> tuple[datetime, str] | None:
    """The same trouble is recorded once, so its first record says since when."""
    c = t.failures.c
    query = sa.select(c.at, c.error).where(c.stage == "catalog", c.error.in_(errors)).order_by(c.id.desc())
    found = connection.execute(query).first()
    return (found.at, found.error) if found else None


def _reconciled(connection: sa.Connection) -> FeedReport | None:
    c = t.feed_readings.c
    query = sa.select(t.feed_readings).where(c.run.like("reconcile-%")).order_by(c.id.desc()).limit(1)
    row = connection.execute(query).first()
    return FeedReport(row.feed, SourceState(row.state), row.entries, row.new, row.error) if row else None
