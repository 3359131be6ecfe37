"""Summary -> Card: the stage that posts cards, and every other message, to a desk exactly once: record the intent, look
whether the message is there, send it, record its ref (the desk's id of the message).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeVar

from watcher.domain.budget import TOKYO
from watcher.domain.curation.card import Card, Digest, digest_key
from watcher.domain.facts import CardPosted
from watcher.logs import about, get_logger
from watcher.ports import Desk, Message, Store

Shown = TypeVar("Shown", bound=Message | None)
_log = get_logger(__name__)


class Standing(NamedTuple):
    """A message that is posted at a desk: its `ref` (the desk's id of it), and whether it is `new`, i.e. was sent just
    now. An older message may show an outdated state.
    """

    ref: str
    new: bool


def post(number: int, desk: Desk, store: Store, *, run: str, now: datetime, below: str = "") -> None:
    """Post a candidate's card to a desk exactly once, even after an interruption. `below` is the ref of the digest
    message in whose thread it is posted, "" for none.
    """
    card = store.cards.get(number)
    key = f"card/{desk.name}/{card.candidate.key}"
    with about(**card.candidate.labels):
        ref, new = send_once(key, card, desk, store, now, below=below, topic=card.candidate.topic)
        # A card found there may show an older state; without an etag it counts as stale and is updated.
        store.cards.add(number, CardPosted(desk.name, ref, now, below), card.etag if new else "", run)
        _log.info("the card is posted", desk=desk.name, new=new)


def refresh(number: int, ref: str, desk: Desk, store: Store) -> None:
    """Redraw a posted card in its present state, unless the message shows that already. The card is read only when the
    desk is ready to change the message.
    """
    # Two processes may refresh one card, and Slack shows what it was told last. So the card is read when the turn to
    # change the message has come: whoever speaks last has read last.

    def look() -> Card | None:
        return store.cards.get(number) if store.cards.is_stale(number, desk.name) else None

    card = update(ref, look, desk)
    if card is not None:
        store.cards.mark_shown(number, desk.name, card.etag)


def update(ref: str, look: Callable[[], Shown], desk: Desk) -> Shown:
    """Replace the content of the message whose id at the desk is `ref` by the message that `look` returns, and return
    the latter.

    `look` is called when the desk is ready to change the message (rate limits), so that it shows the latest state. If a
    desk's pages always show that, `look` is called at the end.
    """
    shown: list[Shown] = []

    def noted() -> Shown:
        shown.append(look())
        return shown[-1]

    desk.update(ref, noted)
    return shown[-1] if shown else look()


def post_digest(digest: Digest, desk: Desk, store: Store, *, now: datetime, skip_quiet: bool = False) -> None:
    """Post the day's digest (the daily message) once; a later call on the same day updates the message.

    With `skip_quiet`, a digest without news is stored and not posted.
    """
    key, ref = f"{digest.key}/{desk.name}", ""
    if not (skip_quiet and digest.quiet and store.outbox.sent(key) is None):
        ref, new = send_once(key, digest, desk, store, now)
        if not new:
            desk.update(ref, lambda: digest)
    store.reports.put_digest(digest, ref, now)


def send_once(
    key: str, message: Message, desk: Desk, store: Store, now: datetime, *, below: str = "", topic: str = ""
) -> Standing:
    """Send a message to a desk exactly once per idempotency `key`, and return where it is; `below` is the ref of the
    message in whose thread it is sent, "" for none.

    After an interruption, the message is looked for at the desk before it is sent again: in the thread of the topic's
    digest of the day on which the intent was recorded.
    """
    with store.locks.hold(key):  # one who looks while another sends would find nothing
        sent = store.outbox.sent(key)
        if sent is not None:
            return Standing(sent, new=False)
        found = _already(key, desk, store, now, topic)
        standing = Standing(desk.send(key, message, below) if found is None else found, found is None)
        store.outbox.record_sent(key, standing.ref, now)
        return standing


def _already(key: str, desk: Desk, store: Store, now: datetime, topic: str) -> str | None:
    """The ref of a message that an interrupted run may have sent; looking is needed only after an intent."""
    since = store.outbox.intend(key, desk.name, now)
    if since is None:
        return None
    if not topic:
        return desk.find(key, since)
    digest = f"{digest_key(topic, since.astimezone(TOKYO).date())}/{desk.name}"
    above = store.outbox.sent(digest)
    if above is None and store.outbox.unsure_since is not None:
        above = desk.find(digest, since)  # which the state does not hold either
    return desk.find(key, since, above or "")
