"""The outbox: an intent stands before an outside effect, its ref after it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Database


def begun(kind: str, desk: str | sa.ColumnElement[str], rest: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether it was ever intended to show something at a desk, by the parts of its key: it may stand there."""
    key = sa.literal(f"{kind}/").concat(desk).concat("/").concat(rest)
    return sa.exists().where(t.outbox.c.key == key).correlate_except(t.outbox)


class Outbox:
    """Implements ports.Intents."""

    database: Database

    def intend(self, key: str, desk: str, at: datetime) -> datetime | None:
        """Record that `key` is about to be sent. None the first time; else when it was first intended."""
        with self.database.write() as connection:
            if self.database.insert_first(connection, t.outbox, {"key": key, "desk": desk, "intended": at}):
                return None
            before = sa.select(t.outbox.c.intended).where(t.outbox.c.key == key)
            return connection.scalar(before)

    def sent(self, key: str) -> str | None:
        """The ref under which `key` was sent, or None."""
        with self.database.read() as connection:
            return connection.scalar(sa.select(t.outbox.c.ref).where(t.outbox.c.key == key))

    def record_sent(self, key: str, ref: str, at: datetime) -> None:
        """Record that `key` stands at the desk under `ref`."""
        with self.database.write() as connection:
            connection.execute(sa.update(t.outbox).where(t.outbox.c.key == key).values(ref=ref, sent=at))


class Installations:
    """Implements ports.InstallationStore."""

    database: Database

    def keep_installation(self, team: str, content: str, at: datetime) -> None:
        """Keep what a workspace granted; what it granted before is replaced."""
        with self.database.write() as connection:
            self.database.replace(connection, t.installations, {"team": team, "content": content, "at": at})

    def installation(self, team: str) -> str | None:
        """What a workspace granted last, or None."""
        query = sa.select(t.installations.c.content).where(t.installations.c.team == team)
        with self.database.read() as connection:
            return connection.scalar(query)

    def forget_installation(self, team: str) -> None:
        """Forget what a workspace granted: it has taken the bot out."""
        with self.database.write() as connection:
            connection.execute(sa.delete(t.installations).where(t.installations.c.team == team))

    def add_state(self, state: str, now: datetime, expires: datetime) -> None:
        """Remember that an installation began; those expired are forgotten."""
        states = t.installing
        with self.database.write() as connection:
            connection.execute(sa.delete(states).where(states.c.expires <= now))
            connection.execute(sa.insert(states).values(state=state, expires=expires))

    def take_state(self, state: str, now: datetime) -> bool:
        """Whether an installation under way has this state; it can be taken once."""
        states = t.installing
        with self.database.write() as connection:
            taken = sa.delete(states).where(states.c.state == state, states.c.expires > now)
            return connection.execute(taken).rowcount == 1
