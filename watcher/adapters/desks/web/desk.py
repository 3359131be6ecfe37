"""The web desk as a desk to which cards and digests are posted.

The pages read the facts from the store at every request, so posting only returns a reference.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from watcher.domain.catalog.proposals import ProposalCard
from watcher.domain.curation.audit import AuditCard
from watcher.domain.curation.card import Card, Digest, Reminder
from watcher.domain.curation.weekly import WeeklyReport


class WebDesk:
    """Implements ports.Desk, WeeklyDesk and ReviewDesk without sending anything, so posting twice has no effect."""

    name = "web"

    def find(self, key: str, since: datetime, below: str = "") -> str | None:
        """Always None: no message is ever stored here."""
        del key, since, below
        return None

    def show_card(self, key: str, card: Card, below: str = "") -> str:
        """Send nothing and return the reference `web/<key>`; the page shows the card as soon as it is stored."""
        del card, below
        return f"web/{key}"

    def update_card(self, ref: str, look: Callable[[], Card]) -> None:
        """Does nothing: every page view reads the current facts."""

    def show_digest(self, key: str, digest: Digest) -> str:
        """Send nothing and return the reference `web/<key>`; the page shows the latest digest."""
        del digest
        return f"web/{key}"

    def show_reminder(self, key: str, reminder: Reminder) -> str:
        """Send nothing and return the reference `web/<key>`; the page shows all open cards anyway."""
        del reminder
        return f"web/{key}"

    def update_digest(self, ref: str, digest: Digest) -> None:
        """Does nothing: every page view reads the current facts."""

    def show_audit(self, key: str, card: AuditCard) -> str:
        """Send nothing and return the reference `web/<key>`; the paper is on the audit page."""
        del card
        return f"web/{key}"

    def update_audit(self, ref: str, look: Callable[[], AuditCard]) -> None:
        """Does nothing: every page view reads the current facts."""

    def show_proposals(self, key: str, card: ProposalCard) -> str:
        """Send nothing and return the reference `web/<key>`; the row is on the page of proposals."""
        del card
        return f"web/{key}"

    def update_proposals(self, ref: str, look: Callable[[], ProposalCard]) -> None:
        """Does nothing: every page view reads the current facts."""

    def show_report(self, key: str, report: WeeklyReport) -> str:
        """Send nothing and return the reference `web/<key>`; the page of reports shows every week."""
        del report
        return f"web/{key}"
