"""Stand-ins for ports, kept in memory and held to the same promises as the real ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime

from watcher.domain.card import Card, Digest
from watcher.domain.errors import UsageError
from watcher.domain.facts import Cells, Decision, Verdict

NOON = datetime(2026, 6, 29, 3, 0, tzinfo=UTC)
"""Noon in Tokyo on the day of the recorded feed."""


class MemoryCuration:
    """`ports.Curation` over a dictionary. `recorded` lists every effect, so that tests can count them;
    while `broken`, nothing can be recorded.
    """

    def __init__(self, cards: Sequence[Card] = (), digest: Digest | None = None, now: datetime = NOON) -> None:
        self._cards = {card.candidate.number: card for card in cards}
        self._digest = digest
        self._now = now
        self.recorded: list[str] = []
        self.broken = False

    def card(self, number: int) -> Card:
        if number not in self._cards:
            raise UsageError("there is no such card", about=str(number))
        return self._cards[number]

    def cards(self) -> Sequence[Card]:
        return [self._cards[number] for number in sorted(self._cards, reverse=True)]

    def decide(self, number: int, verdict: Verdict, curator: str, desk: str, reason: str = "") -> Card:
        card = self._writable(number)
        if card.decision is not None and card.decision.verdict is verdict:
            return card
        self.recorded.append(f"{verdict} {number} by {curator} at {desk}")
        decision = Decision(verdict, curator, self._now, desk, reason)
        return self.put(replace(card, decision=decision, events=card.events + 1))

    def revise(self, number: int, cells: Cells, curator: str, desk: str, based_on: int | None = None) -> Card:
        card = self._writable(number)
        if based_on is not None and based_on != card.revision:
            raise UsageError("the card was revised by someone else", about=str(number), remedy="open it again")
        changed = [f.name for f in fields(Cells) if getattr(cells, f.name) != getattr(card.cells, f.name)]
        if not changed:
            return card
        self.recorded.append(f"revise {number} ({', '.join(changed)}) by {curator} at {desk}")
        return self.put(
            replace(card, cells=cells, revision=card.revision + len(changed), events=card.events + len(changed))
        )

    def _writable(self, number: int) -> Card:
        if self.broken:
            raise OSError("the disk is full")
        return self.card(number)

    def digest(self) -> Digest | None:
        return self._digest

    def put(self, card: Card) -> Card:
        """Make a card stand as given, as other processes do."""
        self._cards[card.candidate.number] = card
        return card
