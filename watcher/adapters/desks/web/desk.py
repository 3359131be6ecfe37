"""The web pages in the role of a message service: nothing is sent, because the pages read the database at every
request.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from watcher.ports import Answers, Message


class WebDesk:
    """The web pages in the role of a message service (implements ports.Desk): nothing is sent, because the pages read
    the database at every request.
    """

    name = "web"

    def find(self, key: str, since: datetime, below: str = "") -> str | None:
        """Always None: nothing was sent, so there is no message to find."""
        del key, since, below
        return None

    def send(self, key: str, message: Message, below: str = "") -> str:
        """Send nothing and return the ref `web/<key>`: the pages show what is in the database."""
        del message, below
        return f"web/{key}"

    def update(self, ref: str, look: Callable[[], Message | None]) -> None:
        """Do nothing: every page view reads the current data."""

    def link(self, ref: str, below: str = "") -> str:
        """Always "": a message has no URL of its own in the web interface."""
        del ref, below
        return ""

    def answers(self, refs: Collection[str]) -> Answers:
        """Always empty: web pages have no emoji reactions and no replies."""
        del refs
        return Answers()
