"""Approved candidate -> CatalogRow, and back out again when an approval is withdrawn."""

from __future__ import annotations

from datetime import datetime

from watcher.ports import Catalog, RowContent, Store


def catalog(number: int, document: Catalog, store: Store, *, wanted: bool, now: datetime) -> None:
    """Make the document follow the latest decision on a candidate, exactly once."""
    card = store.card(number)
    row = RowContent(card.candidate.paper.id, card.cells, card.candidate.paper.url)
    store.add_row(number, document.add(row, now) if wanted else document.remove(row, now))
