"""Queries for a deployment's metrics: what each pipeline stage has done, how many papers wait for it and since when,
and the tokens and cost of model calls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, time

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.cards import unposted
from watcher.adapters.store.catalog_rows import uncataloged
from watcher.adapters.store.database import Database, Part
from watcher.adapters.store.handovers import EVER_HANDED_OVER, HANDED_OVER
from watcher.adapters.store.nominations import NOMINATED
from watcher.adapters.store.tables import handovers
from watcher.adapters.store.triage import TO_SCORE, UNTRIAGED
from watcher.domain.budget import TOKYO, Usage, day_start
from watcher.domain.facts import RowChange, Verdict
from watcher.domain.health import LastRun, Vitals, Waiting
from watcher.ports.store import (
    DayStore,
    DigestStore,
    PushStore,
    ReplyStore,
    RunStore,
    VitalStore,
    WaitingStore,
)

RUN_KINDS = frozenset({"poll", "reconcile", "digest", "weekly", "run", "backfill", "import", "asked", "by-hand"})
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


class VitalSigns(Part, VitalStore):
    def __init__(
        self,
        database: Database,
        days: DayStore,
        digests: DigestStore,
        pushes: PushStore,
        replies: ReplyStore,
        runs: RunStore,
        waiting: WaitingStore,
    ) -> None:
        super().__init__(database)
        self._days = days
        self._digests = digests
        self._pushes = pushes
        self._replies = replies
        self._runs = runs
        self._waiting = waiting

    def gather(self, topics: Sequence[str], desk: str, now: datetime) -> Vitals:
        counts = self._waiting.counts(topics, desk)
        since = self._since(topics, desk, [stage for stage, count in counts.items() if count])
        digest = self._digests.last()
        return Vitals(
            at=now,
            done=self._done(),
            waiting={stage: Waiting(count, since.get(stage)) for stage, count in counts.items()},
            unsent=self._unsent(day_start(now)),
            failing=Counter(failure.stage for failure in self._runs.failures()),
            spent=self._spent_by_stage(),
            today=self._replies.usage(day_start(now)),
            month=self._replies.usage(datetime.combine(now.astimezone(TOKYO).date().replace(day=1), time(), TOKYO)),
            sources=tuple(self._days.sources()),
            runs=self._last_runs(),
            push=self._pushes.last(),
            digest=digest[1] if digest else None,
        )

    def _done(self) -> dict[str, int]:
        counts = [
            sa.select(sa.func.count()).select_from(table).where(_is_done(table)).scalar_subquery()
            for table in _DONE.values()
        ]
        with self._database.read() as connection:
            return dict(zip(_DONE, connection.execute(sa.select(*counts)).one(), strict=True))

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
            .where(of, sa.func.coalesce(decided.c.verdict, "").not_in([Verdict.APPROVE, Verdict.REJECT]))
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
        with self._database.read() as connection:
            count, since = connection.execute(query).one()
            return Waiting(count, since)

    def _spent_by_stage(self) -> dict[str, Usage]:
        c = t.replies.c
        parts = (c.calls, c.prompt_tokens, c.prompt_chars, c.completion_tokens, c.cost_usd)
        query = sa.select(c.stage, *[sa.func.sum(part) for part in parts]).group_by(c.stage).order_by(c.stage)
        with self._database.read() as connection:
            return {stage: Usage(*sums) for stage, *sums in connection.execute(query)}

    def _last_runs(self) -> dict[str, LastRun]:
        c = t.runs.c
        query = sa.select(c.run, c.started, c.finished).where(c.finished.is_not(None)).order_by(c.id.desc())
        found: dict[str, LastRun] = {}
        with self._database.read() as connection:
            for row in connection.execute(query.limit(_RECENT_RUNS)):
                kind = next((kind for kind in RUN_KINDS if row.run.startswith(f"{kind}-")), "other")
                found.setdefault(kind, LastRun(row.finished, (row.finished - row.started).total_seconds()))
        return found


def _oldest(table: sa.FromClause, numbers: Sequence[int]) -> sa.Select[datetime | None]:
    """The oldest among the latest rows that these candidates have in a table."""
    newest = sa.select(sa.func.max(table.c.at).label("at")).where(table.c.candidate.in_(sorted(numbers)[:_MANY]))
    each = newest.group_by(table.c.candidate).subquery()
    return sa.select(sa.func.min(each.c.at))
