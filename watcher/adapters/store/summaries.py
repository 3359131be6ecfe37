"""Database access for the summaries of papers that a model wrote, curators' requests for another one, and the handover of
papers to curators without a model's answer, after it failed on them repeatedly.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Database, Part
from watcher.adapters.store.rows import EVER_HANDED_OVER, HANDED_OVER, NOMINATED, TO_SCORE, missed
from watcher.adapters.store.tables import handovers, lone_failures, retries
from watcher.domain.errors import UsageError
from watcher.domain.facts import (
    HANDOVER_RUNS,
    Candidate,
    LoneFailure,
    Relevance,
    Retry,
    Rewrite,
    Summary,
)
from watcher.logs import redact
from watcher.ports.store import HandoverStore, SummaryStore


@cache
def unsummarized() -> sa.Select[Any]:
    """Query for the candidates of `topics` that are to be summarized (scored as relevant, nominated, or to be tried
    again at a curator's request), with their scores and number of failures; fewest failures first, then best score.
    """
    failed = missed("summarize").label("times")
    return (
        rows.CANDIDATE.add_columns(
            *[c for c in t.relevances.c if c.name not in {"candidate", "run", "at"}],
            failed,
        )
        .join(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
        .outerjoin(t.summaries, t.summaries.c.candidate == t.candidates.c.number)
        .where(rows.of_topics(), t.candidates.c.is_active, t.summaries.c.candidate.is_(None), sa.not_(HANDED_OVER))
        .where(sa.or_(t.relevances.c.relevant, NOMINATED, EVER_HANDED_OVER))
        .order_by(failed, t.relevances.c.score.desc(), t.candidates.c.number)
    )


class Summaries(Part, SummaryStore):
    def to_summarize(self, topic: str) -> Sequence[tuple[Candidate, Relevance, int]]:
        with self._database.read() as connection:
            found = connection.execute(unsummarized(), {"topics": [topic]})
            return [(rows.candidate(row), rows.decode(Relevance, row), row.times) for row in found]

    def add(self, number: int, summary: Summary, run: str, at: datetime) -> None:
        values = _values(summary, candidate=number, run=run, at=at)
        with self._database.write_apart() as connection:
            self._database.insert_new(connection, t.summaries, [values])

    def add_rewrite(self, number: int, rewrite: Rewrite) -> bool:
        with self._database.write() as connection:
            rows.hold(connection, number)
            has_summary = sa.select(t.summaries.c.candidate).where(t.summaries.c.candidate == number)
            if connection.scalar(has_summary) is None:
                raise UsageError("there is no card with this number", about=str(number), remedy="see `watcher status`")
            if connection.scalar(
                open_rewrites().where(t.rewrites.c.candidate == number).with_only_columns(t.rewrites.c.id)
            ):
                return False
            values = rows.encode(rewrite, candidate=number)
            connection.execute(sa.insert(t.rewrites).values(values))
            return True

    def to_rewrite(self, topic: str) -> Sequence[tuple[int, Candidate, Relevance, int]]:
        tried = sa.select(sa.func.count()).where(
            t.failures.c.candidate == t.candidates.c.number, t.failures.c.stage == "summarize"
        )
        wished = sa.select(sa.func.count()).where(t.rewrites.c.candidate == t.candidates.c.number)
        attempts = tried.correlate(t.candidates).scalar_subquery() + wished.correlate(t.candidates).scalar_subquery()
        wishes = open_rewrites().subquery()
        query = (
            rows.CANDIDATE.add_columns(
                *[c for c in t.relevances.c if c.name not in {"candidate", "run", "at"}],
                wishes.c.id.label("wish"),
                attempts.label("attempt"),
            )
            .join(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
            .join(wishes, wishes.c.candidate == t.candidates.c.number)
            .where(t.candidates.c.topic == topic)
            .order_by(wishes.c.id)
        )
        found = self._rows(query)
        return [(row.wish, rows.candidate(row), rows.decode(Relevance, row), row.attempt) for row in found]

    def add_rewritten(self, wish: int, number: int, summary: Summary, run: str, at: datetime) -> None:
        values = _values(summary, candidate=number, rewrite=wish, run=run, at=at)
        with self._database.write() as connection:
            rows.hold(connection, number)
            self._database.insert_new(connection, t.rewritten_summaries, [values])

    def add_failed_rewrite(self, wish: int, number: int, failure: LoneFailure, run: str, at: datetime) -> bool:
        values = {"candidate": number, "rewrite": wish, "cause": failure.cause, "error": redact(failure.error)}
        with self._database.write() as connection:
            rows.hold(connection, number)
            connection.execute(sa.insert(t.failed_rewrites).values({**values, "run": run, "at": at}))
            return (connection.scalar(sa.select(_failures_of(wish))) or 0) >= HANDOVER_RUNS


def _values(summary: Summary, **more: Any) -> dict[str, Any]:
    return rows.encode(summary, violations=[[v.code, v.detail] for v in summary.violations], **more)


def open_rewrites() -> sa.Select[Any]:
    """Query for curators' requests for another summary that were neither fulfilled nor given up after too many
    failures: request id and candidate number.
    """
    return (
        sa.select(t.rewrites.c.id, t.rewrites.c.candidate)
        .outerjoin(t.rewritten_summaries, t.rewritten_summaries.c.rewrite == t.rewrites.c.id)
        .where(t.rewritten_summaries.c.id.is_(None), _failures_of(t.rewrites.c.id) < HANDOVER_RUNS)
    )


def _failures_of(wish: int | sa.ColumnElement[int]) -> sa.ScalarSelect[int]:
    """The number of times that the model failed on a rewrite request."""
    c = t.failed_rewrites.c
    many = sa.select(sa.func.count()).select_from(t.failed_rewrites).where(c.rewrite == wish)
    return many.correlate_except(t.failed_rewrites).scalar_subquery()


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
        return frozenset(self._scalars(query))

    def share_failures(self, topic: str, prompt: str, asked: str, run: str, at: datetime) -> None:
        c = lone_failures.c
        query = (
            rows.of_same_version(lone_failures)
            .join(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
            .outerjoin(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
            .where(
                t.candidates.c.topic == topic,
                t.candidates.c.is_active,
                TO_SCORE,
                t.relevances.c.candidate.is_(None),
                c.candidate != t.candidates.c.number,
                c.prompt == prompt,
                c.asked == asked,
                c.round == _round(c.candidate),
                sa.or_(c.run == run, _round(t.candidates.c.number) == 0),
                sa.not_(HANDED_OVER),
            )
            .order_by(c.id)
        )
        found = self._rows(query)
        for row in found:
            failure = rows.decode(LoneFailure, row)
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
            values = rows.encode(retry, candidate=number, round=last)
            done = self._database.insert_first(connection, retries, values)
            connection.execute(sa.update(t.candidates).where(t.candidates.c.number == number).values(is_active=True))
            return done

    def _add(self, connection: sa.Connection, number: int, failure: LoneFailure, run: str, at: datetime) -> bool:
        """Record a failure in the present round of attempts; after enough of them hand the paper over."""
        now = connection.scalar(sa.select(_round(number))) or 0
        about = {"candidate": number, "round": now, "run": run, "at": at}
        self._database.insert_new(connection, lone_failures, [rows.encode(failure, **about)])
        c = lone_failures.c
        runs = sa.select(sa.func.count()).where(c.candidate == number, c.stage == failure.stage, c.round == now)
        if (connection.scalar(runs) or 0) < HANDOVER_RUNS:
            return False
        self._database.insert_new(connection, handovers, [rows.encode(failure, "prompt", "asked", **about)])
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
        values = {name: value for name, value in row._asdict().items() if name != "id"}
        database.insert_new(connection, handovers, [{**values, "round": row.round + 1, "at": at}])


def _round(number: int | sa.ColumnElement[int]) -> sa.ScalarSelect[int]:
    """The number of times that curators requested another attempt for a candidate."""
    many = sa.select(sa.func.count()).select_from(retries).where(retries.c.candidate == number)
    return many.correlate_except(retries).scalar_subquery()
