"""Accepted proposal -> ProposalOutcome: intent recorded, looked whether it already happened, done, recorded."""

from __future__ import annotations

from datetime import datetime

from watcher.domain.errors import CatalogError
from watcher.ports import Catalog, Store


def change(number: int, document: Catalog, store: Store, *, run: str, now: datetime) -> None:
    """Make the document follow an accepted proposal, exactly once.

    A kill may leave an intent open, whose change may stand in the document or not. Raises CatalogError, which is
    recorded, and the proposal keeps waiting.
    """
    again = store.intend(f"proposal/{number}", "catalog", now) is not None
    try:
        outcome = document.change(store.suggestion(number).proposal, now, again=again)
    except CatalogError as error:
        store.fail_proposal(number, str(error), run, now)
        raise
    store.add_proposal_outcome(number, outcome)
