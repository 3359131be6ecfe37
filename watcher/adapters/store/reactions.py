"""Database access for emoji reactions seen on cards. A reaction and the decision it stands for are recorded in one
transaction.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.cards import add_decision, decisions_on
from watcher.adapters.store.database import Part
from watcher.domain.curation.reactions import (
    QUESTIONS,
    Key,
    Observation,
    Question,
    ReactionOutcome,
    Sighting,
    react,
)
from watcher.domain.facts import Decision, Verdict
from watcher.ports.store import ReactionStore

_FINAL = (Verdict.APPROVE, Verdict.REJECT)


class Reactions(Part, ReactionStore):
    def last(self, number: int, desk: str) -> Mapping[Key, Sighting]:
        with self._database.read() as connection:
            return _last(connection, number, desk)

    def observe(
        self, number: int, desk: str, seen: Observation, *, needed: int, fits: bool, at: datetime
    ) -> Sequence[Sighting]:
        with self._database.write() as connection:
            rows.hold(connection, number)

            def record(verdict: Verdict, curator: str) -> int | None:
                decision = Decision(verdict, curator, at, desk, needed=needed)
                return add_decision(self._database, connection, number, decision)

            def decisions() -> Sequence[tuple[int, Decision]]:
                return decisions_on(connection, number)

            found = react(_last(connection, number, desk), decisions, seen, record, at=at, fits=fits)
            values = [{**dataclasses.asdict(one), "candidate": number, "desk": desk} for one in found]
            if values:
                connection.execute(sa.insert(t.reactions), values)
            return found

    def watched(self, desk: str, since: datetime) -> Mapping[str, int]:
        decided = rows.latest(t.decisions, "verdict", "at")
        query = (
            sa.select(t.cards.c.ref, t.cards.c.candidate)
            .outerjoin(decided, decided.c.candidate == t.cards.c.candidate)
            .where(
                t.cards.c.desk == desk,
                t.cards.c.ref != "",
                sa.or_(
                    t.cards.c.at >= since, decided.c.at >= since, sa.func.coalesce(decided.c.verdict, "").not_in(_FINAL)
                ),
            )
        )
        with self._database.read() as connection:
            return {row.ref: row.candidate for row in connection.execute(query)}

    def to_ask(self, desk: str) -> Sequence[tuple[Question, str]]:
        with self._database.read() as connection:
            found = connection.execute(_unasked(), {"desk": desk}).all()
        asked: dict[tuple[int, str, datetime], list[Any]] = {}
        for row in found:  # those of one person that were seen together are one question
            asked.setdefault((row.number, row.person, row.seen_at), []).append(row)
        return [(_question(together), together[0].ref) for together in asked.values()]


def _question(together: Sequence[Any]) -> Question:
    first = together[0]
    emoji = tuple(row.emoji for row in together)
    outcome = ReactionOutcome(first.outcome)
    return Question(first.sighting, rows.candidate(first), first.person, first.curator, emoji, outcome)


def _last(connection: sa.Connection, number: int, desk: str) -> dict[Key, Sighting]:
    c = t.reactions.c
    query = sa.select(t.reactions).where(c.candidate == number, c.desk == desk).order_by(c.id)
    found = [
        Sighting(
            row.person,
            row.curator,
            row.emoji,
            Verdict(row.verdict),
            row.present,
            ReactionOutcome(row.outcome),
            row.decision,
            row.at,
            row.stamp,
        )
        for row in connection.execute(query)
    ]
    return {one.key: one for one in found}


@cache
def _unasked() -> sa.Select[Any]:
    """Query for reactions at `desk` that are still there and led to no decision, unless people were asked about them or
    decided since.
    """
    c, newer, since = t.reactions.c, t.reactions.alias(), t.decisions.c
    first = t.reactions.alias()
    together = (
        sa.select(sa.func.min(first.c.id))
        .where(
            first.c.candidate == c.candidate,
            first.c.desk == c.desk,
            first.c.person == c.person,
            first.c.at == c.at,
            first.c.outcome == c.outcome,
        )
        .correlate(t.reactions)
        .scalar_subquery()
    )
    candidate = t.candidates.c.topic.concat("/").concat(t.candidates.c.paper)
    key = sa.literal("question/").concat(c.desk).concat("/").concat(candidate).concat("/")
    key = key.concat(sa.cast(together, sa.String))
    overtaken = sa.exists().where(
        newer.c.candidate == c.candidate,
        newer.c.desk == c.desk,
        newer.c.person == c.person,
        newer.c.emoji == c.emoji,
        newer.c.id > c.id,
    )
    return (
        rows.CANDIDATE.add_columns(
            together.label("sighting"), c.person, c.curator, c.emoji, c.outcome, c.at.label("seen_at"), t.cards.c.ref
        )
        .join(t.reactions, c.candidate == t.candidates.c.number)
        .join(t.cards, sa.and_(t.cards.c.candidate == c.candidate, t.cards.c.desk == c.desk))
        .where(
            c.desk == sa.bindparam("desk", type_=sa.String),
            c.outcome.in_(QUESTIONS),
            c.present,
            ~overtaken,
            ~sa.exists().where(since.candidate == c.candidate, since.at > c.at),
            ~sa.exists().where(t.outbox.c.key == key, t.outbox.c.ref.is_not(None)).correlate_except(t.outbox),
        )
        .order_by(c.id)
    )
