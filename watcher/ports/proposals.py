"""What is asked of the memory of proposals, and what a desk may ask when a curator acts on one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from watcher.domain.catalog.proposals import (
    Proposal,
    ProposalCard,
    ProposalDecision,
    ProposalOutcome,
    ProposalVerdict,
    Suggestion,
)


class ProposalStore(Protocol):
    """The facts about rows that stand already. Every method is one transaction."""

    def add_proposals(self, proposals: Sequence[Proposal], run: str, at: datetime) -> int:
        """Add proposals; gives how many were new. One that stands open is not added twice, and one that was rejected
        (the same row, cell and `after`; of a question `before`) never again.
        """
        ...

    def suggestion(self, number: int) -> Suggestion:
        """A proposal with what became of it. Raises UsageError if there is none."""
        ...

    def suggestions(self, *, settled: bool = False) -> Sequence[Suggestion]:
        """Those of which nothing has come yet and nobody has refused, oldest first; or all of them."""
        ...

    def add_proposal_decision(self, number: int, decision: ProposalDecision) -> bool:
        """Add a decision; False when the same verdict already stands. Raises UsageError once something came of it."""
        ...

    def to_change(self) -> Sequence[int]:
        """Accepted proposals that the catalog has not followed yet."""
        ...

    def add_proposal_outcome(self, number: int, outcome: ProposalOutcome) -> None:
        """Add what came of a proposal; one that ended stays as it is."""
        ...

    def fail_proposal(self, number: int, error: str, run: str, at: datetime) -> None:
        """Record that an accepted proposal could not be carried out yet; the same trouble again is no new fact."""
        ...

    def proposal_card(self, card: int) -> Sequence[Suggestion]:
        """The proposals found together under one card's number, in order."""
        ...

    def proposal_cards_to_show(self, desk: str) -> Sequence[int]:
        """Cards with something open that this desk does not show, oldest first."""
        ...

    def stale_proposal_cards(self, desk: str) -> Sequence[tuple[int, str]]:
        """(card, ref) of cards whose facts changed since this desk last showed them."""
        ...

    def proposal_card_shown(self, card: int, desk: str, ref: str, face: str, at: datetime) -> None:
        """Record where a desk shows a card, and how it looks."""
        ...

    def open_proposals(self) -> int:
        """How many wait for a curator."""
        ...


class ReviewDesk(Protocol):
    """Where a row's proposals are shown; `find` and refs are as in Desk."""

    name: str

    def find(self, key: str, since: datetime, below: str = "") -> str | None:
        """The ref of a message already posted under this outbox key at or after `since`, else None."""
        ...

    def show_proposals(self, key: str, card: ProposalCard) -> str:
        """Post a row's proposals once; gives the ref. Raises DeskError / DeskRefused."""
        ...

    def update_proposals(self, ref: str, look: Callable[[], ProposalCard]) -> None:
        """Make them show what was decided and what came of it, as `look` gives it when its turn has come. Idempotent.

        Raises DeskError / DeskRefused.
        """
        ...


class Proposing(Protocol):
    """What a desk may ask about proposals. Every call is checked against the store."""

    def cards(self, *, settled: bool = False) -> Sequence[ProposalCard]:
        """What waits for a curator or for the catalog, row by row; or everything."""
        ...

    def card(self, number: int) -> ProposalCard:
        """What was found together with a proposal, as the facts stand now. Raises UsageError if there is none."""
        ...

    def decide(self, numbers: Sequence[int], verdict: ProposalVerdict, curator: str, desk: str) -> None:
        """Record a verdict on each; one that stands already is no new one. Raises UsageError for unknown numbers."""
        ...
