"""Reads RSS (0.9 to 2.0) and Atom by feedparser, after the document was checked to be whole.

Identifiers, people and journals are taken from the XML itself: of several elements feedparser keeps one.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from time import struct_time
from typing import Any, Final
from xml.etree.ElementTree import Element

import feedparser

from watcher.adapters.sources.document import text_of, whole_xml
from watcher.adapters.sources.raw_entry import RawEntry
from watcher.domain.errors import FeedError

_ROOTS: Final = frozenset({"rss", "RDF", "feed"})
_ENTRIES: Final = frozenset({"item", "entry"})
_IDENTIFIERS: Final = frozenset({"identifier", "doi", "guid", "id", "DOI"})
_VENUES: Final = ("publicationName", "source", "publicationTitle", "journal_reference")
_DATES: Final = ("publicationDate", "coverDate", "date", "published", "issued", "created")
_HARMLESS: Final = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
_DECLARATION: Final = re.compile(rb"""^\s*<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["'][^>]*\?>""")
_NATIVE: Final = frozenset({"utf-8", "utf-16", "iso8859-1", "ascii"})  # what expat decodes by itself
_YEAR_FIRST: Final = re.compile(r"\b((?:19|20)\d\d)-(\d\d)(?:-(\d\d))?")


def read_xml_feed(document: bytes, about: str) -> list[RawEntry | str]:
    """The entries in their order; a string says what is wrong with one. Raises FeedError if it is no whole feed."""
    root, whole = whole_xml(_in_utf8(document), about)
    if root.tag.rpartition("}")[2] not in _ROOTS:
        raise FeedError(f"a <{root.tag[:60]}> document came instead of a feed", about=about, remedy="check its address")
    elements = [element for element in root.iter() if element.tag.rpartition("}")[2] in _ENTRIES]
    parsed = parsed_entries(whole, len(elements), about)
    channel = next((child for child in root if child.tag.rpartition("}")[2] == "channel"), root)
    of_all = next(_texts(channel, _VENUES[:1]), "")
    return [_entry(*pair, of_all) for pair in zip(parsed, elements, strict=True)]


def parsed_entries(document: bytes, count: int, about: str) -> list[Any]:
    """The entries of a well-formed feed as feedparser reads them. Raises FeedError if it does not find all `count` of them."""
    try:
        feed = feedparser.parse(BytesIO(document), sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:  # it raises whatever comes, e.g. ValueError for a space in a namespace
        raise FeedError(f"not a feed: {type(error).__name__}", about=about) from error
    if feed.bozo and not isinstance(feed.bozo_exception, _HARMLESS):
        raise FeedError(f"not a feed: {str(feed.bozo_exception)[:200]}", about=about)
    if count != len(feed.entries):  # feedparser skips what it does not understand, without a word
        raise FeedError(f"{len(feed.entries)} of {count} entries can be told apart", about=about)
    return list(feed.entries)


def _in_utf8(document: bytes) -> bytes:
    """The document in UTF-8 if it declares an encoding of several bytes that the parser does not know (GBK, Shift_JIS)."""
    declared = _DECLARATION.match(document)
    if declared is None:
        return document
    try:
        codec = codecs.lookup(declared[1].decode("ascii")).name
        if codec in _NATIVE:
            return document
        return document[declared.end() :].decode(codec, "replace").encode()
    except (LookupError, ValueError):
        return document


def _entry(parsed: Any, element: Element, venue: str) -> RawEntry:
    links = [str(parsed.get("link", ""))]
    links += [str(link.get("href", "")) for link in parsed.get("links", []) if link.get("rel") == "alternate"]
    contents = [str(content.get("value", "")) for content in parsed.get("content", [])]
    return RawEntry(
        title=str(parsed.get("title", "")),
        links=tuple(dict.fromkeys(link.strip() for link in links if link.strip())),
        identifiers=tuple(dict.fromkeys(text for text in _texts(element, _IDENTIFIERS) if text)),
        summary=str(parsed.get("summary", "")),
        content=max(contents, key=len, default=""),
        creators=tuple(_creators(element)),
        dated=_dated(parsed, element),
        venue=_venue(element, str(parsed.get("title", ""))) or venue,
    )


def _texts(element: Element, names: Any) -> Iterator[str]:
    """The texts of the child elements with these names, in whatever namespace."""
    for child in element:
        if child.tag.rpartition("}")[2] in names:
            yield " ".join(text_of(child).split())


def _venue(element: Element, title: str) -> str:
    """The journal that an entry names; some put the title there by mistake, and a citation after the name."""
    for name in _VENUES:
        for text in _texts(element, {name}):
            if text and text != title.strip():
                return text.partition(", Published online")[0]
    return ""


def _creators(element: Element) -> Iterator[str]:
    for child in element:
        name = child.tag.rpartition("}")[2]
        if name in {"creator", "authors"} or (name == "author" and len(child) == 0):
            yield text_of(child).strip()
        elif name == "author":
            yield from (text_of(part).strip() for part in child if part.tag.rpartition("}")[2] == "name")


def _dated(parsed: Any, element: Element) -> date | None:
    """The day of an entry, by feedparser, else by an ISO date in one of the elements that journals use."""
    for name in ("published_parsed", "updated_parsed"):
        if isinstance(when := dict.get(parsed, name), struct_time):  # get() would warn
            try:
                return date(when.tm_year, when.tm_mon, when.tm_mday)
            except ValueError:
                continue
    for text in _texts(element, _DATES):
        if found := _YEAR_FIRST.search(text):
            try:
                return date(int(found[1]), int(found[2]), int(found[3] or 1))
            except ValueError:
                continue
    return None
