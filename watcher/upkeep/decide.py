"""A curator's action on proposals -> ProposalDecision: checked against the facts, recorded, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from watcher.domain.proposal import ProposalCard, ProposalDecision, ProposalVerdict, Suggestion
from watcher.ports import Clock, Store


class Propositions:
    """Implements ports.Proposing. `nudge` tells that something waits for the catalog."""

    def __init__(self, store: Store, clock: Clock, nudge: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._nudge = nudge

    def cards(self, *, settled: bool = False) -> Sequence[ProposalCard]:
        """What waits for a curator or for the catalog, row by row, oldest first; or everything."""
        return _cards(self._store.suggestions(settled=settled))

    def card(self, number: int) -> ProposalCard:
        """What was found together with a proposal, as the facts stand now. Raises UsageError if there is none."""
        card = self._store.suggestion(number).card
        return ProposalCard(card, tuple(self._store.proposal_card(card)))

    def decide(self, numbers: Sequence[int], verdict: ProposalVerdict, curator: str, desk: str) -> None:
        """Record a verdict on each; one that stands already is no new one. Raises UsageError for unknown numbers."""
        decision = ProposalDecision(verdict, curator, desk, self._clock())
        new = [self._store.add_proposal_decision(number, decision) for number in numbers]
        if any(new):
            self._nudge()


def _cards(suggestions: Sequence[Suggestion]) -> list[ProposalCard]:
    ordered = sorted(suggestions, key=lambda one: (one.card, one.number))
    return [ProposalCard(card, tuple(ones)) for card, ones in groupby(ordered, key=lambda one: one.card)]
