"""Database access for the operation of a deployment: runs of the pipeline with their failures, how many candidates wait for
each stage, the metrics, and the figures that alarm rules test, with the log of alarms.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time
from functools import cache
from time import sleep
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.cards import stale_audit_cards, stale_cards, unposted
from watcher.adapters.store.catalog import uncataloged
from watcher.adapters.store.database import Part
from watcher.adapters.store.models import usage_sums
from watcher.adapters.store.rows import EVER_HANDED_OVER, HANDED_OVER, NOMINATED, TO_SCORE, UNTRIAGED, carded
from watcher.adapters.store.summaries import open_rewrites, unsummarized
from watcher.adapters.store.tables import handovers
from watcher.domain.budget import TOKYO, Usage, day_start
from watcher.domain.facts import RowChange, lost_rows
from watcher.domain.health import Alarm, AlarmChange, LastRun, Observations, Vitals, Waiting, alarm_changes
from watcher.domain.papers.feeds import FeedReport
from watcher.logs import redact
from watcher.ports import Failure, RunReport, Waits
from watcher.ports.store import MonitoringStore, RunStore, WaitingStore

_DONE_IN = {"score": t.relevances, "summarize": t.summaries, "post": t.cards}


class Runs(Part, RunStore):
    def add_failure(self, failure: Failure, run: str, at: datetime) -> None:
        about = {"candidate": failure.number, "topic": failure.topic or None, "error": redact(failure.error)}
        self._write(sa.insert(t.failures).values(rows.encode(failure, "number", **about, run=run, at=at)))

    def failures(self, stage: str | None = None, topic: str | None = None) -> Sequence[Failure]:
        stages = [stage] if stage else [*_DONE_IN, "catalog", "push"]
        return [failure for name in stages for failure in self._of(name, topic)]

    def _of(self, stage: str, topic: str | None) -> Sequence[Failure]:
        if stage == "push":
            return self._store.catalog.push_failures()
        f = t.failures.c
        newer = t.failures.alias()
        overtaken = sa.exists().where(newer.c.candidate == f.candidate, newer.c.stage == stage, newer.c.id > f.id)
        query = (
            sa.select(f.stage, f.candidate, f.error, t.candidates.c.topic)
            .join(t.candidates, t.candidates.c.number == f.candidate)
            .where(f.stage == stage, ~overtaken)
        )
        query = query.where(t.candidates.c.topic == topic) if topic else query
        if stage == "catalog":
            done = t.catalog_rows
            query = query.where(
                ~sa.exists()
                .where(done.c.candidate == f.candidate, done.c.at >= f.at, done.c.change != RowChange.INTENDED)
                .correlate(t.failures)
            )
        else:
            done = _DONE_IN[stage]
            query = query.where(~sa.exists().where(done.c.candidate == f.candidate).correlate(t.failures))
            query = query if stage == "post" else query.where(sa.not_(HANDED_OVER))
        return [Failure(*row) for row in self._rows(query.order_by(f.id))]

    def start(self, run: str, at: datetime) -> None:
        self._write(sa.insert(t.runs).values(run=run, started=at))

    def finish(self, report: RunReport) -> None:
        newest = sa.select(sa.func.max(t.runs.c.id)).where(t.runs.c.run == report.run_id).scalar_subquery()
        self._write(
            sa.update(t.runs).where(t.runs.c.id == newest).values(finished=report.finished, report=rows.as_json(report))
        )

    def report(self, run: str) -> RunReport | None:
        return self._report(t.runs.c.run == run)

    def last(self) -> RunReport | None:
        return self._report(sa.true())

    def _report(self, condition: sa.ColumnElement[bool]) -> RunReport | None:
        query = sa.select(t.runs.c.report).where(t.runs.c.finished.is_not(None), condition)
        content = self._scalar(query.order_by(t.runs.c.id.desc()).limit(1))
        return rows.decode(RunReport, content) if content else None

    def unfinished(self, since: datetime) -> Sequence[str]:
        c = t.runs.c
        ended = sa.select(c.run).where(c.finished.is_not(None))
        begun = sa.select(c.run).where(c.started > since, c.run.not_in(ended)).distinct()
        return self._scalars(begun)


_RUN_KINDS = frozenset({"poll", "reconcile", "digest", "weekly", "run", "backfill", "import", "asked", "by-hand"})
"""The beginnings of run ids that get a metric's label; a fixed set, so that the number of labels does not grow."""

_DONE = {
    "collect": t.announcements,
    "screen": t.screenings,
    "triage": t.triages,
    "score": t.relevances,
    "summarize": t.summaries,
    "post": t.cards,
    "decide": t.decisions,
    "catalog": t.catalog_rows,
}
_OF_THEIR_DAY = ("digest", "reminder", "alarm")  # the next one tells what matters of one that was never taken
_RECENT_RUNS = 300  # a day has fewer than fifty
_MANY = 500  # the oldest of more than these would cost more to find than it tells


def _is_done(table: sa.Table) -> sa.ColumnElement[bool]:
    """SQL condition that an event of a catalog row is completed work of the bot: not an intent, not a row found
    missing.
    """
    written = [RowChange.ADDED, RowChange.PRESENT, RowChange.REMOVED]
    return table.c.change.in_(written) if table is t.catalog_rows else sa.true()


class Monitoring(Part, MonitoringStore):
    def vitals(self, topics: Sequence[str], desk: str, now: datetime) -> Vitals:
        counts = self._store.waiting.counts(topics, desk)
        since = self._since(topics, desk, [stage for stage, count in counts.items() if count])
        digest = self._store.reports.last_digest()
        return Vitals(
            at=now,
            done=self._done(),
            waiting={stage: Waiting(count, since.get(stage)) for stage, count in counts.items()},
            unsent=self._unsent(day_start(now)),
            failing=Counter(failure.stage for failure in self._store.runs.failures()),
            spent=self._spent_by_stage(),
            today=self._store.models.usage(day_start(now)),
            month=self._store.models.usage(
                datetime.combine(now.astimezone(TOKYO).date().replace(day=1), time(), TOKYO)
            ),
            sources=tuple(self._store.feeds.sources()),
            runs=self._last_runs(),
            push=self._store.catalog.last_push(),
            digest=digest[1] if digest else None,
        )

    def _done(self) -> dict[str, int]:
        counts = [
            sa.select(sa.func.count()).select_from(table).where(_is_done(table)).scalar_subquery()
            for table in _DONE.values()
        ]
        return dict(zip(_DONE, self._row(sa.select(*counts)), strict=True))

    def _since(self, topics: Sequence[str], desk: str, stages: Collection[str]) -> dict[str, datetime | None]:
        """Since when the oldest candidate waits for each of the stages: the time of its latest fact."""
        candidate = t.candidates.c.number
        of = t.candidates.c.topic.in_(topics)
        decided = rows.latest(t.decisions, "verdict")
        score = (
            sa.select(sa.func.min(t.screenings.c.at))
            .join(t.candidates, candidate == t.screenings.c.candidate)
            .outerjoin(t.relevances, t.relevances.c.candidate == candidate)
            .where(of, TO_SCORE, t.relevances.c.candidate.is_(None))
            .where(sa.not_(HANDED_OVER))
        )
        summarize = (
            sa.select(sa.func.min(t.relevances.c.at))
            .join(t.candidates, candidate == t.relevances.c.candidate)
            .outerjoin(t.summaries, t.summaries.c.candidate == candidate)
            .where(of, sa.or_(t.relevances.c.relevant, NOMINATED, EVER_HANDED_OVER), t.summaries.c.candidate.is_(None))
            .where(sa.not_(HANDED_OVER))
        )
        ready = sa.union_all(
            *(sa.select(table.c.candidate, table.c.at) for table in (t.summaries, handovers))
        ).subquery()
        decide = (
            sa.select(sa.func.min(ready.c.at))
            .join(t.candidates, candidate == ready.c.candidate)
            .outerjoin(decided, decided.c.candidate == candidate)
            .where(of, rows.undecided(decided))
        )
        screen = (
            sa.select(sa.func.min(t.candidates.c.at))
            .outerjoin(t.screenings, t.screenings.c.candidate == candidate)
            .where(of, t.screenings.c.candidate.is_(None))
        )
        triage = (
            sa.select(sa.func.min(t.screenings.c.at))
            .join(t.candidates, candidate == t.screenings.c.candidate)
            .where(of, UNTRIAGED)
        )
        with self._database.read() as connection:
            to_post = connection.scalars(unposted(), {"topics": topics, "desk": desk}).all()
            to_catalog = connection.scalars(uncataloged().where(of)).all()
            queries: dict[str, sa.Select[datetime | None]] = {
                "screen": screen,
                "triage": triage,
                "score": score,
                "summarize": summarize,
                "post": _oldest(ready, to_post),
                "decide": decide,
                "catalog": _oldest(t.decisions, to_catalog),
            }
            return {stage: connection.scalar(query) for stage, query in queries.items() if stage in stages}

    def _unsent(self, today: datetime) -> Waiting:
        """Messages that were intended, not sent, and are still to be sent; messages of a past day are not."""
        c = t.outbox.c
        of_its_day = sa.or_(*(c.key.startswith(f"{kind}/") for kind in _OF_THEIR_DAY))
        query = sa.select(sa.func.count(), sa.func.min(c.intended)).where(
            c.ref.is_(None), sa.or_(sa.not_(of_its_day), c.intended >= today)
        )
        return Waiting(*self._row(query))

    def _spent_by_stage(self) -> dict[str, Usage]:
        stage = t.replies.c.stage
        query = sa.select(stage, *usage_sums()).group_by(stage).order_by(stage)
        return {stage: Usage(*sums) for stage, *sums in self._rows(query)}

    def _last_runs(self) -> dict[str, LastRun]:
        c = t.runs.c
        query = sa.select(c.run, c.started, c.finished).where(c.finished.is_not(None)).order_by(c.id.desc())
        found: dict[str, LastRun] = {}
        for row in self._rows(query.limit(_RECENT_RUNS)):
            kind = next((kind for kind in _RUN_KINDS if row.run.startswith(f"{kind}-")), "other")
            found.setdefault(kind, LastRun(row.finished, (row.finished - row.started).total_seconds()))
        return found

    def observations(self, topics: Sequence[str], desk: str, now: datetime) -> Observations:
        waiting = self._store.waiting.counts(topics, desk)
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
            if found := _uncataloged(connection, {f.error for f in self._store.runs.failures("catalog")}):
                failing["catalog"] = found
        return Observations(
            first,
            self._store.feeds.account(now),
            reconciled,
            failing,
            lost=tuple(lost_rows(self._store.catalog.missing(topics))),
        )

    def add_alarm(self, alarm: Alarm) -> bool:
        wrong = {alarm.kind: alarm.detail} if alarm.change is not AlarmChange.CLOSED else {}
        with self._database.write() as connection:
            self._database.one_at_a_time(connection, t.alarms)
            # Asked again under the lock: another process may have told it since it was found.
            told = [last for last in _read(connection, _NEWEST) if last.kind is alarm.kind]
            if alarm.change not in {due.change for due in alarm_changes(told, wrong, alarm.at)}:
                return False
            connection.execute(sa.insert(t.alarms).values(rows.encode(alarm, "number", detail=redact(alarm.detail))))
            return True

    def last_alarms(self) -> Sequence[Alarm]:
        return self._alarms(_NEWEST)

    def standing_alarms(self) -> Sequence[Alarm]:
        return [alarm for alarm in self.last_alarms() if alarm.change is not AlarmChange.CLOSED]

    def told_before(self, alarm: Alarm) -> Sequence[Alarm]:
        c = t.alarms.c
        earlier = sa.and_(c.kind == alarm.kind, c.id < alarm.number)
        opened = sa.select(sa.func.max(c.id)).where(earlier, c.change == AlarmChange.OPENED).scalar_subquery()
        return self._alarms(sa.and_(earlier, c.id >= opened))

    def _alarms(self, condition: sa.ColumnElement[bool]) -> list[Alarm]:
        with self._database.read() as connection:
            return _read(connection, condition)


def _oldest(table: sa.FromClause, numbers: Sequence[int]) -> sa.Select[datetime | None]:
    """The oldest among the latest rows that these candidates have in a table."""
    newest = sa.select(sa.func.max(table.c.at).label("at")).where(table.c.candidate.in_(sorted(numbers)[:_MANY]))
    each = newest.group_by(table.c.candidate).subquery()
    return sa.select(sa.func.min(each.c.at))


_NEWEST = t.alarms.c.id.in_(sa.select(sa.func.max(t.alarms.c.id)).group_by(t.alarms.c.kind))
_SUCCESS = {"triage": [t.triages], "score": [t.relevances], "summarize": [t.summaries], "post": [t.cards, t.digests]}


def _read(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[Alarm]:
    found = connection.execute(sa.select(t.alarms).where(condition).order_by(t.alarms.c.id))
    return [rows.decode(Alarm, row, number=row.id) for row in found]


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
    return rows.feed_report(row) if row else None


_AT_A_TIME, _LULL = 2000, 0.001  # a click's decision need not wait


class WaitingWork(Part, WaitingStore):
    def mark_done(self) -> None:
        c = t.candidates.c
        forward, summarized = sa.select(t.nominations.c.candidate), _has(t.summaries)
        # One put forward by hand, or handed over to curators, stays active until it has its summary.
        kept = sa.union(forward, sa.select(handovers.c.candidate))
        done = sa.or_(
            _has(t.screenings, sa.not_(t.screenings.c.passed), sa.not_(t.screenings.c.triage)),
            _has(t.triages, sa.not_(t.triages.c.goes_on)),
            _has(t.relevances, sa.not_(t.relevances.c.relevant)),
        )
        over = (
            sa.select(c.number)
            .where(c.is_active, sa.or_(summarized, sa.and_(done, c.number.not_in(kept))))
            .correlate(None)
        )
        late = sa.and_(
            sa.not_(c.is_active), c.number.in_(forward), sa.not_(summarized)
        )  # put forward by code of before
        while True:
            with self._database.write() as connection:
                # Else one put forward meanwhile could stop being active.
                self._database.one_at_a_time(connection, t.nominations)
                connection.execute(sa.update(t.candidates).where(late).values(is_active=True))
                some = sa.update(t.candidates).where(c.number.in_(over.limit(_AT_A_TIME))).values(is_active=False)
                if connection.execute(some).rowcount < _AT_A_TIME:
                    return
            sleep(_LULL)

    def counts(self, topics: Sequence[str], desk: str) -> Mapping[str, int]:
        of = {"topics": topics, "desk": desk}
        triage = sum(self._store.triage.untriaged(*topics))
        given, over = self._store.scoring.unscored(*topics)
        with self._database.read() as connection:
            counts = {stage: connection.execute(query, of).scalar_one() for stage, query in _counts().items()}
        return {"screen": counts["screen"], "triage": triage, "score": given + over, **counts}

    def to_follow(self, desk: str) -> Mapping[str, frozenset[Waits]]:
        found = defaultdict[str, set[Waits]](set)
        for topic, waits in self._rows(_to_follow(desk)):
            found[topic].add(Waits(waits))
        return {topic: frozenset(waits) for topic, waits in found.items()}


def _has(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(table.c.candidate == t.candidates.c.number, *conditions).correlate(t.candidates)


@cache
def _to_follow(desk: str) -> sa.CompoundSelect[Any]:
    """Query for (topic, what waits, see Waits). Built once, because building takes longer than running."""
    rewrites = open_rewrites().join(t.candidates, t.candidates.c.number == t.rewrites.c.candidate)
    waiting = {
        Waits.CATALOG: uncataloged(),
        Waits.CARD: stale_cards(desk),
        Waits.AUDIT: stale_audit_cards(desk),
        Waits.REWRITE: rewrites,
    }
    return sa.union(
        *(
            query.with_only_columns(t.candidates.c.topic, sa.literal(str(waits)), maintain_column_froms=True)
            for waits, query in waiting.items()
        )
    )


@cache
def _counts() -> Mapping[str, sa.Select[Any]]:
    """Query for how many candidates of `topics` wait for a stage, with cards at `desk`. Built once, because building
    takes longer than running.
    """
    decided, number = rows.latest(t.decisions, "verdict"), t.candidates.c.number
    unscreened = sa.select(number).outerjoin(t.screenings, t.screenings.c.candidate == number)
    undecided = sa.select(number).outerjoin(decided, decided.c.candidate == number)
    waiting = {
        "screen": unscreened.where(rows.of_topics(), t.candidates.c.is_active, t.screenings.c.candidate.is_(None)),
        "summarize": unsummarized(),
        "post": unposted(),
        "decide": undecided.where(
            number.in_(carded()),
            rows.of_topics(),
            rows.undecided(decided),
        ),
        "catalog": uncataloged().where(rows.of_topics()),
    }
    count = sa.func.count()
    return {
        stage: query.with_only_columns(count, maintain_column_froms=True).order_by(None)
        for stage, query in waiting.items()
    }
