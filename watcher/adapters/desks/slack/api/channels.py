"""Finds the Slack channel and Web API client for a message: a topic may have a channel of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from slack_sdk import WebClient

from watcher.adapters.desks.slack.api.client import LocalThrottle, failures

Throttle = Callable[[], AbstractContextManager[None]]
"""Waits for a turn; the `with` block holds it during a call."""

Throttles = Callable[[str, float, int], Throttle]
"""Builds the throttle called by a name, whose turns begin at least so many seconds after the one before ended."""

_BURST = 50  # updates: Slack counts by the minute, and a morning's decisions come all at once


@dataclass(frozen=True, slots=True)
class Channel:
    """A Slack channel by its id, with a Web API client that may post there."""

    client: WebClient
    id: str


class Channels:
    """The Slack channels of a deployment: `by_topic` those of topics, `default` for everything else. Each channel has
    its own throttle, since Slack limits the rate of messages per channel.
    """

    def __init__(
        self, default: Channel, by_topic: Mapping[str, Channel], pause: float, throttles: Throttles | None = None
    ) -> None:
        """`pause` is the time between two messages in seconds. `throttles` makes the throttle of a channel; by default
        one for this process alone.
        """
        self._make_throttle = throttles or _local
        self._default = default
        self._by_topic = dict(by_topic)
        self._by_id = {channel.id: channel for channel in (default, *by_topic.values())}
        self._pause = pause
        self._lock = threading.Lock()
        self._throttles: dict[str, Throttle] = {}
        self._told: dict[WebClient, tuple[str, str]] = {}

    def of_key(self, key: str) -> Channel:
        """The Slack channel to post a message in: that of the topic named in the message's key (`kind/…/topic/…`), else
        the default channel.
        """
        topic = next((part for part in key.split("/") if part in self._by_topic), None)
        return self._by_topic[topic] if topic else self._default

    def of_id(self, address: str) -> Channel:
        """The Slack channel with this id, and the client to update messages there. A channel that is not configured
        (any more) gets the client of the default channel.
        """
        return self._by_id.get(address, Channel(self._default.client, address))

    def knows(self, address: str) -> bool:
        """Whether the Slack channel with this id is configured."""
        return address in self._by_id

    def posts(self, channel: Channel) -> Throttle:
        """The throttle of new messages in a channel: Slack allows about one a second."""
        return self._throttle(f"post {channel.id}", 1.0, 1)

    def updates(self, channel: Channel) -> Throttle:
        """The throttle of message updates in a channel, of which Slack allows fifty in any minute."""
        return self._throttle(f"update {channel.id}", 1.2, _BURST)

    def bot(self, channel: Channel) -> str:
        """The bot id of this app in a channel's workspace, by which its own messages are recognized. Raises DeskError /
        DeskRefused.
        """
        return self._own(channel)[0]

    def url(self, channel: Channel) -> str:
        """The URL of the Slack workspace, without a final slash. Raises DeskError / DeskRefused."""
        return self._own(channel)[1]

    def _own(self, channel: Channel) -> tuple[str, str]:
        if channel.client not in self._told:
            with failures("auth.test"):
                told = channel.client.auth_test()
            self._told[channel.client] = str(told["bot_id"]), str(told.get("url") or "").rstrip("/")
        return self._told[channel.client]

    def _throttle(self, name: str, share: float, burst: int) -> Throttle:
        with self._lock:
            if name not in self._throttles:
                self._throttles[name] = self._make_throttle(name, self._pause * share, burst)
            return self._throttles[name]


def _local(name: str, pause: float, burst: int) -> Throttle:
    del name
    return LocalThrottle(pause, burst).turn
