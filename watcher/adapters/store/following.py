"""Which topics have anything that waits to be followed: asked every few seconds, so of all of them at once."""

from __future__ import annotations

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.audits import stale_audit_cards
from watcher.adapters.store.cataloging import uncataloged
from watcher.adapters.store.curating import stale_cards
from watcher.adapters.store.database import Database
from watcher.adapters.store.rewriting import open_rewrites

_TOPIC = t.candidates.c.topic


class Following:
    """The part of the store that knows where something is to be done."""

    database: Database

    def to_follow(self, desk: str) -> frozenset[str]:
        """The topics of which something waits for the catalog, for another summary, or to be shown at a desk."""
        rewrites = open_rewrites().join(t.candidates, t.candidates.c.number == t.rewrites.c.candidate)
        waiting = [uncataloged(), stale_cards(desk), stale_audit_cards(desk), rewrites]
        topics = sa.union(*(query.with_only_columns(_TOPIC, maintain_column_froms=True) for query in waiting))
        with self.database.read() as connection:
            return frozenset(connection.scalars(topics))
