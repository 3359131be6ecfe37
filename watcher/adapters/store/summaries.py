"""Database access for the summaries of papers that a model wrote, and for curators' requests for another one."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Part
from watcher.adapters.store.handovers import EVER_HANDED_OVER, HANDED_OVER
from watcher.adapters.store.nominations import NOMINATED
from watcher.adapters.store.scoring import missed
from watcher.domain.errors import UsageError
from watcher.domain.facts import HANDOVER_RUNS, Candidate, LoneFailure, Relevance, Rewrite, Summary
from watcher.logs import redact
from watcher.ports.store import SummaryStore


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
            return [(rows.candidate(row), rows.relevance(row), row.times) for row in found]

    def add(self, number: int, summary: Summary, run: str, at: datetime) -> None:
        values = {
            **rows.summary_values(summary),
            "candidate": number,
            "run": run,
            "at": at,
        }
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
            values = {"candidate": number, **dataclasses.asdict(rewrite)}
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
        with self._database.read() as connection:
            found = connection.execute(query).all()
        return [(row.wish, rows.candidate(row), rows.relevance(row), row.attempt) for row in found]

    def add_rewritten(self, wish: int, number: int, summary: Summary, run: str, at: datetime) -> None:
        values = {
            **rows.summary_values(summary),
            "candidate": number,
            "rewrite": wish,
            "run": run,
            "at": at,
        }
        with self._database.write() as connection:
            rows.hold(connection, number)
            self._database.insert_new(connection, t.rewritten_summaries, [values])

    def add_failed_rewrite(self, wish: int, number: int, failure: LoneFailure, run: str, at: datetime) -> bool:
        values = {"candidate": number, "rewrite": wish, "cause": failure.cause, "error": redact(failure.error)}
        with self._database.write() as connection:
            rows.hold(connection, number)
            connection.execute(sa.insert(t.failed_rewrites).values({**values, "run": run, "at": at}))
            return (connection.scalar(sa.select(_failures_of(wish))) or 0) >= HANDOVER_RUNS


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
