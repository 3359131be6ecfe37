"""What people chose to see, and where the cards they look for stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Database


class Preferences:
    """The part of the store that serves readers."""

    database: Database

    def refs(self, desk: str) -> Mapping[int, str]:
        """Where cards stand at a desk, by number."""
        query = sa.select(t.cards.c.candidate, t.cards.c.ref).where(t.cards.c.desk == desk)
        with self.database.read() as connection:
            return {row.candidate: row.ref for row in connection.execute(query)}

    def preferences(self, person: str) -> Sequence[str]:
        """What somebody chose to see."""
        query = sa.select(t.preferences.c.choices).where(t.preferences.c.person == person)
        with self.database.read() as connection:
            return list(connection.scalar(query) or ())

    def prefer(self, person: str, choices: Sequence[str]) -> None:
        """Keep what somebody chose; what was chosen before is replaced."""
        with self.database.write() as connection:
            self.database.replace(connection, t.preferences, {"person": person, "choices": list(choices)})
