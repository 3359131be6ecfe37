"""The web desk as a desk to which messages are sent: the pages read the facts from the store at every request."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from watcher.ports import Answers, Message


class WebDesk:
    """Implements ports.Desk without sending anything, so sending twice has no effect."""

    name = "web"

    def find(self, key: str, since: datetime, below: str = "") -> str | None:
        """Always None: no message is ever stored here."""
        del key, since, below
        return None

    def send(self, key: str, message: Message, below: str = "") -> str:
        """Send nothing and return the reference `web/<key>`; a page shows the message as soon as it is stored."""
        del message, below
        return f"web/{key}"

    def update(self, ref: str, look: Callable[[], Message | None]) -> None:
        """Does nothing: every page view reads the current facts."""

    def link(self, ref: str, below: str = "") -> str:
        """Nothing: a message here has no address of its own."""
        del ref, below
        return ""

    def answers(self, refs: Collection[str]) -> Answers:
        """Nothing: there are no reactions on pages."""
        del refs
        return Answers()
