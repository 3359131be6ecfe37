"""Compares the published catalog with the decisions, and records approved rows that are missing and withdrawn rows that
are there again.

Nothing is put back or removed here; curators decide. A row that a person removed stays out; a lost one is put back when
a curator asks for it; and one that a reset or a merge brought back is removed when a curator says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from watcher.domain.facts import MISSING, CatalogRow, RowChange
from watcher.ports import Catalog, Store

_LOOKED_FOR = frozenset({RowChange.ADDED, RowChange.PRESENT, *MISSING})


def look_for_rows(document: Catalog, store: Store, topics: Sequence[str] | None, now: datetime) -> bool:
    """Check which rows of approved and of withdrawn papers are in the catalog; record each change once, and return
    whether there was any. `topics` are those that write to this catalog, None for all.

    Raises CatalogError if the catalog cannot be read.
    """
    rows = [row for row in store.catalog_rows.approved(topics) if row.change in _LOOKED_FOR]
    withdrawn = store.catalog_rows.withdrawn(topics)
    changed = False
    found = document.whereabouts([*rows, *withdrawn], now) if rows or withdrawn else {}
    for row in withdrawn:
        seen = found.get(row.candidate)
        if seen is None:
            continue
        stands = seen.change is not RowChange.REMOVED and not store.catalog_rows.wanted_elsewhere(row.candidate, topics)
        if stands != (row.change is RowChange.RETURNED):
            change, number = (RowChange.RETURNED, seen.number) if stands else (RowChange.REMOVED, 0)
            store.catalog_rows.update(row, CatalogRow(change, number, "", now))
            changed = True
    for row in rows:
        seen = found.get(row.candidate)
        if seen is not None and (row.change in MISSING) != (seen.change in MISSING):
            store.catalog_rows.update(row, seen)
            changed = True
    return changed
