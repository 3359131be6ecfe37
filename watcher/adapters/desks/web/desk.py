"""Turns a card or digest into its address on the site; the pages read the facts themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from watcher.domain.audit import AuditCard
from watcher.domain.card import Card, Digest
from watcher.domain.proposal import ProposalCard
from watcher.domain.reminder import Reminder
from watcher.domain.weekly import WeeklyReport


class WebDesk:
    """The `Desk`, `WeeklyDesk` and `ReviewDesk` of the site. Posting here touches nothing outside, so sending twice is harmless and
    there is never an earlier message to find.
    """

    name = "web"

    def find(self, key: str, since: datetime, below: str = "") -> str | None:
        """Always None: nothing is stored at the desk; the same ref is given however often it is asked."""
        del key, since, below
        return None

    def show_card(self, key: str, card: Card, below: str = "") -> str:
        """`web/<key>`; the card stands on the page as soon as its facts do."""
        del card, below
        return f"web/{key}"

    def update_card(self, ref: str, look: Callable[[], Card]) -> None:
        """Nothing to do: every page view shows the facts of its moment."""

    def show_digest(self, key: str, digest: Digest) -> str:
        """`web/<key>`; the page shows the latest digest."""
        del digest
        return f"web/{key}"

    def show_reminder(self, key: str, reminder: Reminder) -> str:
        """`web/<key>`; the page shows every open card anyway."""
        del reminder
        return f"web/{key}"

    def update_digest(self, ref: str, digest: Digest) -> None:
        """Nothing to do: every page view shows the facts of its moment."""

    def show_audit(self, key: str, card: AuditCard) -> str:
        """`web/<key>`; the paper stands on the page of the audit."""
        del card
        return f"web/{key}"

    def update_audit(self, ref: str, look: Callable[[], AuditCard]) -> None:
        """Nothing to do: every page view shows the facts of its moment."""

    def show_proposals(self, key: str, card: ProposalCard) -> str:
        """`web/<key>`; the row stands on the page of proposals."""
        del card
        return f"web/{key}"

    def update_proposals(self, ref: str, look: Callable[[], ProposalCard]) -> None:
        """Nothing to do: every page view shows the facts of its moment."""

    def show_report(self, key: str, report: WeeklyReport) -> str:
        """`web/<key>`; the page of reports shows every week."""
        del report
        return f"web/{key}"
