"""Queries for how many candidates wait for each pipeline stage, and for which topics have work at a desk."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.audits import stale_audit_cards
from watcher.adapters.store.cards import stale_cards, unposted
from watcher.adapters.store.catalog_rows import uncataloged
from watcher.adapters.store.database import Database, Part
from watcher.adapters.store.handovers import carded
from watcher.adapters.store.summaries import open_rewrites, unsummarized
from watcher.adapters.store.tables import handovers
from watcher.domain.facts import Verdict
from watcher.ports import Waits
from watcher.ports.store import ScoringStore, TriageStore, WaitingStore

_AT_A_TIME, _LULL = 2000, 0.001  # a click's decision need not wait


class Waiting(Part, WaitingStore):
    def __init__(self, database: Database, scoring: ScoringStore, triage: TriageStore) -> None:
        super().__init__(database)
        self._scoring = scoring
        self._triage = triage

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
            time.sleep(_LULL)

    def counts(self, topics: Sequence[str], desk: str) -> Mapping[str, int]:
        of = {"topics": topics, "desk": desk}
        triage = sum(self._triage.untriaged(*topics))
        given, over = self._scoring.unscored(*topics)
        with self._database.read() as connection:
            counts = {stage: connection.execute(query, of).scalar_one() for stage, query in _counts().items()}
        return {"screen": counts["screen"], "triage": triage, "score": given + over, **counts}

    def to_follow(self, desk: str) -> Mapping[str, frozenset[Waits]]:
        found = defaultdict[str, set[Waits]](set)
        with self._database.read() as connection:
            for topic, waits in connection.execute(_to_follow(desk)):
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
            sa.func.coalesce(decided.c.verdict, "").not_in([Verdict.APPROVE, Verdict.REJECT]),
        ),
        "catalog": uncataloged().where(rows.of_topics()),
    }
    count = sa.func.count()
    return {
        stage: query.with_only_columns(count, maintain_column_froms=True).order_by(None)
        for stage, query in waiting.items()
    }
