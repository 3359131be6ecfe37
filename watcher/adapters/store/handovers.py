"""Database access for papers on which the language model failed repeatedly: the failures, the handover of such a paper
to curators without the model's answer, and curators' requests to retry.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Database, Part
from watcher.adapters.store.tables import handovers, lone_failures, retries
from watcher.adapters.store.triage import TO_SCORE
from watcher.domain.errors import UsageError
from watcher.domain.facts import HANDOVER_RUNS, HandoverCause, LoneFailure, Retry
from watcher.logs import redact
from watcher.ports.store import HandoverStore

_AGAIN = sa.exists().where(retries.c.candidate == handovers.c.candidate, retries.c.round == handovers.c.round)

HANDED_OVER = (
    sa.exists()
    .where(handovers.c.candidate == t.candidates.c.number, sa.not_(_AGAIN.correlate(handovers)))
    .correlate(t.candidates)
)
"""SQL condition that a candidate was handed over to curators and nobody requested a retry; for queries with
`candidates`.
"""

EVER_HANDED_OVER = sa.exists().where(handovers.c.candidate == t.candidates.c.number).correlate(t.candidates)
"""SQL condition that a candidate was ever handed over, whatever happened since."""

FAILED_ALONE = sa.exists().where(lone_failures.c.candidate == t.candidates.c.number).correlate(t.candidates)
"""SQL condition that a model failed before on a request about this candidate alone."""


def carded() -> sa.CompoundSelect[Any]:
    """Query for the numbers of all candidates that are to be shown to curators: those with a summary, and those handed
    over without one because the model failed.
    """
    return sa.union(sa.select(t.summaries.c.candidate), sa.select(handovers.c.candidate))


class Handovers(Part, HandoverStore):
    def add_failure(self, number: int, failure: LoneFailure, run: str, at: datetime) -> bool:
        with self._database.write() as connection:
            rows.hold(connection, number)
            values = {"candidate": number, "stage": failure.stage, "error": redact(failure.error), "run": run, "at": at}
            connection.execute(sa.insert(t.failures).values(values))
            return self._add(connection, number, dataclasses.replace(failure, error=redact(failure.error)), run, at)

    def failed_alone(self, topic: str, stage: str, run: str) -> frozenset[int]:
        c = lone_failures.c
        query = (
            sa.select(c.candidate)
            .join(t.candidates, t.candidates.c.number == c.candidate)
            .where(t.candidates.c.topic == topic, c.stage == stage, c.run == run, c.round == _round(c.candidate))
        )
        with self._database.read() as connection:
            return frozenset(connection.scalars(query))

    def share_failures(self, topic: str, prompt: str, asked: str, run: str, at: datetime) -> None:
        mine, theirs, other = t.announcements.alias(), t.announcements.alias(), t.candidates.alias()
        c = lone_failures.c
        query = (
            sa.select(t.candidates.c.number, lone_failures)
            .join(mine, mine.c.id == t.candidates.c.announcement)
            .join(theirs, theirs.c.paper_version == mine.c.paper_version)
            .join(other, other.c.announcement == theirs.c.id)
            .join(lone_failures, c.candidate == other.c.number)
            .join(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
            .outerjoin(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
            .where(
                t.candidates.c.topic == topic,
                t.candidates.c.is_active,
                TO_SCORE,
                t.relevances.c.candidate.is_(None),
                other.c.number != t.candidates.c.number,
                c.prompt == prompt,
                c.asked == asked,
                c.round == _round(other.c.number),
                sa.or_(c.run == run, _round(t.candidates.c.number) == 0),
                sa.not_(HANDED_OVER),
            )
            .order_by(c.id)
        )
        with self._database.read() as connection:
            found = connection.execute(query).all()
        for row in found:
            failure = LoneFailure(row.stage, HandoverCause(row.cause), row.error, row.prompt, row.asked)
            with self._database.write() as connection:
                rows.hold(connection, row.number)
                self._add(connection, row.number, failure, row.run, at)

    def add_retry(self, number: int, retry: Retry) -> bool:
        with self._database.write() as connection:
            rows.hold(connection, number)
            c = handovers.c
            last = connection.scalar(sa.select(sa.func.max(c.round)).where(c.candidate == number))
            if last is None:
                raise UsageError("the model has answered about this paper", about=str(number))
            values = {"candidate": number, "round": last, **dataclasses.asdict(retry)}
            done = self._database.insert_first(connection, retries, values)
            connection.execute(sa.update(t.candidates).where(t.candidates.c.number == number).values(is_active=True))
            return done

    def _add(self, connection: sa.Connection, number: int, failure: LoneFailure, run: str, at: datetime) -> bool:
        """Record a failure in the present round of attempts; after enough of them hand the paper over."""
        now = connection.scalar(sa.select(_round(number))) or 0
        told = {"candidate": number, "round": now, "stage": failure.stage, "run": run, "at": at}
        why = {"cause": failure.cause, "error": failure.error}
        self._database.insert_new(
            connection, lone_failures, [{**told, **why, "prompt": failure.prompt, "asked": failure.asked}]
        )
        c = lone_failures.c
        runs = sa.select(sa.func.count()).where(c.candidate == number, c.stage == failure.stage, c.round == now)
        if (connection.scalar(runs) or 0) < HANDOVER_RUNS:
            return False
        self._database.insert_new(connection, handovers, [{**told, **why}])
        return True


def settle_retry(database: Database, connection: sa.Connection, number: int, at: datetime) -> None:
    """Close a curator's open request to ask the model again about a paper, because a curator decided about the paper
    before that was done. The paper counts as handed over to curators again.
    """
    c, again = handovers.c, _round(number)
    last = sa.select(handovers).where(c.candidate == number).order_by(c.id.desc()).limit(1)
    row = connection.execute(last.where(c.round == again - 1)).one_or_none()
    summary = sa.select(t.summaries.c.candidate).where(t.summaries.c.candidate == number)
    if row is not None and connection.scalar(summary) is None:
        values = {name: row._mapping[name] for name in ("candidate", "stage", "cause", "error", "run")}  # noqa: SLF001
        database.insert_new(connection, handovers, [{**values, "round": row.round + 1, "at": at}])


def _round(number: int | sa.ColumnElement[int]) -> sa.ScalarSelect[int]:
    """The number of times that curators requested another attempt for a candidate."""
    many = sa.select(sa.func.count()).select_from(retries).where(retries.c.candidate == number)
    return many.correlate_except(retries).scalar_subquery()
