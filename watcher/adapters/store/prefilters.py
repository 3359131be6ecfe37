"""Tables of trained prefilters, with queries for their latest probabilities and for training labels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Part
from watcher.domain.errors import UsageError
from watcher.domain.facts import Verdict
from watcher.domain.papers.paper import Paper
from watcher.ports import Lesson, TrainedPrefilter
from watcher.ports.store import PrefilterStore

_TEACHES = {Verdict.APPROVE, Verdict.REJECT}


class Prefilters(Part, PrefilterStore):
    def recent_probabilities(self, topic: str, trained: str, limit: int) -> Sequence[float]:
        s = t.screenings.c
        query = (
            sa.select(sa.case((s.priority == 0, 1.0), else_=s.probability))
            .join(t.candidates, t.candidates.c.number == s.candidate)
            .where(t.candidates.c.topic == topic, s.prefilter == trained, s.probability.is_not(None))
            .order_by(s.candidate.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return list(connection.scalars(query))

    def taken_in(self, topic: str, limit: int | None = None) -> Sequence[tuple[Paper, date | None, bool | None]]:
        query = (
            rows.CANDIDATE.add_columns(t.announcements.c.announced_on, t.relevances.c.relevant)
            .outerjoin(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
            .where(t.candidates.c.topic == topic)
            .order_by(t.candidates.c.number.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return [
                (rows.paper(row), row.announced_on or row.announced_at.date(), row.relevant)
                for row in connection.execute(query)
            ]

    def lessons(self, topic: str) -> Sequence[Lesson]:
        d = t.decisions.c
        newest = sa.select(sa.func.max(d.id)).group_by(d.candidate)
        query = (
            rows.CANDIDATE.add_columns(d.verdict, d.at.label("decided_at"))
            .join(t.decisions, d.candidate == t.candidates.c.number)
            .where(t.candidates.c.topic == topic, d.id.in_(newest), d.verdict.in_(sorted(_TEACHES)))
            .order_by(d.id)
        )
        with self._database.read() as connection:
            return [
                Lesson(rows.paper(row), row.announced_at, row.verdict == Verdict.APPROVE, row.decided_at)
                for row in connection.execute(query)
            ]

    def add(self, topic: str, trained: TrainedPrefilter, at: datetime) -> None:
        values = {"topic": topic, "name": trained.name, "content": trained.content, "evidence": trained.evidence}
        with self._database.write() as connection:
            self._database.insert_new(connection, t.prefilters, [{**values, "at": at}])

    def choose(self, topic: str, name: str, reason: str, at: datetime) -> None:
        c = t.prefilters.c
        with self._database.write() as connection:
            number = connection.scalar(sa.select(c.id).where(c.topic == topic, c.name == name))
            if number is None:
                raise _unknown(topic, name)
            connection.execute(sa.insert(t.prefilter_choices).values(prefilter=number, reason=reason, at=at))

    def in_use(self, topic: str) -> str:
        query = (
            sa.select(t.prefilters.c.name)
            .join(t.prefilter_choices, t.prefilter_choices.c.prefilter == t.prefilters.c.id)
            .where(t.prefilters.c.topic == topic)
            .order_by(t.prefilter_choices.c.id.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            return connection.scalar(query) or ""

    def get(self, topic: str, name: str) -> TrainedPrefilter:
        c = t.prefilters.c
        with self._database.read() as connection:
            row = connection.execute(
                sa.select(c.name, c.content, c.evidence).where(c.topic == topic, c.name == name)
            ).one_or_none()
        if row is None:
            raise _unknown(topic, name)
        return TrainedPrefilter(*row)

    def all(self, topic: str) -> Sequence[tuple[str, datetime, dict[str, object]]]:
        c = t.prefilters.c
        query = sa.select(c.name, c.at, c.evidence).where(c.topic == topic).order_by(c.id)
        with self._database.read() as connection:
            return [(row.name, row.at, row.evidence) for row in connection.execute(query)]


def _unknown(topic: str, name: str) -> UsageError:
    return UsageError(
        f"no trained prefilter of this name is kept for {topic}", about=name, remedy="watcher retrain --list"
    )
