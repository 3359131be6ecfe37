"""Turns a card or digest into its address on the site; the pages read the facts themselves."""

from __future__ import annotations

from datetime import datetime

from watcher.domain.card import Card, Digest


class WebDesk:
    """The `Desk` of the site. Posting here touches nothing outside, so sending twice is harmless and
    there is never an earlier message to find.
    """

    name = "web"

    def find(self, key: str, since: datetime) -> str | None:
        """Always None: nothing is stored at the desk; the same ref is given however often it is asked."""
        del key, since
        return None

    def show_card(self, key: str, card: Card) -> str:
        """`web/<key>`; the card stands on the page as soon as its facts do."""
        del card
        return f"web/{key}"

    def update_card(self, ref: str, card: Card) -> None:
        """Nothing to do: every page view shows the facts of its moment."""

    def show_digest(self, key: str, digest: Digest) -> str:
        """`web/<key>`; the page shows the latest digest."""
        del digest
        return f"web/{key}"

    def update_digest(self, ref: str, digest: Digest) -> None:
        """Nothing to do: every page view shows the facts of its moment."""
