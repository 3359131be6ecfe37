"""The facts -> how many candidates wait for each stage, by one question a stage however many topics there are."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.audits import stale_audit_cards
from watcher.adapters.store.cards import Curating, latest, stale_cards, unposted
from watcher.adapters.store.catalog_rows import Cataloging, uncataloged
from watcher.adapters.store.database import Database
from watcher.adapters.store.handover_tables import handovers
from watcher.adapters.store.handovers import Handovers, carded
from watcher.adapters.store.scoring import Judgement, unsummarized
from watcher.adapters.store.summaries import open_rewrites
from watcher.domain.facts import Verdict

_AT_A_TIME, _LULL = 2000, 0.001  # a click's decision need not wait


class Waiting(Judgement, Curating, Cataloging, Handovers):
    """The part of the store that knows what is left to do."""

    def let_go(self) -> None:
        """Take the mark `waits` from the candidates that no stage before the desk will ask for again, by the facts.

        Queries for what is left need not pass over the candidates of years. One put forward by hand, or handed over to
        curators, keeps the mark until it has its summary, whatever became of it before.
        """
        c = t.candidates.c
        forward, summarized = sa.select(t.nominations.c.candidate), _has(t.summaries)
        kept = sa.union(forward, sa.select(handovers.c.candidate))
        done = sa.or_(
            _has(t.screenings, sa.not_(t.screenings.c.passed)), _has(t.relevances, sa.not_(t.relevances.c.relevant))
        )
        over = (
            sa.select(c.number).where(c.waits, sa.or_(summarized, sa.and_(done, c.number.not_in(kept)))).correlate(None)
        )
        late = sa.and_(sa.not_(c.waits), c.number.in_(forward), sa.not_(summarized))  # put forward by code of before
        while True:
            with self.database.write() as connection:
                # else one put forward meanwhile could lose its mark
                self.database.one_at_a_time(connection, t.nominations)
                connection.execute(sa.update(t.candidates).where(late).values(waits=True))
                some = sa.update(t.candidates).where(c.number.in_(over.limit(_AT_A_TIME))).values(waits=False)
                if connection.execute(some).rowcount < _AT_A_TIME:
                    return
            time.sleep(_LULL)

    def waiting(self, topic: str, desk: str) -> Mapping[str, int]:
        """How many candidates wait for each stage; `decide` counts open cards."""
        return self.waiting_in([topic], desk)

    def waiting_in(self, topics: Sequence[str], desk: str) -> Mapping[str, int]:
        """How many candidates of all these topics wait for each stage."""
        of: Mapping[str, Any] = {"topics": topics}
        given, over = self.unscored(*topics)
        with self.database.read() as connection:
            return {
                "screen": connection.execute(_unscreened(), of).scalar_one(),
                "score": given + over,
                "summarize": connection.execute(_count_unsummarized(), of).scalar_one(),
                "post": connection.execute(_count_unposted(), {**of, "desk": desk}).scalar_one(),
                "decide": connection.execute(_undecided(), of).scalar_one(),
                "catalog": connection.execute(_count_uncataloged(), of).scalar_one(),
            }


def _has(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(table.c.candidate == t.candidates.c.number, *conditions).correlate(t.candidates)


def _how_many(query: sa.Select[Any]) -> sa.Select[Any]:
    return query.with_only_columns(sa.func.count(), maintain_column_froms=True).order_by(None)


@cache
def _count_unsummarized() -> sa.Select[Any]:
    return _how_many(unsummarized())


@cache
def _count_unposted() -> sa.Select[Any]:
    return _how_many(unposted())


@cache
def _count_uncataloged() -> sa.Select[Any]:
    return _how_many(uncataloged().where(rows.of_topics()))


@cache
def _unscreened() -> sa.Select[Any]:
    return (
        sa.select(sa.func.count())
        .select_from(t.candidates)
        .outerjoin(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
        .where(rows.of_topics(), t.candidates.c.waits, t.screenings.c.candidate.is_(None))
    )


@cache
def _undecided() -> sa.Select[Any]:
    decided = latest(t.decisions, "verdict")
    return (
        sa.select(sa.func.count())
        .select_from(t.candidates)
        .outerjoin(decided, decided.c.candidate == t.candidates.c.number)
        .where(
            t.candidates.c.number.in_(carded()),
            rows.of_topics(),
            sa.func.coalesce(decided.c.verdict, "").not_in([Verdict.APPROVE, Verdict.REJECT]),
        )
    )


_TOPIC = t.candidates.c.topic


class Following:
    """The part of the store that knows where something is to be done."""

    database: Database

    def to_follow(self, desk: str) -> frozenset[str]:
        """The topics of which something waits for the catalog, for another summary, or to be shown at a desk."""
        rewrites = open_rewrites().join(t.candidates, t.candidates.c.number == t.rewrites.c.candidate)
        waiting = [uncataloged(), stale_cards(desk), stale_audit_cards(desk), rewrites]
        topics = sa.union(*(query.with_only_columns(_TOPIC, maintain_column_froms=True) for query in waiting))
        with self.database.read() as connection:
            return frozenset(connection.scalars(topics))
