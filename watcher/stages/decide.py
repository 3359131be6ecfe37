"""A curator's action -> Decision or Revision: checked against the facts, recorded, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from watcher.domain.card import Card, CardState, Digest
from watcher.domain.cells import check_cells
from watcher.domain.errors import UsageError
from watcher.domain.facts import Cells, Decision, Revision, Verdict
from watcher.ports import Clock, Store

_REASON_LIMIT = 500
_EDITABLE = {CardState.OPEN, CardState.LATER}


class Decide:
    """Implements ports.Curation. `nudge` tells the line that something waits for the catalog stage."""

    def __init__(self, store: Store, clock: Clock, nudge: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._nudge = nudge

    def card(self, number: int) -> Card:
        """The card of a candidate as the facts stand now."""
        return self._store.card(number)

    def cards(self) -> Sequence[Card]:
        """Every card, newest first."""
        return self._store.cards()

    def digest(self) -> Digest | None:
        """The latest digest posted anywhere, or None."""
        found = self._store.last_digest()
        return found[0] if found else None

    def decide(self, number: int, verdict: Verdict, curator: str, desk: str, reason: str = "") -> Card:
        """Record a decision; people change their minds and click twice, so the latest wins and repeats are none."""
        card = self._store.card(number)
        if verdict is Verdict.APPROVE:
            _must_stand(card.cells, number)
        decision = Decision(verdict, curator, self._clock(), desk, reason.strip()[:_REASON_LIMIT])
        if self._store.add_decision(number, decision):
            self._nudge()
        return self._store.card(number)

    def revise(self, number: int, cells: Cells, curator: str, desk: str, based_on: int | None = None) -> Card:
        """Record changed cells of a card that still waits for its verdict."""
        del desk
        card = self._store.card(number)
        if card.state not in _EDITABLE:
            raise UsageError("this card is decided already", about=str(number), remedy="undo first, then edit")
        _must_stand(cells, number)
        at = self._clock()
        changes = [
            Revision(name, getattr(card.cells, name), getattr(cells, name), curator, at)
            for name in Cells.names()
            if getattr(card.cells, name) != getattr(cells, name)
        ]
        if changes:
            self._store.add_revisions(number, changes, based_on)
            self._nudge()
        return self._store.card(number)


def _must_stand(cells: Cells, number: int) -> None:
    """Raises UsageError for cells that the catalog would refuse, while somebody is there to edit them."""
    broken = check_cells(cells)
    if broken:
        what = ", ".join(f"{v.code} {v.detail}".strip() for v in broken)
        raise UsageError(f"these cells cannot stand in a row: {what}", about=str(number), remedy="edit the card")
