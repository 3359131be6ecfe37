"""Who is in which channels, as Slack tells it: what a topic's channel may see, its members may ask about elsewhere."""

from __future__ import annotations

import threading
import time

from slack_sdk import WebClient

from watcher.adapters.desks.slack.client import failures

_KEEP = 300.0  # seconds; people join and leave a channel seldom
_PAGES, _PAGE = 10, 200
_MOST = 1000  # people whose channels are kept


class Members:
    """Asks Slack for the channels that a person and the app are both in; the answer is kept for minutes."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, frozenset[str]]] = {}

    def channels(self, who: str) -> frozenset[str]:
        """The ids of the channels that somebody is in. Raises DeskError / DeskRefused."""
        with self._lock:
            asked, channels = self._known.get(who, (float("-inf"), frozenset[str]()))
        if time.monotonic() - asked < _KEEP:
            return channels
        channels = self._asked(who)
        with self._lock:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[who] = time.monotonic(), channels
        return channels

    def _asked(self, who: str) -> frozenset[str]:
        found, cursor = set[str](), None
        for _ in range(_PAGES):
            with failures("users.conversations"):
                page = self._client.users_conversations(
                    user=who,
                    types="public_channel,private_channel",
                    exclude_archived=True,
                    limit=_PAGE,
                    cursor=cursor,
                )
            found |= {str(channel["id"]) for channel in page.get("channels") or []}
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
        return frozenset(found)
