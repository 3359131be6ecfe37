"""Writes an accepted proposal to the catalog exactly once: record the intent, look whether it was done, do it, record
it.
"""

from __future__ import annotations

from datetime import datetime

from watcher.domain.errors import CatalogError
from watcher.ports import Catalog, Store


def change(number: int, document: Catalog, store: Store, *, run: str, now: datetime) -> None:
    """Carry out an accepted proposal.

    If the process was killed before, an intent is stored and the change may or may not be in the file; the catalog
    looks. Raises CatalogError, which is recorded; the proposal is then tried again later.
    """
    # An intent that is already there means that an earlier attempt may have written the change.
    again = store.outbox.intend(f"proposal/{number}", "catalog", now) is not None
    try:
        outcome = document.change(store.proposals.get(number).proposal, now, again=again)
    except CatalogError as error:
        store.proposals.add_failure(number, str(error), run, now)
        raise
    store.proposals.add_outcome(number, outcome)
