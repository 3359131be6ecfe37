"""Queries for measuring and tuning a prefilter (a classifier before the language model): probabilities it gave lately,
and papers with their outcome.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.citations import BY_CITATIONS
from watcher.adapters.store.database import Part
from watcher.domain.papers.paper import Paper
from watcher.ports.store import PrefilterStore


class Prefilters(Part, PrefilterStore):
    def recent_probabilities(self, topic: str, trained: str, limit: int) -> Sequence[float]:
        s = t.screenings.c
        query = (
            sa.select(sa.case((s.priority == 0, 1.0), else_=s.probability))
            .join(t.candidates, t.candidates.c.number == s.candidate)
            .where(t.candidates.c.topic == topic, s.prefilter == trained, s.probability.is_not(None))
            .where(~BY_CITATIONS)  # which are likelier to belong than what is announced
            .order_by(s.candidate.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return list(connection.scalars(query))

    def taken_in(self, topic: str, limit: int | None = None) -> Sequence[tuple[Paper, date | None, bool | None]]:
        query = (
            rows.CANDIDATE.add_columns(t.announcements.c.announced_on, t.relevances.c.relevant)
            .outerjoin(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
            .where(t.candidates.c.topic == topic, ~BY_CITATIONS)
            .order_by(t.candidates.c.number.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return [
                (rows.paper(row), row.announced_on or row.announced_at.date(), row.relevant)
                for row in connection.execute(query)
            ]
