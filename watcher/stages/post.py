"""Summary -> Card: intent recorded, look whether it already happened, do, record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from watcher.domain.card import Digest
from watcher.domain.facts import CardPosted
from watcher.ports import Desk, Store, WeeklyDesk


def post(number: int, desk: Desk, store: Store, *, run: str, now: datetime) -> None:
    """Show a candidate's card exactly once at a desk, whatever was interrupted before."""
    card = store.card(number)
    key = f"card/{desk.name}/{card.candidate.key}"
    ref = once(key, desk, store, now, lambda: desk.show_card(key, card))
    store.add_card(number, CardPosted(desk.name, ref, now), card.face, run)


def refresh(number: int, ref: str, desk: Desk, store: Store) -> None:
    """Make a posted card show the facts as they stand now."""
    card = store.card(number)
    desk.update_card(ref, card)
    store.shown(number, desk.name, card.face)


def post_digest(digest: Digest, desk: Desk, store: Store, *, now: datetime) -> None:
    """Show the day's digest once; a later call on the same day brings the message up to date."""
    key = f"{digest.key}/{desk.name}"
    ref = store.sent(key)
    if ref is not None:
        desk.update_digest(ref, digest)
    else:
        ref = once(key, desk, store, now, lambda: desk.show_digest(key, digest))
    store.add_digest(digest, ref, now)


def once(key: str, desk: Desk | WeeklyDesk, store: Store, now: datetime, show: Callable[[], str]) -> str:
    """The ref of a message that stands exactly once at a desk, shown unless it is there already."""
    ref = _already(key, desk, store, now) or show()
    store.record_sent(key, ref, now)
    return ref


def _already(key: str, desk: Desk | WeeklyDesk, store: Store, now: datetime) -> str | None:
    """The ref of a message that an interrupted run may have posted; looking is needed only after an intent."""
    ref = store.sent(key)
    if ref is not None:
        return ref
    since = store.intend(key, desk.name, now)
    return desk.find(key, since) if since is not None else None
