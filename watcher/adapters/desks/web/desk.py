"""The web desk as a desk to which messages are "sent": nothing is sent, because the pages read the facts from the
database at every request.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from watcher.ports import Answers, Message


class WebDesk:
    """The web pages as a desk (implements ports.Desk). Nothing is sent, so sending twice has no effect."""

    name = "web"

    def find(self, key: str, since: datetime, below: str = "") -> str | None:
        """Always None: the web desk stores no messages that could be found."""
        del key, since, below
        return None

    def send(self, key: str, message: Message, below: str = "") -> str:
        """Send nothing and return the ref `web/<key>`; a page shows the message as soon as its facts are stored."""
        del message, below
        return f"web/{key}"

    def update(self, ref: str, look: Callable[[], Message | None]) -> None:
        """Does nothing: every page view reads the current facts."""

    def link(self, ref: str, below: str = "") -> str:
        """Always "": a message at the web desk has no URL of its own."""
        del ref, below
        return ""

    def answers(self, refs: Collection[str]) -> Answers:
        """No reactions and no replies: web pages have none."""
        del refs
        return Answers()
