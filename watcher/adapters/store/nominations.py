"""Papers put forward by hand: who did, and which still have no card."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Database
from watcher.domain.facts import Nomination
from watcher.domain.paper import PaperId

NOMINATED = sa.exists().where(t.nominations.c.candidate == t.candidates.c.number).correlate(t.candidates)
"""That a candidate goes on whatever screening and score say; for queries that hold `candidates`."""


class Nominations:
    """The part of the store that remembers who put what forward."""

    database: Database

    def nominate(self, numbers: Sequence[int], nomination: Nomination, run: str) -> None:
        """Add the fact that candidates were put forward by hand; an earlier nomination stays as it is."""
        values = {"curator": nomination.curator, "desk": nomination.desk, "run": run, "at": nomination.at}
        with self.database.write() as connection:
            self.database.insert_new(connection, t.nominations, [{"candidate": n, **values} for n in numbers])

    def number_of(self, paper: PaperId, topic: str) -> int | None:
        """The number of the candidate made from a paper for a topic, or None."""
        c = t.candidates.c
        with self.database.read() as connection:
            return connection.scalar(sa.select(c.number).where(c.paper == str(paper), c.topic == topic))

    def nominated(self, topic: str, desk: str) -> frozenset[int]:
        """Numbers of nominated candidates that have no card at a desk yet."""
        query = (
            sa.select(t.nominations.c.candidate)
            .join(t.candidates, t.candidates.c.number == t.nominations.c.candidate)
            .outerjoin(t.cards, sa.and_(t.cards.c.candidate == t.candidates.c.number, t.cards.c.desk == desk))
            .where(t.candidates.c.topic == topic, t.cards.c.candidate.is_(None))
        )
        with self.database.read() as connection:
            return frozenset(connection.scalars(query))
