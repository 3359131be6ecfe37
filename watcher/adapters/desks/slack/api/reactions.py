"""Reads the emoji reactions on messages from a Slack channel's history, also those given while no process ran.

Messages of `conversations.history` and `conversations.replies` hold `reactions: [{name, users, count}]`; `users` may be
partial if many reacted, and `reactions.get` with `full` completes it
(https://docs.slack.dev/reference/methods/reactions.get).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import Any

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from watcher.adapters.desks.slack.api.client import Channel, failures
from watcher.adapters.desks.slack.api.people import Curators, Names
from watcher.domain.curation.reactions import Observation, Reaction
from watcher.domain.errors import DeskError
from watcher.domain.facts import Verdict
from watcher.logs import get_logger

_log = get_logger(__name__)

VERDICTS: Mapping[str, Verdict] = MappingProxyType(
    {"white_check_mark": Verdict.APPROVE, "x": Verdict.REJECT, "clock3": Verdict.LATER}
)
"""The emoji that stand for verdicts unless the settings name others: ✅ ❌ 🕒, by Slack's names."""

_PAGES, _PAGE = 50, 200
_BEFORE = 86_400.0  # seconds: the digest whose thread holds a card may have been posted so much earlier
Message = Mapping[str, Any]


def emoji_of(name: str) -> str:
    """The name of an emoji without a skin tone, which Slack appends as in `thumbsup::skin-tone-3`."""
    return name.partition("::")[0]


def replies_of_people(message: Message, bot: str) -> int:
    """The number of replies that people (not the bot) wrote in a message's thread, as far as Slack names their
    authors.
    """
    users = {str(user) for user in message.get("reply_users") or []}
    if not users - {bot}:
        return 0
    return int(message.get("reply_count") or 0) - (bot in users)


@dataclass(frozen=True, slots=True)
class Reactors:
    """Interprets emoji reactions in one Slack workspace. `verdicts` maps names of emoji to verdicts (approve, reject
    …), `curators` checks who may decide, `names` looks up people's names, `bot` is the app's own user id, whose
    reactions are ignored.
    """

    verdicts: Mapping[str, Verdict]
    curators: Curators
    names: Names
    bot: str

    def reaction(self, person: str, name: str) -> Reaction | None:
        """Convert a Slack user id and the name of an emoji to a Reaction: the person, the verdict, and whether the
        person may decide. None if the emoji stands for no verdict, or the user is this app. Raises DeskError while
        Slack does not answer whether the person may decide.
        """
        verdict = self.verdicts.get(emoji_of(name))
        if verdict is None or person == self.bot:
            return None
        may = self.curators.may(person)
        return Reaction(person, self.names.curator(person), emoji_of(name), verdict, may)


class ReactionReader:
    """Reads the reactions on messages of one Slack channel from its history and the threads in it."""

    def __init__(self, channel: Channel, reactors: Reactors) -> None:
        self._channel, self._reactors = channel, reactors

    def read(self, wanted: Collection[str]) -> Iterator[tuple[str, Observation, int]]:
        """Read the Slack messages with these timestamps, and yield for each its timestamp, the reactions on it, and the
        number of people's replies in its thread. A message that is not found is left out. Raises DeskError /
        DeskRefused.
        """
        missing, threads = set(wanted), list[str]()
        oldest = f"{max(0.0, min(map(float, wanted)) - _BEFORE):.6f}"
        history = partial(self._channel.client.conversations_history, oldest=oldest, inclusive=True)
        for at, message in self._messages(history):
            ts = str(message["ts"])
            if ts in missing:
                missing.discard(ts)
                yield ts, self._seen(at, message), replies_of_people(message, self._reactors.bot)
            elif message.get("reply_count") and message.get("user") == self._reactors.bot:
                threads.append(ts)
        for parent in threads:  # the newest first
            if not any(float(ts) > float(parent) for ts in missing):
                continue
            for at, message in self._messages(partial(self._channel.client.conversations_replies, ts=parent)):
                if (ts := str(message["ts"])) in missing:
                    missing.discard(ts)
                    yield ts, self._seen(at, message), 0  # in a thread already: its replies are not its own

    def _messages(self, pages: Callable[..., SlackResponse]) -> Iterator[tuple[datetime, Message]]:
        """Every message of the channel's history, with the time at which its page was requested."""
        cursor = None
        for _ in range(_PAGES):
            at = datetime.now(UTC)
            with failures(self._channel.id):
                page = pages(channel=self._channel.id, limit=_PAGE, cursor=cursor)
            for message in page.get("messages") or []:
                yield at, message
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
        raise DeskError("too many messages to read the reactions on all cards", about=self._channel.id)

    def _seen(self, at: datetime, message: Message) -> Observation:
        complete = set(self._reactors.verdicts)
        standing = dict[tuple[str, str], Reaction]()
        for given in message.get("reactions") or []:
            name = str(given.get("name", ""))
            if emoji_of(name) not in self._reactors.verdicts:
                continue
            users, whole = self._everyone(given, str(message["ts"]))
            for user in users:
                try:
                    reaction = self._reactors.reaction(user, name)
                except DeskError as error:
                    _log.warning("a reaction waits for who may decide", error=error)
                    whole = False
                    continue
                if reaction is not None:
                    standing.setdefault(reaction.key, reaction)
            if not whole:
                complete.discard(emoji_of(name))
        return Observation(at, tuple(standing.values()), complete=frozenset(complete))

    def _everyone(self, given: Mapping[str, Any], ts: str) -> tuple[list[str], bool]:
        """The users who gave an emoji, and whether the list is complete."""
        users = [str(user) for user in given.get("users") or []]
        if int(given.get("count") or 0) <= len(users):
            return users, True
        try:
            with failures(f"reactions.get {self._channel.id}"):
                found = self._channel.client.reactions_get(channel=self._channel.id, timestamp=ts, full=True)
        except DeskError as error:
            _log.warning("not everybody who reacted is known", error=error)
            return users, False
        message = found.get("message") or {}
        told = [one for one in message.get("reactions") or [] if one.get("name") == given.get("name")]
        everyone = [str(user) for one in told for user in one.get("users") or []]
        count = max([int(one.get("count") or 0) for one in told], default=0)
        return list(dict.fromkeys((*users, *everyone))), bool(told) and count <= len(everyone)


class AllReactors:
    """Builds, on demand, the interpreter of emoji reactions (Reactors) for each Slack workspace, and keeps it."""

    def __init__(self, verdicts: Mapping[str, Verdict], curators: Callable[[WebClient], Curators]) -> None:
        self.verdicts, self._curators = verdicts, curators
        self._lock = threading.Lock()
        self._made: dict[WebClient, Reactors] = {}

    def stands_for_a_verdict(self, name: str) -> bool:
        """Whether an emoji, given by Slack's name, stands for a verdict (approve, reject …) if somebody reacts with it
        to a paper.
        """
        return emoji_of(name) in self.verdicts

    def of(self, client: WebClient) -> Reactors:
        """The interpreter of reactions for the workspace that a client belongs to. Raises DeskError / DeskRefused."""
        with self._lock:
            if client not in self._made:
                with failures("auth.test"):
                    bot = str(client.auth_test().get("user_id") or "")
                self._made[client] = Reactors(self.verdicts, self._curators(client), Names(client), bot)
            return self._made[client]
