"""The services for audit samples (papers that screening rejected) and for proposals to change the catalog: list them
and record curators' answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby

from watcher.domain.catalog.proposals import ProposalCard, ProposalDecision, ProposalVerdict, Suggestion
from watcher.domain.curation.card import CardState
from watcher.domain.curation.recall import AuditCard, AuditSheet
from watcher.domain.curation.weekly import Week, WeeklyReport
from watcher.domain.errors import UsageError
from watcher.domain.facts import AuditAnswer, Decision, Nomination, Verdict
from watcher.domain.papers.topic import Topic
from watcher.pipeline.posting import sheet_of
from watcher.ports import Clock, Store
from watcher.services import Events
from watcher.words_ja import report as words


class AuditService:
    """The service for audit samples: lists papers that screening rejected and records whether they are relevant
    (implements ports.Audits). It publishes `events` for answers and nominations.
    """

    def __init__(self, store: Store, topics: Sequence[Topic], clock: Clock, events: Events) -> None:
        self._store = store
        self._topics = topics
        self._clock = clock
        self._events = events

    def audit_cards(self) -> Sequence[AuditCard]:
        mine = {topic.slug for topic in self._topics}
        return [card for card in self._store.audits.cards() if card.candidate.topic in mine]

    def audit_card(self, number: int) -> AuditCard:
        card = self._store.audits.card(number)
        if card.candidate.topic not in {topic.slug for topic in self._topics}:
            raise UsageError("there is no such paper in the audit sample", about=str(number))
        return card

    def sheet(self, number: int) -> AuditSheet:
        card = self.audit_card(number)
        return sheet_of(card, self._store)

    def answer(self, number: int, curator: str, desk: str, *, belongs: bool) -> AuditCard:
        """Record a curator's answer whether a paper of the audit sample is relevant; the latest answer counts. A
        relevant paper is nominated, so that it is not lost.

        If that answer is taken back, the nomination ends, and the card is rejected unless somebody has decided on it.
        """
        card, at = self.audit_card(number), self._clock()
        if belongs:  # first, so that a kill loses nothing
            self._store.papers.nominate([number], Nomination(curator, at, desk), f"audit-{card.sample.week}")
        if self._store.audits.add_answer(number, AuditAnswer(belongs, curator, at, desk)):
            if belongs:
                self._events.nominated()
            elif card.answer is not None:
                self._turn_down(number, Decision(Verdict.REJECT, curator, at, desk, words.TAKEN_BACK))
            self._events.decided()
        return self._store.audits.card(number)

    def _turn_down(self, number: int, decision: Decision) -> None:
        with suppress(UsageError):  # it may have no card yet, and now gets none
            if self._store.papers.is_nominated_by_audit(number) and self._store.cards.get(number).state in {
                CardState.OPEN,
                CardState.LATER,
            }:
                self._store.cards.decide(number, decision)

    def reports(self, week: Week | None = None) -> Sequence[WeeklyReport]:
        if week is not None:
            return [self._store.reports.weekly(topic, week) for topic in self._topics]
        over, present = (self.reports(found) for found in (self.this_week().earlier(), self.this_week()))
        first = not any(any(report.counts.values()) for report in over)
        return present if first and any(any(report.counts.values()) for report in present) else over

    def this_week(self) -> Week:
        return Week.of(self._clock())


class ProposalService:
    """The service for proposals to change the catalog: lists them and records curators' decisions (implements
    ports.Proposals). It publishes `events` for every new decision.
    """

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
