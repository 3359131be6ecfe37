"""Deduplicates events that Slack delivers more than once.

Slack delivers an event up to three more times if it saw no acknowledgement in time
(https://docs.slack.dev/apis/events-api/#retries), even if the first delivery was received.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from slack_bolt import BoltResponse

from watcher.logs import get_logger

_MOST = 10_000
_log = get_logger(__name__)


class Once:
    """Bolt middleware that drops an event that was received before, recognized by the event's id or by the message it
    is about.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: OrderedDict[str, None] = OrderedDict()

    def __call__(self, body: Mapping[str, Any], next: Callable[[], BoltResponse]) -> BoltResponse:  # noqa: A002 - Bolt's name
        """Pass on what is new; what is not an event always is."""
        if body.get("type") != "event_callback" or self._new(list(_marks(body))):
            return next()
        _log.info("an event was delivered again", event_id=body.get("event_id"))
        return BoltResponse(status=200)

    def _new(self, marks: list[str]) -> bool:
        with self._lock:
            heard = any(mark in self._heard for mark in marks)
            self._heard.update(dict.fromkeys(marks))
            while len(self._heard) > _MOST:
                self._heard.popitem(last=False)
        return not heard


def _marks(body: Mapping[str, Any]) -> Iterator[str]:
    team, event = body.get("team_id", ""), body.get("event") or {}
    if body.get("event_id"):
        yield f"{team}/{body['event_id']}"
    if event.get("message_ts"):  # one that was edited is told of again, with other links
        links = " ".join(sorted(str(link.get("url")) for link in event.get("links") or ()))
        yield f"{team}/{event.get('type')}/{event.get('channel')}/{event['message_ts']}/{links}"
