"""Service for proposals to change the catalog: lists them and records curators' verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from watcher.domain.catalog.proposals import ProposalCard, ProposalDecision, ProposalVerdict, Suggestion
from watcher.ports import Clock, Store
from watcher.services.events import Events


class ProposalService:
    """Service for proposals (implements ports.Proposals). It publishes `events` for every new decision."""

    def __init__(self, store: Store, clock: Clock, events: Events) -> None:
        self._store = store
        self._clock = clock
        self._events = events

    def cards(self, *, settled: bool = False) -> Sequence[ProposalCard]:
        return _cards(self._store.proposals.all(settled=settled))

    def card(self, number: int) -> ProposalCard:
        card = self._store.proposals.get(number).card
        return ProposalCard(card, tuple(self._store.proposals.card(card)))

    def decide(self, numbers: Sequence[int], verdict: ProposalVerdict, curator: str, desk: str) -> None:
        decision = ProposalDecision(verdict, curator, desk, self._clock())
        new = [self._store.proposals.decide(number, decision) for number in numbers]
        if any(new):
            self._events.decided()


def _cards(suggestions: Sequence[Suggestion]) -> list[ProposalCard]:
    ordered = sorted(suggestions, key=lambda one: (one.card, one.number))
    return [ProposalCard(card, tuple(ones)) for card, ones in groupby(ordered, key=lambda one: one.card)]
