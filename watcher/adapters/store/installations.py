"""Workspaces that let the bot in, and installations under way."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Database


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
