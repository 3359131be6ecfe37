"""What desks ask of the memory: cards, and what curators did to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from watcher.domain.card import Card
from watcher.domain.facts import (
    Candidate,
    Decision,
    Relevance,
    Revision,
    Rewrite,
    Summary,
)
from watcher.domain.handover import Retry
from watcher.domain.related import Known
from watcher.ports.records import Act


class CurationStore(Protocol):
    """The part of the store that curators act on. Every method is one transaction."""

    def add_decision(self, number: int, decision: Decision) -> bool:
        """Add a decision as `domain.verdicts.decision_to_record` takes it; False when it changes nothing (a double click). An
        approval again of a paper whose row is missing asks for the row.
        """
        ...

    def add_revisions(self, number: int, revisions: Sequence[Revision], based_on: int | None) -> None:
        """Add changed cells together. Raises EditConflict when the cells changed since `based_on`."""
        ...

    def add_rewrite(self, number: int, rewrite: Rewrite) -> bool:
        """Add a wish for another summary; False while an earlier one is still open. Raises UsageError."""
        ...

    def add_retry(self, number: int, retry: Retry) -> bool:
        """Have the model asked once more about a paper that was handed over; False where that is so already. Raises
        UsageError for one that was not.
        """
        ...

    def to_rewrite(self, topic: str) -> Sequence[tuple[int, Candidate, Relevance, int]]:
        """(wish, candidate, relevance, attempt) of open wishes for another summary, oldest first."""
        ...

    def add_rewritten(self, wish: int, number: int, summary: Summary, run: str, at: datetime) -> None:
        """Add the summary that a wish brought; one that exists stays as it is."""
        ...

    def changes(self, number: int) -> Sequence[Revision]:
        """What changed a card's cells, oldest first, a rewritten summary as one change; as many as its `revision`."""
        ...

    def with_cards(self, topic: str) -> Sequence[Known]:
        """Every paper of a topic that has a card, with what became of it, newest first."""
        ...

    def acts(self, count: int, skip: int = 0) -> Sequence[Act]:
        """Every decision, revision and wish of a curator, newest first."""
        ...

    def card(self, number: int) -> Card:
        """A candidate's card from its facts. Raises UsageError if it has none."""
        ...

    def cards(self, topic: str | None = None) -> Sequence[Card]:
        """All cards, newest first."""
        ...
