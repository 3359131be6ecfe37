"""What is asked of the memory of proposals, and what a desk may ask when a curator acts on one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from watcher.domain.catalog.proposals import (
    ProposalCard,
    ProposalVerdict,
)


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
