"""Database access for desks (Slack, web pages): the outbox, in which a message is recorded before it is sent and its
address after that; emoji reactions seen on cards; Slack installations, people's preferences and signed-out sessions.

A reaction and the decision it stands for are recorded in one transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.cards import add_decision, decisions_on
from watcher.adapters.store.database import Part
from watcher.domain.curation.reactions import QUESTIONS, Key, Observation, Question, ReactionOutcome, Sighting, react
from watcher.domain.facts import Decision, Verdict
from watcher.ports.store import DeskStore, OutboxStore, ReactionStore


class Outbox(Part, OutboxStore):
    unsure_since: datetime | None = None

    def intend(self, key: str, desk: str, at: datetime) -> datetime | None:
        intended = self.unsure_since or at
        with self._database.write() as connection:
            if self._database.insert_first(connection, t.outbox, {"key": key, "desk": desk, "intended": intended}):
                return self.unsure_since
            before = sa.select(t.outbox.c.intended).where(t.outbox.c.key == key)
            return connection.scalar(before)

    def sent(self, key: str) -> str | None:
        return self._scalar(sa.select(t.outbox.c.ref).where(t.outbox.c.key == key))

    def record_sent(self, key: str, ref: str, at: datetime) -> None:
        self._write(sa.update(t.outbox).where(t.outbox.c.key == key).values(ref=ref, sent=at))


class Desks(Part, DeskStore):
    def put_installation(self, team: str, content: str, at: datetime) -> None:
        self._replace(t.installations, {"team": team, "content": content, "at": at})

    def installation(self, team: str) -> str | None:
        query = sa.select(t.installations.c.content).where(t.installations.c.team == team)
        return self._scalar(query)

    def remove_installation(self, team: str) -> None:
        self._write(sa.delete(t.installations).where(t.installations.c.team == team))

    def add_state(self, state: str, now: datetime, expires: datetime) -> None:
        states = t.installing
        with self._database.write() as connection:
            connection.execute(sa.delete(states).where(states.c.expires <= now))
            connection.execute(sa.insert(states).values(state=state, expires=expires))

    def pop_state(self, state: str, now: datetime) -> bool:
        states = t.installing
        with self._database.write() as connection:
            taken = sa.delete(states).where(states.c.state == state, states.c.expires > now)
            return connection.execute(taken).rowcount == 1

    def preferences(self, person: str) -> Sequence[str]:
        query = sa.select(t.preferences.c.choices).where(t.preferences.c.person == person)
        return list(self._scalar(query) or ())

    def put_preferences(self, person: str, choices: Sequence[str]) -> None:
        self._replace(t.preferences, {"person": person, "choices": list(choices)})

    def end_session(self, session: str, at: datetime) -> None:
        ended = t.ended_sessions
        with self._database.write() as connection:
            connection.execute(sa.delete(ended).where(ended.c.at < at - _KEPT))
            self._database.insert_new(connection, ended, [{"session": _hashed(session), "at": at}])

    def has_ended(self, session: str) -> bool:
        query = sa.select(t.ended_sessions.c.session).where(t.ended_sessions.c.session == _hashed(session))
        return self._scalar(query) is not None


_KEPT = timedelta(days=15)  # a day longer than a browser keeps the cookie


def _hashed(session: str) -> str:
    """The hash that is stored in place of a session's id, so that nobody who reads the database can continue a
    session.
    """
    return hashlib.sha256(session.encode()).hexdigest()


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
            values = [rows.encode(one, candidate=number, desk=desk) for one in found]
            self._database.insert_new(connection, t.reactions, values)
            return found

    def watched(self, desk: str, since: datetime) -> Mapping[str, int]:
        decided = rows.latest(t.decisions, "verdict", "at")
        query = (
            sa.select(t.cards.c.ref, t.cards.c.candidate)
            .outerjoin(decided, decided.c.candidate == t.cards.c.candidate)
            .where(
                t.cards.c.desk == desk,
                t.cards.c.ref != "",
                sa.or_(t.cards.c.at >= since, decided.c.at >= since, rows.undecided(decided)),
            )
        )
        return {row.ref: row.candidate for row in self._rows(query)}

    def to_ask(self, desk: str) -> Sequence[tuple[Question, str]]:
        found = self._rows(_unasked(), {"desk": desk})
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
    found = [rows.decode(Sighting, row) for row in connection.execute(query)]
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
