"""What is kept of workspaces that let the bot in; the contents are secrets, encrypted before they come here."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class InstallationStore(Protocol):
    """Installations by workspace, and the states of those under way. Every method is one transaction."""

    def keep_installation(self, team: str, content: str, at: datetime) -> None:
        """Keep what a workspace granted; what it granted before is replaced."""
        ...

    def installation(self, team: str) -> str | None:
        """What a workspace granted last, or None."""
        ...

    def forget_installation(self, team: str) -> None:
        """Forget what a workspace granted: it has taken the bot out."""
        ...

    def add_state(self, state: str, now: datetime, expires: datetime) -> None:
        """Remember that an installation began; those expired are forgotten."""
        ...

    def take_state(self, state: str, now: datetime) -> bool:
        """Whether an installation under way has this state; it can be taken once."""
        ...
