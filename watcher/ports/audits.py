"""The audit and the weekly report: what they ask of the store, and what desks may ask of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from watcher.domain.curation.audit import AuditCard
from watcher.domain.curation.weekly import Week, WeeklyReport


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
