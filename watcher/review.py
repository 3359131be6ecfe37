"""Proposals on their way to the desk: each row's card shown once, and made to tell the truth."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from watcher.domain.errors import WatcherError
from watcher.domain.proposal import ProposalCard
from watcher.parts import Parts
from watcher.ports import Store
from watcher.stages.post import brought_up_to_date, once

_AT_ONCE = 10  # rows: a channel must stay readable; the page shows all of them


def show_proposals(parts: Parts, now: datetime) -> list[str]:
    """Show rows whose proposals wait and stand at no desk yet, some at a time. Gives the failures."""
    desk, store = parts.review_desk, parts.store

    def show(number: int) -> None:
        card = _card(number, store)
        key = f"proposals/{desk.name}/{number}"
        ref, new = once(key, desk, store, now, lambda: desk.show_proposals(key, card))
        store.proposal_card_shown(number, desk.name, ref, card.face if new else "", now)

    waiting = store.proposal_cards_to_show(desk.name)[:_AT_ONCE]
    return [f"post: {error}" for _, error in parts.engine.each(waiting, show)]


def refresh_proposals(parts: Parts) -> list[WatcherError]:
    """Make the cards at the desk show what was decided elsewhere and what came of it. Gives what failed."""
    desk, store = parts.review_desk, parts.store

    def show(unit: tuple[int, str]) -> None:
        number, ref = unit
        card = brought_up_to_date(desk.update_proposals, ref, partial(_card, number, store))
        store.proposal_card_shown(number, desk.name, ref, card.face, parts.clock())

    return [error for _, error in parts.engine.each(store.stale_proposal_cards(desk.name), show)]


def _card(number: int, store: Store) -> ProposalCard:
    return ProposalCard(number, tuple(store.proposal_card(number)))
