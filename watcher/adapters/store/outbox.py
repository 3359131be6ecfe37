"""Database access for the outbox, in which a message is recorded before it is sent and its address after that; and for
Slack installations, people's preferences, and signed-out web sessions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Part
from watcher.ports.store import InstallationStore, OutboxStore, PreferenceStore, SessionStore


def begun(kind: str, desk: str | sa.ColumnElement[str], rest: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """SQL condition that the outbox holds a message with the key `kind/desk/rest`, so that the message may have been
    sent.
    """
    key = sa.literal(f"{kind}/").concat(desk).concat("/").concat(rest)
    return sa.exists().where(t.outbox.c.key == key).correlate_except(t.outbox)


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
        with self._database.read() as connection:
            return connection.scalar(sa.select(t.outbox.c.ref).where(t.outbox.c.key == key))

    def record_sent(self, key: str, ref: str, at: datetime) -> None:
        with self._database.write() as connection:
            connection.execute(sa.update(t.outbox).where(t.outbox.c.key == key).values(ref=ref, sent=at))


class Installations(Part, InstallationStore):
    def put(self, team: str, content: str, at: datetime) -> None:
        with self._database.write() as connection:
            self._database.replace(connection, t.installations, {"team": team, "content": content, "at": at})

    def get(self, team: str) -> str | None:
        query = sa.select(t.installations.c.content).where(t.installations.c.team == team)
        with self._database.read() as connection:
            return connection.scalar(query)

    def remove(self, team: str) -> None:
        with self._database.write() as connection:
            connection.execute(sa.delete(t.installations).where(t.installations.c.team == team))

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


class Preferences(Part, PreferenceStore):
    def get(self, person: str) -> Sequence[str]:
        query = sa.select(t.preferences.c.choices).where(t.preferences.c.person == person)
        with self._database.read() as connection:
            return list(connection.scalar(query) or ())

    def put(self, person: str, choices: Sequence[str]) -> None:
        with self._database.write() as connection:
            self._database.replace(connection, t.preferences, {"person": person, "choices": list(choices)})


_KEPT = timedelta(days=15)  # a day longer than a browser keeps the cookie


class EndedSessions(Part, SessionStore):
    def end(self, session: str, at: datetime) -> None:
        ended = t.ended_sessions
        with self._database.write() as connection:
            connection.execute(sa.delete(ended).where(ended.c.at < at - _KEPT))
            self._database.insert_new(connection, ended, [{"session": _hashed(session), "at": at}])

    def has_ended(self, session: str) -> bool:
        query = sa.select(t.ended_sessions.c.session).where(t.ended_sessions.c.session == _hashed(session))
        with self._database.read() as connection:
            return connection.scalar(query) is not None


def _hashed(session: str) -> str:
    """The hash that is stored in place of a session's id, so that nobody who reads the database can continue a
    session.
    """
    return hashlib.sha256(session.encode()).hexdigest()
