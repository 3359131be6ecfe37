"""Approved candidate -> CatalogRow: the stage that writes a paper's row to the catalog, and removes it again if the
approval is withdrawn. Also compares the published catalog with the decisions, and records approved rows that are
missing and withdrawn rows that are there again.

Nothing that is found missing is put back and nothing found again is removed here; curators decide. A row that a person
removed stays out; a lost one is put back when a curator asks for it; and one that a reset or a merge brought back is
removed when a curator says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from watcher.domain.curation.card import Card
from watcher.domain.errors import CatalogError
from watcher.domain.facts import MISSING, ApprovedRow, CatalogRow, RowChange
from watcher.domain.summaries.cells import RowContent
from watcher.logs import about, get_logger
from watcher.ports import Catalog, Store

_log = get_logger(__name__)


def catalog(
    number: int, document: Catalog, store: Store, *, wanted: bool, now: datetime, sharing: Sequence[str] | None = None
) -> None:
    """Write a paper's row to the catalog file, or remove it, as the latest decision on the candidate asks (`wanted`),
    exactly once.

    An interrupted run may have left an intent whose row is in the document or not. If the approval was withdrawn in the
    meantime, the row is first added and then removed, so that only the bot's own row is ever removed. Removing records
    the same kind of intent, so that a renewed approval finds a row that was half removed. A row that was missing when
    its approval was withdrawn is not added first.

    `sharing` are the topics that write to this document, None for all.
    """
    card, rows, removes = store.cards.get(number), store.catalog, not wanted
    row, approved = RowContent.of(card.candidate.paper, card.cells), list(rows.approved(sharing))
    change = card.row.change if card.row is not None else RowChange.REMOVED
    with about(**card.candidate.labels):
        if not wanted and change in {*MISSING, RowChange.WANTED_BACK}:
            approved.append(_given_up(card))
        elif wanted or change not in {RowChange.ADDED, RowChange.UNWANTED}:
            rows.intend(number, now)
            added = document.add(row, now, approved)
            rows.add_row(number, added)
            change = added.change
            removes = not wanted and change is not RowChange.PRESENT  # a row that stood before the bot came stays
        if removes:
            change = RowChange.REMOVED
            if rows.wanted_elsewhere(number, sharing):
                rows.add_row(number, CatalogRow(change, 0, "", now))  # the row stays for the other topic
            else:
                rows.intend(number, now)
                rows.add_row(number, document.remove(row, now, approved))
        _log.info("the catalog was brought up to date", change=change)


def _given_up(card: Card) -> ApprovedRow:
    """The missing row of a paper whose approval was withdrawn; naming it to the catalog frees its number."""
    number, change = (card.row.number, card.row.change) if card.row is not None else (0, RowChange.REMOVED)
    return ApprovedRow(card.candidate.number, card.candidate.paper.id, (), change, number)


def change(number: int, document: Catalog, store: Store, *, run: str, now: datetime) -> None:
    """Write the change of a catalog cell that a curator accepted (a proposal, by its number) to the catalog file, and
    record the outcome.

    If an earlier attempt was interrupted, the change may already be in the file; the catalog then checks before
    writing. Raises CatalogError, which is recorded; the proposal is then tried again later.
    """
    # An intent that is already there means that an earlier attempt may have written the change.
    again = store.outbox.intend(f"proposal/{number}", "catalog", now) is not None
    try:
        outcome = document.change(store.proposals.get(number).proposal, now, again=again)
    except CatalogError as error:
        store.proposals.add_failure(number, str(error), run, now)
        raise
    store.proposals.add_outcome(number, outcome)


_LOOKED_FOR = frozenset({RowChange.ADDED, RowChange.PRESENT, *MISSING})


def look_for_rows(document: Catalog, store: Store, topics: Sequence[str] | None, now: datetime) -> bool:
    """Check which rows of approved and of withdrawn papers are in the catalog; record each change once, and return
    whether there was any. `topics` are those that write to this catalog, None for all.

    Raises CatalogError if the catalog cannot be read.
    """
    rows = [row for row in store.catalog.approved(topics) if row.change in _LOOKED_FOR]
    withdrawn = store.catalog.withdrawn(topics)
    changed = False
    found = document.whereabouts([*rows, *withdrawn], now) if rows or withdrawn else {}
    for row in withdrawn:
        seen = found.get(row.candidate)
        if seen is None:
            continue
        stands = seen.change is not RowChange.REMOVED and not store.catalog.wanted_elsewhere(row.candidate, topics)
        if stands != (row.change is RowChange.RETURNED):
            change, number = (RowChange.RETURNED, seen.number) if stands else (RowChange.REMOVED, 0)
            store.catalog.update_row(row, CatalogRow(change, number, "", now))
            changed = True
    for row in rows:
        seen = found.get(row.candidate)
        if seen is not None and (row.change in MISSING) != (seen.change in MISSING):
            store.catalog.update_row(row, seen)
            changed = True
    return changed
