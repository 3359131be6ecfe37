"""Database access for triage, in which a language model names, from a list of papers, those worth scoring: the lists,
its answers, and the outcome for each paper.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Part
from watcher.adapters.store.nominations import NOMINATED
from watcher.adapters.store.tables import triage_assignments as assignments
from watcher.adapters.store.tables import triage_batches as batches
from watcher.adapters.store.tables import triage_readings as readings
from watcher.adapters.store.tables import triage_unread as unread
from watcher.adapters.store.tables import triages
from watcher.domain.curation.recall import TriageRecall, triage_recall
from watcher.domain.facts import Candidate, Triage, TriageOutcome, TriageReading, Verdict
from watcher.domain.papers.paper import PaperId, is_suspicious
from watcher.domain.screening.triage import UNREAD_RUNS, Entry
from watcher.logs import redact
from watcher.ports import KnownPaper, TriageBatch
from watcher.ports.store import TriageStore

_AT_ONCE = 500  # keys per statement, because databases limit the parameters of one
_READ = sa.exists().where(readings.c.batch == batches.c.number).correlate(batches)

PICKED = sa.exists().where(triages.c.candidate == t.candidates.c.number, triages.c.goes_on).correlate(t.candidates)
"""SQL condition that triage sent a candidate to scoring; for queries with `candidates`."""

TO_SCORE = sa.or_(t.screenings.c.passed, NOMINATED, PICKED)
"""SQL condition that a candidate is to be scored, by screening, triage or nomination; for queries with `screenings`
too.
"""

UNTRIAGED = sa.and_(
    t.candidates.c.is_active,
    sa.not_(t.screenings.c.passed),
    t.screenings.c.triage,
    sa.not_(NOMINATED),
    sa.not_(sa.exists().where(triages.c.candidate == t.candidates.c.number).correlate(t.candidates)),
)
"""SQL condition that a screened candidate waits for triage; for queries with `candidates` and `screenings`."""

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
        opened = [
            TriageBatch(
                tuple(members.get(row.number, ())),
                tuple(Entry(**plant) for plant in row.plants),
                row.parent,
                row.attempt,
                row.number,
            )
            for row in found
        ]
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
        with self._database.read() as connection:
            return [(rows.candidate(row), row.stayed) for row in connection.execute(query)]

    def judged(self, topic: str, prompt: str, asked: str) -> Sequence[tuple[int, Triage]]:
        mine, theirs, other = t.announcements.alias(), t.announcements.alias(), t.candidates.alias()
        known = triages.alias()
        query = (
            sa.select(t.candidates.c.number, known)
            .join(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
            .join(mine, mine.c.id == t.candidates.c.announcement)
            .join(theirs, theirs.c.paper_version == mine.c.paper_version)
            .join(other, other.c.announcement == theirs.c.id)
            .join(known, known.c.candidate == other.c.number)
            .where(t.candidates.c.topic == topic, UNTRIAGED, sa.not_(_HELD))
            .where(known.c.prompt == prompt, known.c.asked == asked, known.c.batch.is_not(None))
            .order_by(t.candidates.c.number, known.c.at)
        )
        with self._database.read() as connection:
            return [(row.number, _triage(row)) for row in connection.execute(query)]

    def add_batches(self, topic: str, new: Sequence[TriageBatch], run: str, at: datetime) -> None:
        with self._database.write() as connection:
            _insert(connection, topic, new, {"run": run, "at": at})

    def add(self, found: Sequence[tuple[int, Triage]], run: str, at: datetime) -> None:
        with self._database.write() as connection:
            self._database.insert_new(connection, triages, _values(found, {"run": run, "at": at}))

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
        values = {
            **dataclasses.asdict(reading),
            "missed": list(reading.missed),
            "error": redact(reading.error),
            "batch": batch.number,
            **stamp,
        }
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
        with self._database.read() as connection:
            return frozenset(connection.scalars(query))

    def outcomes(self, topic: str) -> Mapping[str, tuple[bool, bool]]:
        query = (
            sa.select(t.candidates.c.paper, t.screenings.c.passed, t.screenings.c.triage, triages.c.goes_on)
            .join(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
            .outerjoin(triages, triages.c.candidate == t.candidates.c.number)
            .where(t.candidates.c.topic == topic)
            .order_by(t.candidates.c.number)
        )
        found: dict[str, tuple[bool, bool]] = {}
        with self._database.read() as connection:
            for row in connection.execute(query):
                if row.passed or not row.triage or row.goes_on is not None:
                    found[row.paper] = row.passed, bool(row.passed or row.goes_on)
        return found

    def planted(self, topic: str, since: datetime) -> Mapping[str, datetime]:
        c = batches.c
        query = sa.select(c.plants, c.at).where(c.topic == topic, c.at > since).order_by(c.number)
        with self._database.read() as connection:
            return {plant["key"]: row.at for row in connection.execute(query) for plant in row.plants}

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
        wanted += [t.candidates.c.paper.in_(keys[n : n + _AT_ONCE]) for n in range(0, len(keys), _AT_ONCE)]
        with self._database.read() as connection:
            for condition in wanted:
                for row in connection.execute(query.where(condition)):
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
        with self._database.read() as connection:
            found = {bool(row[0]): int(row[1]) for row in connection.execute(counted)}
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
    for start in range(0, len(keys), _AT_ONCE):
        news.update(connection.scalars(as_news.where(t.candidates.c.paper.in_(keys[start : start + _AT_ONCE]))))
    return triage_recall(answers, news)


def _insert(connection: sa.Connection, topic: str, new: Sequence[TriageBatch], stamp: Mapping[str, Any]) -> None:
    for batch in new:
        values = {
            "topic": topic,
            "parent": batch.parent,
            "attempt": batch.attempt,
            "plants": [dataclasses.asdict(plant) for plant in batch.plants],
            **stamp,
        }
        number = connection.scalar(sa.insert(batches).values(values).returning(batches.c.number))
        connection.execute(sa.insert(assignments), [{"batch": number, "candidate": c.number} for c in batch.candidates])


def _values(found: Sequence[tuple[int, Triage]], stamp: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"candidate": number, **dataclasses.asdict(triage), "goes_on": triage.goes_on, **stamp}
        for number, triage in found
    ]


def _triage(row: sa.Row[Any]) -> Triage:
    return Triage(TriageOutcome(row.outcome), row.batch, row.prompt, row.model, row.asked)
