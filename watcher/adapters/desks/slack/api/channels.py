"""An outbox key or a message's address -> the channel and the client that serve it: each topic has its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from slack_sdk import WebClient

from watcher.adapters.desks.slack.api.client import Pacer, failures

Turns = Callable[[], AbstractContextManager[None]]
"""A turn, waited for and held during a call."""

Pacing = Callable[[str, float], Turns]
"""Makes the turns of a name, which begin at least so many seconds after the one before ended."""


@dataclass(frozen=True, slots=True)
class Place:
    """A channel and a client that may write there."""

    client: WebClient
    channel: str


class Places:
    """Where each topic's messages go; what names no topic goes to the `default`.

    Every channel takes its messages at Slack's pace, whatever goes on in others.
    """

    def __init__(
        self, default: Place, by_topic: Mapping[str, Place], pause: float, pacing: Pacing | None = None
    ) -> None:
        """`pacing` is asked for turns; by default they are this process's alone."""
        self._pacing = pacing or _own
        self._default = default
        self._by_topic = dict(by_topic)
        self._by_channel = {place.channel: place for place in (default, *by_topic.values())}
        self._pause = pause
        self._lock = threading.Lock()
        self._turns: dict[str, Turns] = {}
        self._bots: dict[WebClient, str] = {}

    def of_key(self, key: str) -> Place:
        """Where a message goes whose outbox key names its topic between slashes."""
        topic = next((part for part in key.split("/") if part in self._by_topic), None)
        return self._by_topic[topic] if topic else self._default

    def of_channel(self, channel: str) -> Place:
        """Who may change a message; one in a channel of other days was written by the default's client."""
        return self._by_channel.get(channel, Place(self._default.client, channel))

    def posts(self, place: Place) -> Turns:
        """The turns of new messages, about one a second a channel."""
        return self._turns_of(f"post {place.channel}", 1.0)

    def updates(self, place: Place) -> Turns:
        """The turns of changed messages: Slack takes fifty a minute."""
        return self._turns_of(f"update {place.channel}", 1.2)

    def bot(self, place: Place) -> str:
        """The bot's own id, by which it knows its messages. Raises DeskError / DeskRefused."""
        if place.client not in self._bots:
            with failures("auth.test"):
                self._bots[place.client] = str(place.client.auth_test()["bot_id"])
        return self._bots[place.client]

    def _turns_of(self, name: str, share: float) -> Turns:
        with self._lock:
            if name not in self._turns:
                self._turns[name] = self._pacing(name, self._pause * share)
            return self._turns[name]


def _own(name: str, pause: float) -> Turns:
    del name
    return Pacer(pause).turn
