"""Writes Atom feeds (RFC 4287)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from watcher.domain.text import visible

_ATOM = "http://www.w3.org/2005/Atom"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # Atom requires a date, also for a feed without entries


@dataclass(frozen=True, slots=True)
class FeedEntry:
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


def urn(name: str) -> str:
    """A URN that serves as the id of a feed or entry that has no URL; the same name always gives the same URN."""
    return uuid.uuid5(uuid.NAMESPACE_URL, name).urn


def feed(title: str, ident: str, entries: Sequence[FeedEntry]) -> bytes:
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


def _entry(root: Element, entry: FeedEntry) -> None:
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
