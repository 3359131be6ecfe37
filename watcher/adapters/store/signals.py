"""Database access for figures that services gave about papers (citations, stars, venues), and for the catalog cells
filled from them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Part, chunks
from watcher.domain.catalog.attention import Signal
from watcher.domain.catalog.venue_claims import Trust, VenueClaim
from watcher.domain.facts import Enrichment
from watcher.domain.papers.paper import PaperId
from watcher.ports.store import SignalStore


class Signals(Part, SignalStore):
    def add(self, signals: Sequence[Signal]) -> None:
        rows = [{**dataclasses.asdict(signal), "paper": str(signal.paper)} for signal in signals]
        if rows:
            with self._database.write() as connection:
                connection.execute(sa.insert(t.signals), rows)

    def latest(self, papers: Collection[PaperId], since: datetime | None = None) -> Sequence[Signal]:
        c, keys = t.signals.c, sorted(map(str, papers))
        newest = sa.select(sa.func.max(c.id)).group_by(c.paper, c.source)
        found: list[Signal] = []
        with self._database.read() as connection:
            for chunk in chunks(keys):
                named = c.paper.in_(chunk)
                query = sa.select(t.signals).where(c.id.in_(newest.where(named))).order_by(c.id)
                rows = connection.execute(query if since is None else query.where(c.at > since))
                found += [_signal(row) for row in rows]
        return found

    def add_enrichments(self, found: Mapping[int, Enrichment], run: str, at: datetime) -> None:
        rows = [
            {
                "candidate": number,
                "enriched_venue": one.venue,
                "enriched_attention": one.attention,
                "enriched_by": list(one.sources),
                "run": run,
                "at": at,
            }
            for number, one in found.items()
        ]
        with self._database.write() as connection:
            self._database.insert_new(connection, t.enrichments, rows)


def _signal(row: Any) -> Signal:
    """A signal from its row."""
    claims = tuple(VenueClaim(**{**claim, "trust": Trust(claim["trust"])}) for claim in row.claims)
    return Signal(
        PaperId.from_key(row.paper),
        row.source,
        row.at,
        row.citations,
        row.upvotes,
        row.stars,
        row.repository,
        row.doi,
        claims,
    )
