"""What a desk may ask of the line when a curator acts or looks something up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from watcher.domain.curation.card import Card, Digest
from watcher.domain.curation.related import Related
from watcher.domain.facts import Cells, Revision, Verdict, Violation
from watcher.ports.records import Act


class Curation(Protocol):
    """Every call is checked against the store, whatever a button or form says."""

    def card(self, number: int) -> Card:
        """The card of a candidate as the facts stand now. Raises UsageError if there is none."""
        ...

    def cards(self) -> Sequence[Card]:
        """Every card, newest first."""
        ...

    def decide(self, number: int, verdict: Verdict, curator: str, desk: str, reason: str = "") -> Card:
        """Record a decision and give the card as it now stands. A verdict that stands already is no new one.

        Raises NotYours where several must agree and what stands is another curator's.
        """
        ...

    def revise(self, number: int, cells: Cells, curator: str, desk: str, based_on: int | None = None) -> Card:
        """Record changed cells. Raises UsageError for cells that cannot stand in a row, EditConflict when the
        card was revised since `based_on` (its `revision`).
        """
        ...

    def rewrite(self, number: int, curator: str, desk: str) -> bool:
        """Ask for another summary; False while one is on its way. Raises UsageError for a decided card."""
        ...

    def retry(self, number: int, curator: str, desk: str) -> bool:
        """Have the model asked once more about a paper it gave no answer about; False where it is to be already. Raises
        UsageError for a card that is decided or has its answers.
        """
        ...

    def digest(self) -> Digest | None:
        """The latest digest posted anywhere, or None."""
        ...

    def changes(self, number: int) -> Sequence[Revision]:
        """What changed the card's cells, oldest first; as many as its `revision`."""
        ...

    def acts(self, count: int, skip: int = 0) -> Sequence[Act]:
        """What curators did, newest first."""
        ...

    def hints(self, number: int, cells: Cells) -> Sequence[Violation]:
        """Rules of the style sheet that edited cells break; they bar nothing."""
        ...

    def preview(self, number: int, cells: Cells) -> str:
        """The catalog's line that these cells would become. Raises CatalogError."""
        ...

    def similar(self, number: int) -> Sequence[Related]:
        """The nearest papers among this topic's cards and the catalog, nearest first. Raises CatalogError."""
        ...

    def by_authors(self, number: int) -> Sequence[Related]:
        """The topic's cards and the catalog's rows by the same authors. Raises CatalogError."""
        ...
