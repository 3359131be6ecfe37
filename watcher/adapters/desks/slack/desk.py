"""Post and change cards and digests in a Slack channel, each under its outbox key and never twice."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from watcher.adapters.desks.slack.api.channels import Pacing, Place, Places
from watcher.adapters.desks.slack.api.client import error_code, failures
from watcher.adapters.desks.slack.messages.card import bare_card_message, card_message
from watcher.adapters.desks.slack.messages.digest import bare_digest_message, digest_message, reminder_message
from watcher.adapters.desks.slack.messages.text import Blocks
from watcher.domain.curation.card import Card, Digest, Reminder
from watcher.domain.errors import DeskError

T = TypeVar("T")
Face = tuple[Blocks, str]
"""A message's blocks and its `text`. Both always go together: `text` alone would delete blocks and buttons."""

_EVENT = "watcher"
_LOOK_BACK = 60.0  # seconds before the intent: clocks differ
_PAGES, _PAGE = 5, 200
_UNSHOWABLE = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"}
_QUIET: dict[str, Any] = {"link_names": False, "parse": "none"}


_log = logging.getLogger(__name__)


class SlackDesk:
    """Implements `ports.Desk`. A ref is `CHANNEL/TS`, Slack's own address of a message.

    `pause` is the time between two messages in seconds; changes wait a little longer (50 a minute). A day with more
    than `in_channel` cards is listed by score in its digest.
    """

    name = "slack"

    def __init__(
        self,
        client: WebClient,
        channel: str,
        pause: float = 1.0,
        places: Mapping[str, Place] | None = None,
        in_channel: int = 15,
        pacing: Pacing | None = None,
    ) -> None:
        """`places` are the topics' own, by slug; all else goes to `channel` by `client`. `pacing` makes the turns that
        several processes share.
        """
        self._in_channel = in_channel
        self._places = Places(Place(client, channel), places or {}, pause, pacing)

    def find(self, key: str, since: datetime, below: str = "") -> str | None:
        """The ref of our own message carrying `key`, looking back over at most 1,000 messages, then in the thread of
        the message `below`.

        Raises DeskError where the channel holds more than that since `since`, for then nobody can tell.
        """
        place, cursor = self._places.of_key(key), None
        for _ in range(_PAGES):
            with failures(key):
                page = place.client.conversations_history(
                    channel=place.channel,
                    oldest=f"{since.timestamp() - _LOOK_BACK:.6f}",
                    include_all_metadata=True,
                    limit=_PAGE,
                    cursor=cursor,
                )
            for message in page.get("messages") or []:
                if message.get("bot_id") == self._places.bot(place) and key in _keys(message):
                    return f"{place.channel}/{message['ts']}"
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return self._find_below(key, below.partition("/")[2]) if below else None
        raise DeskError(
            "too many messages to tell whether it was posted",
            about=key,
            remedy="look for it in the channel",
        )

    def _find_below(self, key: str, ts: str) -> str | None:
        """The same look among the replies to a message of ours."""
        place, cursor = self._places.of_key(key), None
        for _ in range(_PAGES):
            with failures(key):
                page = place.client.conversations_replies(
                    channel=place.channel, ts=ts, include_all_metadata=True, limit=_PAGE, cursor=cursor
                )
            for message in page.get("messages") or []:
                if message.get("bot_id") == self._places.bot(place) and key in _keys(message):
                    return f"{place.channel}/{message['ts']}"
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
        raise DeskError("too many replies to tell whether it was posted", about=key, remedy="look in the thread")

    def show_card(self, key: str, card: Card, below: str = "") -> str:
        """Post a card, in the thread of the message `below` if any; gives its ref. Where Slack refuses the text, the
        card is posted without it.
        """
        return self.send(key, card_message(card), bare_card_message(card), below=below)

    def update_card(self, ref: str, look: Callable[[], Card]) -> None:
        """Show the card as it stands when its turn has come. Raises DeskError / DeskRefused."""
        self.change(ref, look, card_message, bare_card_message)

    def show_digest(self, key: str, digest: Digest) -> str:
        """Post the digest; gives its ref. Raises DeskError / DeskRefused."""
        return self.send(key, digest_message(digest, self._in_channel), bare_digest_message(digest))

    def show_reminder(self, key: str, reminder: Reminder) -> str:
        """Post a list of cards that have waited too long; gives its ref. Raises DeskError / DeskRefused."""
        return self.send(key, reminder_message(reminder))

    def update_digest(self, ref: str, digest: Digest) -> None:
        """Replace the digest. Raises DeskError / DeskRefused."""
        self.change(ref, lambda: digest, partial(digest_message, in_channel=self._in_channel), bare_digest_message)

    def send(self, key: str, *faces: Face, below: str = "") -> str:
        """Post the first face that Slack can show, under its key and `below` a message if any; gives its ref.

        Raises DeskError / DeskRefused.
        """
        thread: dict[str, Any] = {"thread_ts": below.partition("/")[2]} if below else {}
        place = self._places.of_key(key)

        def send(blocks: Blocks, text: str) -> SlackResponse:
            return place.client.chat_postMessage(
                channel=place.channel,
                blocks=[{**blocks[0], "block_id": key}, *blocks[1:]],
                text=text,
                metadata={"event_type": _EVENT, "event_payload": {"key": key}},
                unfurl_links=False,
                unfurl_media=False,
                **thread,
                **_QUIET,
            )

        with self._places.posts(place)(), failures(key):
            reply = _first_taken(send, faces)
            return f"{reply['channel']}/{reply['ts']}"

    def change(self, ref: str, look: Callable[[], T], *faces: Callable[[T], Face]) -> None:
        """Show the first face that Slack can show in the place of a message. What it is a face of is looked at when no
        other message is being changed, in whichever process. Raises DeskError / DeskRefused.
        """
        channel, _, ts = ref.partition("/")
        place = self._places.of_channel(channel)

        def send(blocks: Blocks, text: str) -> SlackResponse:
            return place.client.chat_update(channel=channel, ts=ts, blocks=blocks, text=text, **_QUIET)

        with self._places.updates(place)(), failures(ref):
            try:
                seen = look()
                _first_taken(send, [face(seen) for face in faces])
            except SlackApiError as error:
                if error_code(error) != "message_not_found":
                    raise
                _log.info("%s was deleted at Slack; there is nothing left to bring up to date", ref)


def _first_taken(send: Callable[[Blocks, str], SlackResponse], faces: Sequence[Face]) -> SlackResponse:
    """Send the first face that Slack can show; a refused form was not posted, so the next is no second post."""
    for face in faces[:-1]:
        try:
            return send(*face)
        except SlackApiError as error:
            if error_code(error) not in _UNSHOWABLE:
                raise
    return send(*faces[-1])


def _keys(message: Mapping[str, Any]) -> set[str]:
    """The outbox key of a message: in its metadata, and as the first block's id for servers that keep no metadata."""
    metadata = message.get("metadata") or {}
    blocks = message.get("blocks") or [{}]
    stated = metadata.get("event_payload", {}).get("key") if metadata.get("event_type") == _EVENT else None
    return {str(key) for key in (stated, blocks[0].get("block_id")) if key}
