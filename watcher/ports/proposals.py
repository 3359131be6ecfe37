"""What is asked of the memory of proposals, and what a desk may ask when a curator acts on one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from watcher.domain.catalog.proposals import (
    ProposalCard,
    ProposalVerdict,
)


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
