"""Posts and updates messages in Slack channels, each exactly once, recognized by a key in its metadata. A topic may
have a channel of its own; each channel has its own pace, since Slack limits the rate of messages per channel.
"""

from __future__ import annotations

import re
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any, assert_never

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from watcher.adapters.desks.slack.api.client import Channel, error_code, failures
from watcher.adapters.desks.slack.api.people import Curators
from watcher.adapters.desks.slack.api.reactions import VERDICTS, AllReactors, ReactionReader, replies_of_people
from watcher.adapters.desks.slack.messages.card import (
    bare_card_message,
    bare_question_message,
    card_message,
    question_message,
    reactions_line,
    without_buttons,
)
from watcher.adapters.desks.slack.messages.digest import (
    alarm_message,
    bare_digest_message,
    digest_message,
    reminder_message,
)
from watcher.adapters.desks.slack.messages.reviews import (
    audit_message,
    bare_audit_message,
    bare_proposals_message,
    proposals_message,
    report_message,
)
from watcher.adapters.desks.slack.messages.text import Blocks
from watcher.domain.catalog.proposals import ProposalCard
from watcher.domain.curation.card import Card, Digest, Reminder
from watcher.domain.curation.reactions import Observation, Question
from watcher.domain.curation.recall import AuditSheet
from watcher.domain.curation.weekly import WeeklyReport
from watcher.domain.errors import DeskError, WatcherError
from watcher.domain.facts import Verdict
from watcher.domain.health import Alarm
from watcher.logs import get_logger
from watcher.ports import Answers, Message

Throttle = Callable[[], AbstractContextManager[None]]
"""Waits for a turn; the `with` block holds it during a call."""

Throttles = Callable[[str, float, int], Throttle]
"""Builds the throttle called by a name, whose turns begin at least so many seconds after the one before ended."""

_BURST = 50  # updates: Slack counts by the minute, and a morning's decisions come all at once

Rendered = tuple[Blocks, str]
"""A message's blocks and its `text`. Both always go together: `text` alone would delete blocks and buttons."""

_EVENT = "watcher"
_LOOK_BACK = 60.0  # seconds before the intent: clocks differ
_PAGES, _PAGE = 5, 200  # 1,000 messages; Slack's guide to pagination recommends pages of at most 200
_UNSHOWABLE = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"}
# Slack must not make mentions and links of names and addresses in untrusted text.
_QUIET: dict[str, Any] = {"link_names": False, "parse": "none"}


_log = get_logger(__name__)
_LINKS_AGAIN = 30.0  # seconds before Slack is asked again for its address: a digest asks for every card
_TIMESTAMP = re.compile(r"[0-9]+\.[0-9]+")


def _everybody(client: WebClient) -> Curators:
    """Curators check that lets everybody decide."""
    return Curators(client, frozenset())


class SlackDesk:
    """Slack as a user interface for curators (implements ports.Desk). A message's ref is `CHANNEL/TS`: the channel's id
    and the message's timestamp.

    `pause` is the time between two messages in seconds; updates wait a little longer (50 a minute). If a day has more
    than `in_channel` papers, the daily digest lists them by score.
    """

    name = "slack"

    def __init__(
        self,
        client: WebClient,
        channel: str,
        pause: float = 1.0,
        channels: Mapping[str, Channel] | None = None,
        in_channel: int = 15,
        throttles: Throttles | None = None,
        verdicts: Mapping[str, Verdict] = VERDICTS,
        curators: Callable[[WebClient], Curators] = _everybody,
        *,
        has_buttons: bool = True,
        permit: Callable[[], None] | None = None,
    ) -> None:
        """`channels` are the topics' own, by slug; all else goes to `channel` by `client`. `throttles` makes rate
        limits that several processes share. `verdicts` maps emoji to the verdicts they stand for as reactions, and
        `curators` returns for a client the check of who may decide. Without `has_buttons`, because no click could
        arrive, messages name the reactions instead. `permit` is called before every message and raises if none may be
        sent.
        """
        self._reactions = None if has_buttons else dict(verdicts)
        self._permit = permit or (lambda: None)
        self.reactors = AllReactors(verdicts, curators)
        self._links_from = 0.0
        self._in_channel = in_channel
        self._channels = Channels(Channel(client, channel), channels or {}, pause, throttles)

    def find(self, key: str, since: datetime, below: str = "") -> str | None:
        """Find the message that was posted under a key, and return its ref; None if there is none. The channel's
        messages since `since` are searched, at most 1,000, then the thread of the message `below`.

        Raises DeskError if there are more messages, because then nobody can tell, and if Slack does not answer.
        """
        channel = self._channels.of_key(key)
        oldest = f"{since.timestamp() - _LOOK_BACK:.6f}"
        history = partial(channel.client.conversations_history, channel=channel.id, oldest=oldest)
        found = self._find_in(channel, history, key, "the channel")
        if found is None and below:
            ts = below.partition("/")[2]
            replies = partial(channel.client.conversations_replies, channel=channel.id, ts=ts)
            found = self._find_in(channel, replies, key, "the thread")
        return found

    def _find_in(self, channel: Channel, pages: Callable[..., SlackResponse], key: str, where: str) -> str | None:
        cursor = None
        for _ in range(_PAGES):
            with failures(key):
                page = pages(include_all_metadata=True, limit=_PAGE, cursor=cursor)
            for message in page.get("messages") or []:
                if message.get("bot_id") == self._channels.bot(channel) and key in _keys(message):
                    return f"{channel.id}/{message['ts']}"
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
        raise DeskError("too many messages to tell whether it was posted", about=key, remedy=f"look for it in {where}")

    def send(self, key: str, message: Message, below: str = "") -> str:
        """Post a message to Slack with a key by which `find` recognizes it, in the thread of the message `below` if
        any; return its ref. If Slack refuses the text, a short form without untrusted text is posted. Raises DeskError
        / DeskRefused.
        """
        self._permit()
        channel = self._channels.of_key(key)
        thread: dict[str, Any] = {"thread_ts": self._thread(channel, below, message)} if below else {}

        def send(blocks: Blocks, text: str) -> SlackResponse:
            return channel.client.chat_postMessage(
                channel=channel.id,
                blocks=[{**blocks[0], "block_id": key}, *blocks[1:]],  # `find` looks for the key here too
                text=text,
                metadata={"event_type": _EVENT, "event_payload": {"key": key}},
                unfurl_links=False,
                unfurl_media=False,
                **thread,
                **_QUIET,
            )

        forms = self._rendered(message)
        with self._channels.posts(channel)(), failures(key):
            reply = _first_taken(send, forms)
            return f"{reply['channel']}/{reply['ts']}"

    def replies(self, ref: str) -> int:
        """The number of people's replies in the thread of a message. Raises DeskError / DeskRefused."""
        address, _, ts = ref.partition("/")
        channel = self._channels.of_id(address)
        return replies_of_people(_message_at(channel, ts), self.reactors.of(channel.client).bot)

    def _thread(self, channel: Channel, below: str, message: Message) -> str:
        """The timestamp of the thread that replies to a message belong to. A message in a thread (e.g. a card below the
        digest) has none of its own.
        """
        ts = below.partition("/")[2]
        if not isinstance(message, Question):
            return ts
        return str(_message_at(channel, ts).get("thread_ts") or ts)

    def update(self, ref: str, look: Callable[[], Message | None]) -> None:
        """Replace a Slack message by the one that `look` returns. It is called when the rate limit allows the update;
        if it returns None, nothing is sent. Raises DeskError / DeskRefused.
        """
        self._permit()
        address, _, ts = ref.partition("/")
        channel = self._channels.of_id(address)

        def send(blocks: Blocks, text: str) -> SlackResponse:
            return channel.client.chat_update(channel=channel.id, ts=ts, blocks=blocks, text=text, **_QUIET)

        with suppress(TurnUnused), self._channels.updates(channel)(), failures(ref):
            message = look()
            if message is None:
                raise TurnUnused
            try:
                _first_taken(send, self._rendered(message))
            except SlackApiError as error:
                if error_code(error) != "message_not_found":
                    raise
                _log.info("a message was deleted at Slack, so there is nothing to update", ref=ref)

    def link(self, ref: str, below: str = "") -> str:
        """The permalink of a message in Slack, in the thread of the message `below` if any; "" while the workspace's
        URL is unknown.
        """
        address, _, ts = ref.partition("/")
        if time.monotonic() < self._links_from:
            return ""
        try:
            url = self._channels.url(self._channels.of_id(address))
        except DeskError as error:
            _log.warning("no links to cards", error=error)
            self._links_from = time.monotonic() + _LINKS_AGAIN
            return ""
        if not (url and _TIMESTAMP.fullmatch(ts)):
            return ""
        thread = below.partition("/")[2]
        where = f"?thread_ts={thread}&cid={address}" if thread else ""
        return f"{url}/archives/{address}/p{ts.replace('.', '')}{where}"

    def answers(self, refs: Collection[str]) -> Answers:
        """Read the emoji reactions on messages (by ref), and count the replies, from the history of their channels and
        its threads.
        """
        by_channel = defaultdict[str, set[str]](set)
        for ref in refs:
            address, _, ts = ref.partition("/")
            if _TIMESTAMP.fullmatch(ts):  # others were posted by another desk of the same name
                by_channel[address].add(ts)
        found, replies, errors = dict[str, Observation](), dict[str, int](), list[WatcherError]()
        for address, wanted in by_channel.items():
            channel = self._channels.of_id(address)
            try:
                reader = ReactionReader(channel, self.reactors.of(channel.client))
                for ts, seen, count in reader.read(wanted):
                    found[f"{address}/{ts}"], replies[f"{address}/{ts}"] = seen, count
            except DeskError as error:
                if self._channels.knows(address):
                    errors.append(error)
                else:  # which it may have left on purpose
                    _log.info("a channel that is no longer configured is not read", channel=address, error=error)
        return Answers(found, replies, errors)

    def _rendered(self, message: Message) -> Sequence[Rendered]:
        """The message rendered in full, and, if Slack might refuse its text from outside, once more without that."""
        forms: Sequence[Rendered]
        match message:
            case Card():
                forms = card_message(message), bare_card_message(message)
            case AuditSheet():
                forms = audit_message(message), bare_audit_message(message)
            case Question():
                forms = question_message(message), bare_question_message(message)
            case ProposalCard():
                forms = proposals_message(message), bare_proposals_message(message)
            case Digest():
                forms = digest_message(message, self._in_channel), bare_digest_message(message)
            case Reminder():
                forms = (reminder_message(message),)
            case WeeklyReport():
                forms = (report_message(message),)
            case Alarm():
                forms = (alarm_message(message),)
            case _:
                assert_never(message)
        if self._reactions is None:
            return forms
        line = reactions_line(message, self._reactions) if isinstance(message, Card) else []
        return [(without_buttons(blocks) + line, text) for blocks, text in forms]


def _message_at(channel: Channel, ts: str) -> Mapping[str, Any]:
    """The message with this timestamp, empty if there is none. Raises DeskError / DeskRefused."""
    with failures(f"{channel.id}/{ts}"):
        found = channel.client.conversations_replies(channel=channel.id, ts=ts, limit=1).get("messages") or [{}]
    message: Mapping[str, Any] = found[0]
    return message


def _first_taken(send: Callable[[Blocks, str], SlackResponse], forms: Sequence[Rendered]) -> SlackResponse:
    """Send the first form of a message that Slack accepts; a refused form was not posted, so the next one posts nothing
    twice.
    """
    for form in forms[:-1]:
        try:
            return send(*form)
        except SlackApiError as error:
            if error_code(error) not in _UNSHOWABLE:
                raise
    return send(*forms[-1])


def _keys(message: Mapping[str, Any]) -> set[str]:
    """The fields that carry a message's outbox key: its metadata, and its first block's id for servers that keep no
    metadata.
    """
    metadata = message.get("metadata") or {}
    blocks = message.get("blocks") or [{}]
    stated = metadata.get("event_payload", {}).get("key") if metadata.get("event_type") == _EVENT else None
    return {str(key) for key in (stated, blocks[0].get("block_id")) if key}


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
        self._make_throttle = throttles or (lambda _name, pause, burst: LocalThrottle(pause, burst).turn)
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


class TurnUnused(Exception):
    """Exception that a caller raises while it holds a throttle, to say that it made no call, so that the next caller
    need not wait.
    """


class LocalThrottle:
    """Throttle for one process: it lets calls through one at a time, and at most `burst` of them in any `burst` ×
    `pause` seconds.
    """

    def __init__(self, pause: float, burst: int = 1) -> None:
        self._window = pause * burst
        self._lock = threading.Lock()
        self._ended = deque([float("-inf")] * burst, maxlen=burst)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Context manager that waits until a call is allowed and keeps others out during the call."""
        with self._lock:
            time.sleep(max(0.0, self._ended[0] + self._window - time.monotonic()))
            used = True
            try:
                yield
            except TurnUnused:
                used = False
                raise
            finally:
                if used:
                    self._ended.append(time.monotonic())
