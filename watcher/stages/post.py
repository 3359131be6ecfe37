"""Summary -> Card: intent recorded, look whether it already happened, do, record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from watcher.domain.curation.card import Digest, Reminder, digest_key
from watcher.domain.facts import CardPosted
from watcher.logs import about, get_logger
from watcher.ports import Desk, ReviewDesk, Store, WeeklyDesk

T = TypeVar("T")
TOKYO = ZoneInfo("Asia/Tokyo")
_log = get_logger(__name__)


class Standing(NamedTuple):
    """A message at a desk. One that is not `new` was shown earlier, and may say what was true then."""

    ref: str
    new: bool


def post(number: int, desk: Desk, store: Store, *, run: str, now: datetime, below: str = "") -> None:
    """Show a candidate's card exactly once at a desk, whatever was interrupted before; `below` a digest's ref on a
    long day.
    """
    card = store.cards.get(number)
    key = f"card/{desk.name}/{card.candidate.key}"
    with about(**card.candidate.labels):
        standing = once(key, desk, store, now, lambda: desk.show_card(key, card, below), card.candidate.topic)
        store.cards.add(number, CardPosted(desk.name, standing.ref, now), card.face if standing.new else "", run)
        _log.info("the card is posted", desk=desk.name, new=standing.new)


def refresh(number: int, ref: str, desk: Desk, store: Store) -> None:
    """Make a posted card show the facts as they stand now."""
    # Two processes may refresh one card, and Slack shows what it was told last. So the card is read when the turn to
    # change the message has come: whoever speaks last has read last.
    card = brought_up_to_date(desk.update_card, ref, partial(store.cards.get, number))
    store.cards.mark_shown(number, desk.name, card.face)


def brought_up_to_date(update: Callable[[str, Callable[[], T]], None], ref: str, look: Callable[[], T]) -> T:
    """Have a desk `update` the message at `ref` to what `look` gives when its turn has come; gives what it shows now.

    A desk whose pages show the facts of their moment does not look.
    """
    shown: list[T] = []

    def noted() -> T:
        shown.append(look())
        return shown[-1]

    update(ref, noted)
    return shown[-1] if shown else look()


def post_digest(digest: Digest, desk: Desk, store: Store, *, now: datetime, skip_quiet: bool = False) -> None:
    """Show the day's digest once; a later call on the same day brings the message up to date.

    With `skip_quiet` a day with nothing to tell is kept and not shown.
    """
    key = f"{digest.key}/{desk.name}"
    ref = store.outbox.sent(key)
    if ref is None and skip_quiet and digest.quiet:
        ref = ""
    elif ref is not None:
        desk.update_digest(ref, digest)
    else:
        ref, new = once(key, desk, store, now, lambda: desk.show_digest(key, digest))
        if not new:
            desk.update_digest(ref, digest)
    store.digests.put(digest, ref, now)


def post_reminder(reminder: Reminder, desk: Desk, store: Store, *, now: datetime) -> None:
    """Remind once a day, whatever was interrupted before."""
    key = f"{reminder.key}/{desk.name}"
    once(key, desk, store, now, lambda: desk.show_reminder(key, reminder))


def once(
    key: str,
    desk: Desk | WeeklyDesk | ReviewDesk,
    store: Store,
    now: datetime,
    show: Callable[[], str],
    topic: str = "",
) -> Standing:
    """A message that stands exactly once at a desk, shown unless it is there already.

    A topic's cards may stand in the thread of the digest of the day on which they were intended.
    """
    with store.locks.hold(key):  # one who looks while another sends would find nothing
        found = _already(key, desk, store, now, topic)
        standing = Standing(show() if found is None else found, found is None)
        store.outbox.record_sent(key, standing.ref, now)
        return standing


def _already(
    key: str, desk: Desk | WeeklyDesk | ReviewDesk, store: Store, now: datetime, topic: str = ""
) -> str | None:
    """The ref of a message that an interrupted run may have posted; looking is needed only after an intent."""
    ref = store.outbox.sent(key)
    if ref is not None:
        return ref
    since = store.outbox.intend(key, desk.name, now)
    if since is None:
        return None
    digest = digest_key(topic, since.astimezone(TOKYO).date()) if topic else ""
    return desk.find(key, since, (store.outbox.sent(f"{digest}/{desk.name}") or "") if digest else "")
