"""The week's account: a random few of what was screened out go to curators, and the week's report is posted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

from watcher.domain.audit import AuditCard, draw
from watcher.domain.card import CardState
from watcher.domain.errors import UsageError, WatcherError
from watcher.domain.facts import AuditAnswer, Decision, Nomination, Verdict
from watcher.domain.topic import Topic
from watcher.domain.week import Week
from watcher.domain.weekly import WeeklyReport
from watcher.morning import read_here
from watcher.parts import Parts
from watcher.ports import Clock, Store
from watcher.stages.post import brought_up_to_date, once
from watcher.words_ja import audit as words


class Audit:
    """Implements ports.Auditing. `nudge` is told of answers, `hasten` of papers that belong after all."""

    def __init__(
        self,
        store: Store,
        topics: Sequence[Topic],
        clock: Clock,
        nudge: Callable[[], None],
        hasten: Callable[[], None],
    ) -> None:
        self._store = store
        self._topics = topics
        self._clock = clock
        self._nudge = nudge
        self._hasten = hasten

    def audit_cards(self) -> Sequence[AuditCard]:
        """Every paper of these topics' audit samples, newest week first."""
        mine = {topic.slug for topic in self._topics}
        return [card for card in self._store.audit_cards() if card.candidate.topic in mine]

    def audit_card(self, number: int) -> AuditCard:
        """A paper of these topics' audit sample as the facts stand now. Raises UsageError for any other."""
        card = self._store.audit_card(number)
        if card.candidate.topic not in {topic.slug for topic in self._topics}:
            raise UsageError("there is no such paper in the audit sample", about=str(number))
        return card

    def answer(self, number: int, curator: str, desk: str, *, belongs: bool) -> AuditCard:
        """Record an answer; the latest wins. What belongs is put forward as if by hand, so that it is not lost.

        Taking that back takes the paper from the line again, or turns down its card while nobody has decided on it.
        """
        card, at = self.audit_card(number), self._clock()
        if belongs:  # first, so that a kill loses nothing
            self._store.nominate([number], Nomination(curator, at, desk), f"audit-{card.sample.week}")
        if self._store.add_answer(number, AuditAnswer(belongs, curator, at, desk)):
            if belongs:
                self._hasten()
            elif card.answer is not None:
                self._turn_down(number, Decision(Verdict.REJECT, curator, at, desk, words.TAKEN_BACK))
            self._nudge()
        return self._store.audit_card(number)

    def _turn_down(self, number: int, decision: Decision) -> None:
        with suppress(UsageError):  # it may have no card yet, and now gets none
            if self._store.is_by_audit(number) and self._store.card(number).state in {CardState.OPEN, CardState.LATER}:
                self._store.add_decision(number, decision)

    def reports(self, week: Week | None = None) -> Sequence[WeeklyReport]:
        """The report of every topic for a week; by default the last one that is over, or else the first of all."""
        if week is not None:
            return [self._store.weekly_report(topic, week) for topic in self._topics]
        over, present = (self.reports(found) for found in (self.this_week().earlier(), self.this_week()))
        first = not any(any(report.counts.values()) for report in over)
        return present if first and any(any(report.counts.values()) for report in present) else over

    def this_week(self) -> Week:
        """The week that is not over yet."""
        return Week.of(self._clock())


_UNKNOWN = -1  # how many answers a card shows that was found at its desk


class Weekly:
    """What is due once a week. All of it may be done again at will: nothing is drawn or posted twice."""

    def __init__(self, parts: Parts, run_id: str, now: datetime) -> None:
        self._parts = parts
        self._run_id = run_id
        self._now = now
        self._week = Week.of(now).earlier()

    def draw(self, topic: Topic) -> None:
        """Draw from what was screened out in the week that is over; its facts no longer change."""
        store, week = self._parts.store, self._week
        papers = store.screened_out(topic.slug, week.begins, week.ends)
        drawn = draw(papers, topic.slug, str(week), self._parts.audits_per_week)
        store.add_samples(topic.slug, drawn, self._run_id, self._now)

    def show_audits(self, topic: Topic) -> list[str]:
        """Show what was drawn and stands at no desk yet. Gives the failures."""
        desk = self._parts.weekly_desk

        def show(number: int) -> None:
            card = self._parts.store.audit_card(number)
            key = f"audit/{desk.name}/{card.candidate.key}"
            ref, new = once(key, desk, self._parts.store, self._now, lambda: desk.show_audit(key, card))
            self._parts.store.audit_shown(number, desk.name, ref, card.answers if new else _UNKNOWN)

        waiting = self._parts.store.to_audit(topic.slug, desk.name)
        return [f"audit: {error}" for _, error in self._parts.engine.each(waiting, show)]

    def show_report(self, topic: Topic) -> list[str]:
        """Show the report of the week that is over. Gives the failures."""
        desk, store = self._parts.weekly_desk, self._parts.store

        def show(report: WeeklyReport) -> None:
            key = f"{report.key}/{desk.name}"
            once(key, desk, store, self._now, lambda: desk.show_report(key, report))

        found = store.weekly_report(topic, self._week)
        found = replace(found, troubles=read_here(found.troubles, topic, self._parts))
        units = [report for report in [found] if not report.empty]
        return [f"report: {error}" for _, error in self._parts.engine.each(units, show)]


def refresh_audits(parts: Parts, topic: str) -> list[WatcherError]:
    """Make a topic's audit cards show answers that came elsewhere. Gives what failed."""
    desk, store = parts.weekly_desk, parts.store

    def show(unit: tuple[int, str]) -> None:
        number, ref = unit
        card = brought_up_to_date(desk.update_audit, ref, partial(store.audit_card, number))
        store.audit_shown(number, desk.name, ref, card.answers)

    return [error for _, error in parts.engine.each(store.stale_audit_cards(desk.name, topic), show)]
