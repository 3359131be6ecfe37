"""The audit and the weekly report: what they ask of the store and of desks, and what desks may ask of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from watcher.domain.curation.audit import AuditCard, ScreenedOut
from watcher.domain.curation.weekly import Week, WeeklyReport
from watcher.domain.facts import AuditAnswer, AuditSample
from watcher.domain.papers.topic import Topic


class AuditStore(Protocol):
    """The part of the store that holds screening to account."""

    def screened_out(self, topic: str, since: datetime, until: datetime) -> Sequence[ScreenedOut]:
        """What was screened out from a moment up to another, drawn already or not."""
        ...

    def add_samples(self, topic: str, drawn: Sequence[tuple[int, AuditSample]], run: str, at: datetime) -> None:
        """Add a week's draw as a whole; where one of the topic and week exists, it stays as it is."""
        ...

    def audit_cards(self, topic: str | None = None, weeks: Sequence[str] | None = None) -> Sequence[AuditCard]:
        """The audit sample (of a topic, of some weeks) with its answers, newest week first."""
        ...

    def audit_card(self, number: int) -> AuditCard:
        """A candidate of the audit sample. Raises UsageError for any other."""
        ...

    def add_answer(self, number: int, answer: AuditAnswer) -> bool:
        """Add an answer; False when the same one stands already (a double click)."""
        ...

    def is_by_audit(self, number: int) -> bool:
        """Whether a candidate was put forward by an answer of the audit, and by nobody before."""
        ...

    def to_audit(self, topic: str, desk: str) -> Sequence[int]:
        """Numbers of the sample without a card at this desk and without an answer from elsewhere."""
        ...

    def stale_audit_cards(self, desk: str, topic: str | None = None) -> Sequence[tuple[int, str]]:
        """(number, ref) of audit cards, of a topic or of all, that were answered since the desk last showed them."""
        ...

    def audit_shown(self, number: int, desk: str, ref: str, answers: int) -> None:
        """Record where an audit card stands at a desk and how many answers it shows."""
        ...

    def weekly_report(self, topic: Topic, week: Week) -> WeeklyReport:
        """What happened in a week and, of the weeks up to it, what the audit says; as the facts stand now."""
        ...


class WeeklyDesk(Protocol):
    """Where audit cards and weekly reports are shown; `find` and refs are as in Desk."""

    name: str

    def find(self, key: str, since: datetime, below: str = "") -> str | None:
        """The ref of a message already posted under this outbox key at or after `since`, else None."""
        ...

    def show_audit(self, key: str, card: AuditCard) -> str:
        """Post a paper of the audit sample once; gives its ref. Raises DeskError / DeskRefused."""
        ...

    def update_audit(self, ref: str, look: Callable[[], AuditCard]) -> None:
        """Make the audit card show its latest answer, as `look` gives it when its turn has come. Idempotent.

        Raises DeskError / DeskRefused.
        """
        ...

    def show_report(self, key: str, report: WeeklyReport) -> str:
        """Post a weekly report once; gives its ref. Raises DeskError / DeskRefused."""
        ...


class Auditing(Protocol):
    """What a desk may ask when a curator looks at the audit. Every call is checked against the store."""

    def audit_cards(self) -> Sequence[AuditCard]:
        """Every paper of the audit sample, newest week first."""
        ...

    def audit_card(self, number: int) -> AuditCard:
        """A paper of the audit sample as the facts stand now. Raises UsageError for any other."""
        ...

    def answer(self, number: int, curator: str, desk: str, *, belongs: bool) -> AuditCard:
        """Record an answer and give the paper as it now stands. An answer that stands already is no new one."""
        ...

    def reports(self, week: Week | None = None) -> Sequence[WeeklyReport]:
        """The report of every topic for a week; by default the last one that is over, or else the first of all."""
        ...

    def this_week(self) -> Week:
        """The week that is not over yet."""
        ...
