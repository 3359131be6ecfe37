"""Database access for audit samples (papers drawn at random from those that screening rejected) and for curators'
answers whether each is relevant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Part
from watcher.adapters.store.outbox import begun
from watcher.adapters.store.tables import audit_answers, audit_cards, audit_lines, audit_samples
from watcher.adapters.store.triage import PICKED
from watcher.domain.curation.recall import AuditCard, ScreenedOut
from watcher.domain.errors import UsageError
from watcher.domain.facts import AuditAnswer, AuditLine, AuditSample, Screening
from watcher.ports.store import AuditStore

_A = audit_answers.alias("a")
_NEWEST = sa.select(sa.func.max(_A.c.id)).group_by(_A.c.candidate)
_COUNT = (
    sa.select(sa.func.count())
    .select_from(audit_answers)
    .where(audit_answers.c.candidate == audit_samples.c.candidate)
    .correlate(audit_samples)
    .scalar_subquery()
)


class Audits(Part, AuditStore):
    def screened_out(self, topic: str, since: datetime, until: datetime) -> Sequence[ScreenedOut]:
        s, c = t.screenings.c, t.candidates.c
        query = (
            sa.select(c.number, c.paper, s.probability)
            .join(t.screenings, s.candidate == c.number)
            .where(c.topic == topic, sa.not_(s.passed), sa.not_(PICKED), s.at >= since, s.at < until)
            .order_by(c.number)
        )
        with self._database.read() as connection:
            return [ScreenedOut(row.number, row.paper, row.probability) for row in connection.execute(query)]

    def add_samples(self, topic: str, drawn: Sequence[tuple[int, AuditSample]], run: str, at: datetime) -> None:
        if not drawn:
            return
        week = drawn[0][1].week
        with self._database.write() as connection:
            self._database.one_at_a_time(connection, audit_samples)
            if connection.execute(_drawn(topic, week).limit(1)).first() is not None:
                return
            values = [{**asdict(sample), "candidate": number, "run": run, "at": at} for number, sample in drawn]
            connection.execute(sa.insert(audit_samples), values)

    def cards(self, topic: str | None = None, weeks: Sequence[str] | None = None) -> Sequence[AuditCard]:
        query = _CARDS.where(t.candidates.c.topic == topic) if topic else _CARDS
        return self._audit_cards(query if weeks is None else query.where(audit_samples.c.week.in_(weeks)))

    def card(self, number: int) -> AuditCard:
        found = self._audit_cards(_CARDS.where(t.candidates.c.number == number))
        if not found:
            raise UsageError(
                "this is no paper of the audit sample", about=str(number), remedy="see `watcher audit list`"
            )
        return found[0]

    def _audit_cards(self, query: sa.Select[Any]) -> list[AuditCard]:
        with self._database.read() as connection:
            found = connection.execute(query).all()
            numbers = [row.number for row in found]
            newest = connection.execute(
                sa.select(audit_answers).where(audit_answers.c.id.in_(_NEWEST), audit_answers.c.candidate.in_(numbers))
            )
            answers = {row.candidate: AuditAnswer(row.belongs, row.curator, row.at, row.desk) for row in newest}
        return [
            AuditCard(
                rows.candidate(row),
                Screening(row.passed, tuple(row.groups), tuple(row.keywords), row.priority, row.probability, row.rule),
                AuditSample(row.week, row.stratum, row.size, row.chance),
                answers.get(row.number),
                row.answers,
                row.line_ja,
            )
            for row in found
        ]

    def add_lines(self, lines: Sequence[tuple[int, AuditLine]], run: str, at: datetime) -> None:
        values = [{**asdict(line), "candidate": number, "run": run, "at": at} for number, line in lines]
        with self._database.write() as connection:
            self._database.insert_new(connection, audit_lines, values)

    def add_answer(self, number: int, answer: AuditAnswer) -> bool:
        c = audit_answers.c
        with self._database.write() as connection:
            self._database.one_at_a_time(connection, audit_answers)
            standing = connection.scalar(
                sa.select(c.belongs).where(c.candidate == number).order_by(c.id.desc()).limit(1)
            )
            if standing is answer.belongs:
                return False
            connection.execute(sa.insert(audit_answers).values(candidate=number, **asdict(answer)))
            return True

    def to_audit(self, topic: str, desk: str) -> Sequence[int]:
        query = (
            sa.select(audit_samples.c.candidate)
            .join(t.candidates, t.candidates.c.number == audit_samples.c.candidate)
            .outerjoin(
                audit_cards, sa.and_(audit_cards.c.candidate == t.candidates.c.number, audit_cards.c.desk == desk)
            )
            .where(
                t.candidates.c.topic == topic,
                audit_cards.c.candidate.is_(None),
                sa.or_(_COUNT == 0, begun("audit", desk, t.candidates.c.topic + "/" + audit_samples.c.week)),
            )
            .order_by(audit_samples.c.week, audit_samples.c.candidate)
        )
        with self._database.read() as connection:
            return list(connection.scalars(query))

    def stale(self, desk: str, topic: str | None = None) -> Sequence[tuple[int, str]]:
        query = stale_audit_cards(desk).order_by(audit_cards.c.candidate)
        query = query.where(t.candidates.c.topic == topic) if topic else query
        with self._database.read() as connection:
            return [(row.candidate, row.ref) for row in connection.execute(query)]

    def mark_shown(self, number: int, desk: str, ref: str, answers: int) -> None:
        values = {"candidate": number, "desk": desk, "ref": ref, "answers": answers}
        with self._database.write() as connection:
            self._database.replace(connection, audit_cards, values)


def stale_audit_cards(desk: str) -> sa.Select[Any]:
    """Query for the audited papers whose messages at a desk (Slack, web …) lack answers that curators have given since:
    candidate number and message ref.
    """
    return (
        sa.select(audit_cards.c.candidate, audit_cards.c.ref)
        .join(audit_samples, audit_samples.c.candidate == audit_cards.c.candidate)
        .join(t.candidates, t.candidates.c.number == audit_cards.c.candidate)
        .where(audit_cards.c.desk == desk, audit_cards.c.answers != _COUNT)
    )


_CARDS = (
    rows.CANDIDATE.add_columns(
        *[c for c in t.screenings.c if c.name not in {"candidate", "run", "at"}],
        *[c for c in audit_samples.c if c.name not in {"candidate", "run", "at"}],
        _COUNT.label("answers"),
        audit_lines.c.line_ja,
    )
    .join(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
    .join(audit_samples, audit_samples.c.candidate == t.candidates.c.number)
    .outerjoin(audit_lines, audit_lines.c.candidate == t.candidates.c.number)
    .order_by(audit_samples.c.week.desc(), t.candidates.c.number)
)


def _drawn(topic: str, week: str) -> sa.Select[Any]:
    return (
        sa.select(audit_samples.c.candidate)
        .join(t.candidates, t.candidates.c.number == audit_samples.c.candidate)
        .where(t.candidates.c.topic == topic, audit_samples.c.week == week)
    )
