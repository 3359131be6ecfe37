"""Exports the newest entries of the catalog as an Atom feed (RFC 4287), whoever wrote them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from watcher.adapters.catalogs.exports.source import ExportSource, url_of
from watcher.domain.catalog.catalog import CatalogEntry
from watcher.domain.text import visible
from watcher.words_ja.catalog import FEED_TITLE

_ATOM = "http://www.w3.org/2005/Atom"
_MOST = 100  # entries; feed readers fetch the whole document each time
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # Atom requires a date, also for a feed without entries


def render(source: ExportSource) -> bytes:
    """The Atom feed with the newest hundred entries of known date, newest first; of entries with the same time the last
    in the file comes first.
    """
    register_namespace("", _ATOM)
    dated = [(at, entry) for entry in reversed(source.reading.entries) if (at := source.dated(entry))]
    dated.sort(key=lambda pair: pair[0], reverse=True)
    feed = Element(f"{{{_ATOM}}}feed")
    title = " — ".join(filter(None, (source.reading.title, FEED_TITLE)))
    _text(feed, "title", title)
    _text(feed, "id", uuid.uuid5(uuid.NAMESPACE_URL, f"catalog:{source.reading.title}").urn)
    _text(feed, "updated", _moment(dated[0][0] if dated else _NEVER))
    for at, entry in dated[:_MOST]:
        _entry(feed, entry, at)
    indent(feed)
    document: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return document


def _entry(feed: Element, entry: CatalogEntry, at: datetime) -> None:
    element = SubElement(feed, f"{{{_ATOM}}}entry")
    _text(element, "title", entry.title)
    url = url_of(entry)
    _text(element, "id", url or uuid.uuid5(uuid.NAMESPACE_URL, f"catalog entry:{entry.title}").urn)
    if url:
        SubElement(element, f"{{{_ATOM}}}link", href=url)
    _text(element, "updated", _moment(at))
    _text(SubElement(element, f"{{{_ATOM}}}author"), "name", entry.authors or "—")
    for term in entry.categories:
        SubElement(element, f"{{{_ATOM}}}category", term=visible(term))
    _text(element, "summary", entry.summary)


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, f"{{{_ATOM}}}{name}").text = visible(text)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
