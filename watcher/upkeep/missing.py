"""Checks whether all approved rows are in the published catalog, and records which are missing or there again.

Nothing is put back here. A row that a person took out stays out, and a lost one is put back when a curator asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from watcher.domain.facts import MISSING, RowChange
from watcher.ports import Catalog, Store

_LOOKED_FOR = frozenset({RowChange.ADDED, RowChange.PRESENT, *MISSING})


def look_for_rows(document: Catalog, store: Store, topics: Sequence[str] | None, now: datetime) -> None:
    """Look for every approved row of the topics that write to this catalog; each change is recorded once.

    Raises CatalogError if the catalog cannot be read.
    """
    rows = [row for row in store.approved_rows(topics) if row.change in _LOOKED_FOR]
    found = document.whereabouts(rows, now) if rows else {}
    for row in rows:
        seen = found.get(row.candidate)
        if seen is not None and (row.change in MISSING) != (seen.change in MISSING):
            store.row_seen(row, seen)
