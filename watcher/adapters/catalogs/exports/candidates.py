"""Exports the papers that wait for a curator's decision as an Atom feed, for readers who do not decide."""

from __future__ import annotations

from collections.abc import Iterable

from watcher.adapters.catalogs.exports.atom import FeedEntry, feed, urn
from watcher.domain.curation.card import WAITING, Card
from watcher.words_ja.catalog import CANDIDATES_TITLE, UNDECIDED

_MOST = 100  # entries; feed readers fetch the whole document each time


def candidate_feed(cards: Iterable[Card]) -> bytes:
    """Render an Atom feed of at most a hundred papers that wait for a curator's decision, in the given order. Their
    summaries say that nobody has checked them yet, since a model wrote them.
    """
    waiting = [card for card in cards if card.state in WAITING]
    return feed(CANDIDATES_TITLE, urn("candidates"), [_entry(card) for card in waiting[:_MOST]])


def _entry(card: Card) -> FeedEntry:
    paper = card.candidate.paper
    return FeedEntry(
        title=paper.title,
        ident=urn(f"candidate:{card.candidate.key}"),
        url=paper.url,
        updated=card.candidate.announced_at,
        authors=paper.authors,
        terms=(card.candidate.topic, *paper.categories),
        summary=f"{UNDECIDED}{card.cells.summary or paper.abstract}",
    )
