"""Exports the newest catalog entries, and the papers that wait for a curator's decision, as Atom feeds (RFC 4287)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from watcher.adapters.catalogs.exports.source import ExportSource, url_of
from watcher.domain.curation.card import WAITING, Card
from watcher.domain.text import visible
from watcher.words_ja.catalog import CANDIDATES_TITLE, FEED_TITLE, UNDECIDED

_ATOM = "http://www.w3.org/2005/Atom"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # Atom requires a date, also for a feed without entries
_MOST = 100  # entries; feed readers fetch the whole document each time


def catalog_feed(source: ExportSource) -> bytes:
    """Render the catalog's newest hundred entries of known date as an Atom feed, newest first; of entries with the same
    time the last in the file comes first.
    """
    dated = [(at, entry) for entry in reversed(source.reading.entries) if (at := source.dated(entry))]
    dated.sort(key=lambda pair: pair[0], reverse=True)
    entries = [
        _FeedEntry(
            title=entry.title,
            ident=url_of(entry) or _urn(f"catalog entry:{entry.title}"),
            url=url_of(entry),
            updated=at,
            authors=(entry.authors,) if entry.authors else (),
            terms=entry.categories,
            summary=entry.summary,
        )
        for at, entry in dated[:_MOST]
    ]
    title = " — ".join(filter(None, (source.reading.title, FEED_TITLE)))
    return _feed(title, _urn(f"catalog:{source.reading.title}"), entries)


def candidate_feed(cards: Iterable[Card]) -> bytes:
    """Render an Atom feed of at most a hundred papers that wait for a curator's decision, in the given order. Their
    summaries say that nobody has checked them yet, since a model wrote them.
    """
    waiting = [card for card in cards if card.state in WAITING]
    return _feed(CANDIDATES_TITLE, _urn("candidates"), [_candidate_entry(card) for card in waiting[:_MOST]])


def _candidate_entry(card: Card) -> _FeedEntry:
    paper = card.candidate.paper
    return _FeedEntry(
        title=paper.title,
        ident=_urn(f"candidate:{card.candidate.key}"),
        url=paper.url,
        updated=card.candidate.announced_at,
        authors=paper.authors,
        terms=(card.candidate.topic, *paper.categories),
        summary=f"{UNDECIDED}{card.cells.summary or paper.abstract}",
    )


@dataclass(frozen=True, slots=True)
class _FeedEntry:
    """An entry of an Atom feed, about a paper. `ident` is its id, a URI that stays the same; `url` is the paper's
    address, "" if unknown; `terms` are its categories.
    """

    title: str
    ident: str
    url: str
    updated: datetime
    authors: Sequence[str]
    terms: Sequence[str]
    summary: str


def _urn(name: str) -> str:
    """A URN that serves as the id of a feed or entry that has no URL; the same name always gives the same URN."""
    return uuid.uuid5(uuid.NAMESPACE_URL, name).urn


def _feed(title: str, ident: str, entries: Sequence[_FeedEntry]) -> bytes:
    """Render an Atom document with these entries in this order; `ident` is its id, a URI."""
    register_namespace("", _ATOM)
    root = Element(f"{{{_ATOM}}}feed")
    _text(root, "title", title)
    _text(root, "id", ident)
    _text(root, "updated", _moment(max((entry.updated for entry in entries), default=_NEVER)))
    for entry in entries:
        _entry(root, entry)
    indent(root)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _entry(root: Element, entry: _FeedEntry) -> None:
    element = SubElement(root, f"{{{_ATOM}}}entry")
    _text(element, "title", entry.title)
    _text(element, "id", entry.ident)
    if entry.url:
        SubElement(element, f"{{{_ATOM}}}link", href=entry.url)
    _text(element, "updated", _moment(entry.updated))
    for name in entry.authors or ("—",):
        _text(SubElement(element, f"{{{_ATOM}}}author"), "name", name)
    for term in entry.terms:
        SubElement(element, f"{{{_ATOM}}}category", term=visible(term))
    _text(element, "summary", entry.summary)


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, f"{{{_ATOM}}}{name}").text = visible(text)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
