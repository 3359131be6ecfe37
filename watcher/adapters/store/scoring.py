"""Database access for triage, in which a language model names from a list of papers those worth scoring, and for scoring
itself: which papers are asked about in one request, and what the model answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Moment, Part, chunks
from watcher.adapters.store.rows import FAILED_ALONE, HANDED_OVER, NOMINATED, TO_SCORE, UNTRIAGED, missed
from watcher.adapters.store.tables import triage_assignments as assignments
from watcher.adapters.store.tables import triage_batches as batches
from watcher.adapters.store.tables import triage_readings as readings
from watcher.adapters.store.tables import triage_unread as unread
from watcher.adapters.store.tables import triages
from watcher.domain.curation.recall import TriageRecall, triage_recall
from watcher.domain.facts import Candidate, Relevance, Triage, TriageOutcome, TriageReading, Verdict
from watcher.domain.papers.paper import PaperId, is_suspicious
from watcher.domain.prompts import Example
from watcher.domain.screening.triage import UNREAD_RUNS
from watcher.logs import redact
from watcher.ports import Batch, Failure, KnownPaper, TriageBatch
from watcher.ports.store import ScoringStore, TriageStore

_READ = sa.exists().where(readings.c.batch == batches.c.number).correlate(batches)


_HELD = (
    sa.exists()
    .where(
        assignments.c.candidate == t.candidates.c.number,
        sa.not_(sa.exists().where(readings.c.batch == assignments.c.batch).correlate(assignments)),
    )
    .correlate(t.candidates)
)
"""SQL condition that an open triage batch holds a candidate."""


class Triages(Part, TriageStore):
    def open_batches(self, topic: str, only: AbstractSet[int] | None = None) -> Sequence[TriageBatch]:
        query = sa.select(batches).where(batches.c.topic == topic, sa.not_(_READ)).order_by(batches.c.number)
        with self._database.read() as connection:
            found = connection.execute(query).all()
            members = self._members(connection, [row.number for row in found])
        opened = [rows.decode(TriageBatch, row, candidates=tuple(members.get(row.number, ()))) for row in found]
        return [b for b in opened if only is None or any(c.number in only for c in b.candidates)]

    @staticmethod
    def _members(connection: sa.Connection, numbers: Sequence[int]) -> Mapping[int, list[Candidate]]:
        query = (
            rows.CANDIDATE.add_columns(assignments.c.batch)
            .join(assignments, assignments.c.candidate == t.candidates.c.number)
            .where(assignments.c.batch.in_(numbers))
            .order_by(t.candidates.c.number)
        )
        members: dict[int, list[Candidate]] = {}
        for row in connection.execute(query) if numbers else ():
            members.setdefault(row.batch, []).append(rows.candidate(row))
        return members

    def waiting(self, topic: str, limit: int | None, run: str) -> Sequence[tuple[Candidate, int]]:
        stayed = sa.select(sa.func.count()).where(unread.c.candidate == t.candidates.c.number)
        now = sa.exists().where(unread.c.candidate == t.candidates.c.number, unread.c.run == run)
        query = (
            rows.CANDIDATE.add_columns(stayed.correlate(t.candidates).scalar_subquery().label("stayed"))
            .join(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
            .where(t.candidates.c.topic == topic, UNTRIAGED, sa.not_(_HELD), sa.not_(now.correlate(t.candidates)))
            .order_by(t.candidates.c.number.desc())  # today's papers before a backfill's
            .limit(limit)
        )
        return [(rows.candidate(row), row.stayed) for row in self._rows(query)]

    def judged(self, topic: str, prompt: str, asked: str) -> Sequence[tuple[int, Triage]]:
        known = triages.alias()
        query = (
            rows.of_same_version(known)
            .join(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
            .where(t.candidates.c.topic == topic, UNTRIAGED, sa.not_(_HELD))
            .where(known.c.prompt == prompt, known.c.asked == asked, known.c.batch.is_not(None))
            .order_by(t.candidates.c.number, known.c.at)
        )
        return [(row.number, rows.decode(Triage, row)) for row in self._rows(query)]

    def add_batches(self, topic: str, new: Sequence[TriageBatch], run: str, at: datetime) -> None:
        with self._database.write() as connection:
            _insert(connection, topic, new, {"run": run, "at": at})

    def add(self, found: Sequence[tuple[int, Triage]], run: str, at: datetime) -> None:
        self._insert_new(triages, _values(found, {"run": run, "at": at}))

    def add_reading(
        self,
        batch: TriageBatch,
        reading: TriageReading,
        found: Sequence[tuple[int, Triage]],
        halves: Sequence[TriageBatch],
        run: str,
        at: datetime,
    ) -> None:
        stamp = {"run": run, "at": at}
        values = rows.encode(reading, error=redact(reading.error), batch=batch.number, **stamp)
        again = {candidate.number for half in halves for candidate in half.candidates}
        left = {candidate.number for candidate in batch.candidates} - again - {number for number, _ in found}
        with self._database.write() as connection:
            if not self._database.insert_first(connection, readings, values):
                return
            self._database.insert_new(connection, triages, _values(found, stamp))
            topic = connection.scalar(sa.select(batches.c.topic).where(batches.c.number == batch.number))
            _insert(connection, str(topic), halves, stamp)
            self._leave_unread(connection, batch.number, left, run, at)

    def _leave_unread(self, connection: sa.Connection, batch: int, left: Iterable[int], run: str, at: datetime) -> None:
        """Record that no answer about these papers was accepted in this run; after several such runs they are sent to
        scoring.
        """
        numbers = sorted(left)
        stayed = [{"candidate": number, "run": run, "batch": batch, "at": at} for number in numbers]
        self._database.insert_new(connection, unread, stayed)
        often = (
            sa.select(unread.c.candidate)
            .where(unread.c.candidate.in_(numbers))
            .group_by(unread.c.candidate)
            .having(sa.func.count() >= UNREAD_RUNS)
        )
        over = [(number, Triage(TriageOutcome.UNREAD)) for number in connection.scalars(often)]
        self._database.insert_new(connection, triages, _values(over, {"run": run, "at": at}))

    def named(self, topic: str) -> frozenset[int]:
        query = (
            sa.select(t.candidates.c.number)
            .join(triages, triages.c.candidate == t.candidates.c.number)
            .outerjoin(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
            .outerjoin(t.assignments, t.assignments.c.candidate == t.candidates.c.number)
            .where(t.candidates.c.topic == topic, t.candidates.c.is_active, triages.c.goes_on)
            .where(t.relevances.c.candidate.is_(None), t.assignments.c.candidate.is_(None))
        )
        return frozenset(self._scalars(query))

    def outcomes(self, topic: str) -> Mapping[str, tuple[bool, bool]]:
        query = (
            sa.select(t.candidates.c.paper, t.screenings.c.passed, t.screenings.c.triage, triages.c.goes_on)
            .join(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
            .outerjoin(triages, triages.c.candidate == t.candidates.c.number)
            .where(t.candidates.c.topic == topic)
            .order_by(t.candidates.c.number)
        )
        found: dict[str, tuple[bool, bool]] = {}
        for row in self._rows(query):
            if row.passed or not row.triage or row.goes_on is not None:
                found[row.paper] = row.passed, bool(row.passed or row.goes_on)
        return found

    def planted(self, topic: str, since: datetime) -> Mapping[str, datetime]:
        c = batches.c
        query = sa.select(c.plants, c.at).where(c.topic == topic, c.at > since).order_by(c.number)
        return {plant["key"]: row.at for row in self._rows(query) for plant in row.plants}

    def known(self, topic: str, papers: AbstractSet[PaperId]) -> Sequence[KnownPaper]:
        decided = rows.latest(t.decisions, "verdict")
        approved = sa.select(decided.c.candidate).where(decided.c.verdict == Verdict.APPROVE)
        query = (
            rows.CANDIDATE.add_columns(t.screenings.c.probability)
            .outerjoin(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
            .where(t.paper_versions.c.abstract != "")
            .order_by(t.candidates.c.number)
        )
        keys, found = sorted(map(str, papers)), dict[str, KnownPaper]()
        wanted = [sa.and_(t.candidates.c.topic == topic, t.candidates.c.number.in_(approved))]
        wanted += [t.candidates.c.paper.in_(chunk) for chunk in chunks(keys)]
        for condition in wanted:
            for row in self._rows(query.where(condition)):
                if not is_suspicious(row.anomalies):
                    texts = (row.title_raw, row.abstract_raw, row.title)
                    found.setdefault(row.paper, KnownPaper(PaperId.from_key(row.paper), *texts, row.probability))
        return list(found.values())

    def untriaged(self, *topics: str) -> tuple[int, int]:
        put = sa.exists().where(assignments.c.candidate == t.candidates.c.number).correlate(t.candidates)
        query = (
            sa.select(put.label("put"))
            .select_from(t.candidates)
            .join(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
            .where(t.candidates.c.topic.in_(topics), UNTRIAGED)
            .subquery()
        )
        counted = sa.select(query.c.put, sa.func.count()).group_by(query.c.put)
        found = {bool(row[0]): int(row[1]) for row in self._rows(counted)}
        return found.get(True, 0), found.get(False, 0)


def recall_on_plants(connection: sa.Connection, topic: str, since: datetime, until: datetime) -> TriageRecall:
    """Compute the recall of triage, measured by known relevant papers that were hidden in the lists given to the model:
    how many it named. Only a paper's first appearance within the time span counts.
    """
    query = (
        sa.select(readings.c.missed, batches.c.plants)
        .join(batches, batches.c.number == readings.c.batch)
        .where(batches.c.topic == topic, readings.c.accepted, readings.c.at >= since, readings.c.at < until)
        .order_by(batches.c.number)
    )
    answers = [([plant["key"] for plant in row.plants], row.missed) for row in connection.execute(query)]
    keys = sorted({key for plants, _ in answers for key in plants})
    as_news = (
        sa.select(t.candidates.c.paper)
        .join(triages, triages.c.candidate == t.candidates.c.number)
        .where(t.candidates.c.topic == topic, triages.c.batch.is_not(None))
    )
    news = set[str]()
    for chunk in chunks(keys):
        news.update(connection.scalars(as_news.where(t.candidates.c.paper.in_(chunk))))
    return triage_recall(answers, news)


def _insert(connection: sa.Connection, topic: str, new: Sequence[TriageBatch], stamp: Mapping[str, Any]) -> None:
    for batch in new:
        values = rows.encode(batch, "candidates", "number", topic=topic, **stamp)
        number = connection.scalar(sa.insert(batches).values(values).returning(batches.c.number))
        connection.execute(sa.insert(assignments), [{"batch": number, "candidate": c.number} for c in batch.candidates])


def _values(found: Sequence[tuple[int, Triage]], stamp: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [rows.encode(one, candidate=number, goes_on=one.goes_on, **stamp) for number, one in found]


_GOES_ON = sa.and_(TO_SCORE, sa.not_(HANDED_OVER))
"""SQL condition that a screened candidate is to be scored."""


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
        scored = t.relevances.alias()
        query = (
            rows.of_same_version(scored)
            .join(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
            .outerjoin(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
            .where(
                t.candidates.c.topic == topic, t.candidates.c.is_active, _GOES_ON, t.relevances.c.candidate.is_(None)
            )
            .where(scored.c.prompt == prompt, scored.c.asked == asked)
            .order_by(t.candidates.c.number, scored.c.at)
        )
        return [(row.number, rows.decode(Relevance, row)) for row in self._rows(query)]

    def unassign(self, batches: Sequence[int]) -> None:
        scored = sa.select(t.relevances.c.candidate)
        c = t.assignments.c
        self._write(sa.delete(t.assignments).where(c.batch.in_(batches), c.candidate.not_in(scored)))

    def add_relevances(
        self, found: Sequence[tuple[int, Relevance]], missed: Sequence[Failure], run: str, at: datetime
    ) -> None:
        stamp = {"run": run, "at": at}
        verdicts = [rows.encode(one, candidate=number, **stamp) for number, one in found]
        failed = [{"stage": f.stage, "candidate": f.number, "error": f.error, **stamp} for f in missed]
        single = len(verdicts) + len(failed) == 1  # one row needs no round trips for a transaction
        with self._database.write_apart() if single else self._database.write() as connection:
            self._database.insert_new(connection, t.relevances, verdicts)
            self._database.insert_new(connection, t.failures, failed)

    def examples(self, topic: str, until: datetime) -> Sequence[Example]:
        return [
            Example(row.title, approved, row.reason or (row.reason_ja if approved else ""))
            for row in self._rows(_decided(), {"topic": topic, "until": until})
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
