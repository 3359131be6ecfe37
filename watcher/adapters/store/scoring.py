"""Database access for scoring papers by a language model: which papers are asked about in one request, and the scores
it gave.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Part
from watcher.adapters.store.handovers import FAILED_ALONE, HANDED_OVER
from watcher.adapters.store.nominations import NOMINATED
from watcher.adapters.store.tables import Moment
from watcher.adapters.store.triage import TO_SCORE
from watcher.domain.facts import Candidate, Relevance, Verdict
from watcher.domain.papers.paper import is_suspicious
from watcher.domain.prompts import Example
from watcher.ports import Batch, Failure
from watcher.ports.store import ScoringStore

_GOES_ON = sa.and_(TO_SCORE, sa.not_(HANDED_OVER))
"""SQL condition that a screened candidate is to be scored."""


def missed(stage: str) -> sa.ScalarSelect[int]:
    """Correlated subquery: the number of failures of a pipeline stage on a candidate; for queries over `candidates`."""
    c = t.failures.c
    counted = sa.select(sa.func.count()).where(c.stage == stage, c.candidate == t.candidates.c.number)
    return counted.correlate(t.candidates).scalar_subquery()


_SIBLINGS, _VERDICTS = t.assignments.alias(), t.relevances.alias()
_BEGUN = (
    sa.exists()
    .where(_SIBLINGS.c.batch == t.assignments.c.batch, _VERDICTS.c.candidate == _SIBLINGS.c.candidate)
    .correlate(t.assignments)
)
"""SQL condition that an answer about a batch was read in part; the candidates it left out are asked about alone."""


def _companies(waiting: Sequence[sa.Row[int, list[str], bool]], size: int) -> list[list[int]]:
    """Divide candidates into scoring batches. A suspicious paper, or one on which the model failed before, comes last
    and alone, so that the other batches are exactly what they would be without it.
    """
    apart = {number for number, anomalies, failed in waiting if failed or is_suspicious(anomalies)}
    plain = [number for number, *_ in waiting if number not in apart]
    alone = [[number] for number, *_ in waiting if number in apart]
    return [plain[start : start + size] for start in range(0, len(plain), size)] + alone


@cache
def _unscored() -> sa.Select[int, int]:
    """Query for two numbers of candidates of `topics`: those in a batch without a score, and all without a score."""
    return (
        sa.select(sa.func.count(t.assignments.c.candidate), sa.func.count())
        .select_from(t.screenings)
        .join(t.candidates, t.candidates.c.number == t.screenings.c.candidate)
        .outerjoin(t.assignments, t.assignments.c.candidate == t.screenings.c.candidate)
        .outerjoin(t.relevances, t.relevances.c.candidate == t.screenings.c.candidate)
        .where(rows.of_topics(), t.candidates.c.is_active, _GOES_ON, t.relevances.c.candidate.is_(None))
    )


@cache
def _assigned_of() -> sa.Select[Any]:
    """Query for the candidates of `topics` that are in a batch and have no score, with their failures so far."""
    return (
        rows.CANDIDATE.add_columns(
            t.assignments.c.batch,
            t.batches.c.at.label("assigned_at"),
            missed("score").label("times"),
            _BEGUN.label("begun"),
            FAILED_ALONE.label("failed_alone"),
        )
        .join(t.assignments, t.assignments.c.candidate == t.candidates.c.number)
        .join(t.batches, t.batches.c.number == t.assignments.c.batch)
        .outerjoin(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
        .where(rows.of_topics(), t.candidates.c.is_active, t.relevances.c.candidate.is_(None), sa.not_(HANDED_OVER))
        .order_by(t.assignments.c.batch, t.candidates.c.number)
    )


class Scoring(Part, ScoringStore):
    def batches(
        self,
        topic: str,
        size: int,
        budget: int | None,
        only: AbstractSet[int] | None = None,
        at: datetime | None = None,
    ) -> Sequence[Batch]:
        if budget == 0:  # nothing to be given out, so nobody needs to wait
            with self._database.read() as connection:
                return self._assigned(connection, topic, only)
        with self._database.write() as connection:
            # Two processes that assign at the same time would ask about the same papers twice.
            self._database.one_at_a_time(connection, t.assignments)
            companies = self._companies(connection, topic, size, budget, only)
            if companies:
                new = sa.insert(t.batches).returning(t.batches.c.number, sort_by_parameter_order=True)
                values = {"topic": topic, "at": at or datetime.now(UTC)}
                numbers = connection.scalars(new, [values] * len(companies)).all()
                members = [(who, number) for number, company in zip(numbers, companies, strict=True) for who in company]
                connection.execute(
                    sa.insert(t.assignments), [{"candidate": who, "batch": number} for who, number in members]
                )
            return self._assigned(connection, topic, only)

    @staticmethod
    def _companies(
        connection: sa.Connection, topic: str, size: int, budget: int | None, only: AbstractSet[int] | None
    ) -> list[list[int]]:
        """The batches into which unassigned candidates are divided."""
        waiting = (
            sa.select(t.screenings.c.candidate, t.announcements.c.anomalies, FAILED_ALONE.label("failed"))
            .join(t.candidates, t.candidates.c.number == t.screenings.c.candidate)
            .join(t.announcements, t.announcements.c.id == t.candidates.c.announcement)
            .outerjoin(t.assignments, t.assignments.c.candidate == t.screenings.c.candidate)
            .outerjoin(t.relevances, t.relevances.c.candidate == t.screenings.c.candidate)
            .where(
                t.candidates.c.topic == topic,
                t.candidates.c.is_active,
                _GOES_ON,
                t.assignments.c.candidate.is_(None),
                t.relevances.c.candidate.is_(None),
            )
            .order_by(
                sa.not_(NOMINATED),  # somebody waits for those
                t.screenings.c.priority,
                sa.func.coalesce(t.screenings.c.probability, 0).desc(),
                t.screenings.c.candidate.desc(),  # today's papers before a backfill's
            )
        )
        if only is not None:
            waiting = waiting.where(t.screenings.c.candidate.in_(only))
        if budget is not None:
            waiting = waiting.limit(max(0, budget))
        return _companies(connection.execute(waiting).all(), size)

    def _assigned(self, connection: sa.Connection, topic: str, only: AbstractSet[int] | None) -> list[Batch]:
        if only is None:
            found = connection.execute(_assigned_of(), {"topics": [topic]}).all()
        else:  # their numbers are looked up first: a database would rather go through all there are
            mine = sa.select(t.assignments.c.batch).where(t.assignments.c.candidate.in_(only)).distinct()
            theirs = _assigned_of().where(t.assignments.c.batch.in_(connection.scalars(mine).all()))
            found = connection.execute(theirs, {"topics": [topic]}).all()
        together: dict[int, list[Candidate]] = {}
        attempts: dict[int, int] = {}
        moments: dict[int, datetime] = {}
        alone: list[Batch] = []
        for row in found:
            if (row.begun and row.times) or row.failed_alone:
                alone.append(Batch(row.batch, (rows.candidate(row),), row.times, row.assigned_at))
            else:
                together.setdefault(row.batch, []).append(rows.candidate(row))
                attempts[row.batch] = max(attempts.get(row.batch, 0), row.times)
                moments[row.batch] = row.assigned_at
        whole = [Batch(number, tuple(who), attempts[number], moments[number]) for number, who in together.items()]
        # What failed before comes last: three papers that spoil every answer must not keep all others waiting.
        meant = [b for b in whole + alone if only is None or any(c.number in only for c in b.candidates)]
        return sorted(meant, key=lambda batch: batch.attempt)

    def unscored(self, *topics: str) -> tuple[int, int]:
        with self._database.read() as connection:
            given, every = connection.execute(_unscored(), {"topics": topics}).one()
            return given, every - given

    def judged(self, topic: str, prompt: str, asked: str) -> Sequence[tuple[int, Relevance]]:
        mine, theirs, other = t.announcements.alias(), t.announcements.alias(), t.candidates.alias()
        scored = t.relevances.alias()
        query = (
            sa.select(t.screenings.c.candidate.label("number"), scored)
            .join(t.candidates, t.candidates.c.number == t.screenings.c.candidate)
            .outerjoin(t.relevances, t.relevances.c.candidate == t.screenings.c.candidate)
            .join(mine, mine.c.id == t.candidates.c.announcement)
            .join(theirs, theirs.c.paper_version == mine.c.paper_version)
            .join(other, other.c.announcement == theirs.c.id)
            .join(scored, scored.c.candidate == other.c.number)
            .where(
                t.candidates.c.topic == topic, t.candidates.c.is_active, _GOES_ON, t.relevances.c.candidate.is_(None)
            )
            .where(scored.c.prompt == prompt, scored.c.asked == asked)
            .order_by(t.screenings.c.candidate, scored.c.at)
        )
        with self._database.read() as connection:
            return [(row.number, rows.relevance(row)) for row in connection.execute(query)]

    def unassign(self, batches: Sequence[int]) -> None:
        scored = sa.select(t.relevances.c.candidate)
        c = t.assignments.c
        with self._database.write() as connection:
            connection.execute(sa.delete(t.assignments).where(c.batch.in_(batches), c.candidate.not_in(scored)))

    def add_relevances(
        self, found: Sequence[tuple[int, Relevance]], missed: Sequence[Failure], run: str, at: datetime
    ) -> None:
        stamp = {"run": run, "at": at}
        verdicts = [{"candidate": n, **dataclasses.asdict(r), **stamp} for n, r in found]
        failed = [{"stage": f.stage, "candidate": f.number, "error": f.error, **stamp} for f in missed]
        single = len(verdicts) + len(failed) == 1  # one row needs no round trips for a transaction
        with self._database.write_apart() if single else self._database.write() as connection:
            self._database.insert_new(connection, t.relevances, verdicts)
            self._database.insert_new(connection, t.failures, failed)

    def examples(self, topic: str, until: datetime) -> Sequence[Example]:
        with self._database.read() as connection:
            return [
                Example(row.title, approved, row.reason or (row.reason_ja if approved else ""))
                for row in connection.execute(_decided(), {"topic": topic, "until": until})
                for approved in [row.verdict == Verdict.APPROVE]
                if not is_suspicious(row.anomalies)
            ]


_LATEST = 50  # decisions among which the few examples are chosen


@cache
def _decided() -> sa.Select[Any]:
    """Query for the latest decisions of `topic` made before `until` that are in force, with the papers decided on."""
    decided = rows.latest(t.decisions, "id", "verdict", "reason", "at")
    return (
        sa.select(t.paper_versions.c.title, t.announcements.c.anomalies)
        .add_columns(decided.c.verdict, decided.c.reason, t.relevances.c.reason_ja)
        .select_from(decided)
        .join(t.candidates, t.candidates.c.number == decided.c.candidate)
        .join(t.relevances, t.relevances.c.candidate == decided.c.candidate)
        .join(t.announcements, t.announcements.c.id == t.candidates.c.announcement)
        .join(t.paper_versions, t.paper_versions.c.id == t.announcements.c.paper_version)
        .where(
            t.candidates.c.topic == sa.bindparam("topic"),
            decided.c.verdict.in_([Verdict.APPROVE, Verdict.REJECT]),
            decided.c.at < sa.bindparam("until", type_=Moment),
        )
        .order_by(decided.c.id.desc())
        .limit(_LATEST)
    )
