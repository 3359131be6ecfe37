"""Parses the formats of web feeds into entries: RSS (0.9 to 2.0) and Atom with feedparser, after checking that the document
is complete, and JSON Feed (https://www.jsonfeed.org/version/1.1/), which feedparser does not know.

Identifiers, people and journals of RSS and Atom are taken from the XML itself: of several elements feedparser keeps one.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from time import struct_time
from typing import Any, Final
from urllib.parse import urljoin
from xml.etree.ElementTree import Element, tostring

import feedparser

from watcher.adapters.sources.document import local_name, parse_xml, text_of
from watcher.adapters.sources.paper import day_in
from watcher.domain.errors import FeedError


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry of a web feed, with its fields as the feed has them.

    `links` begin with that of the entry's own page; `identifiers` may hold a DOI; `title`, `summary` and `content` are
    HTML. `creators` are the authors, one line for each or one for all. `venue` is the journal that the entry names.
    """

    title: str
    links: tuple[str, ...]
    identifiers: tuple[str, ...]
    summary: str = ""
    content: str = ""
    creators: tuple[str, ...] = ()
    dated: date | None = None
    venue: str = ""

    @property
    def label(self) -> str:
        """The text by which error messages refer to the entry: its link, identifier or title."""
        return repr(next(filter(None, (*self.links, *self.identifiers, self.title)), "")[:80])


def _absolute(base: str, link: str) -> str:
    """Resolve a link that may be relative against a base URL; the link itself if either is invalid."""
    try:
        return urljoin(base, link)
    except ValueError:
        return link


_ROOTS: Final = frozenset({"rss", "RDF", "feed"})
_ENTRIES: Final = frozenset({"item", "entry"})
_IDENTIFIERS: Final = frozenset({"identifier", "doi", "guid", "id", "DOI"})
_VENUES: Final = ("publicationName", "source", "publicationTitle", "material_title", "journal_reference")
_DATES: Final = (
    "pubDate", "published", "issued", "date", "publicationDate", "updated", "modified", "coverDate", "created",
)  # fmt: skip
_HARMLESS: Final = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
_DECLARATION: Final = re.compile(rb"""^\s*<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["'][^>]*\?>""")
_WHOLE_DECLARATION: Final = re.compile(
    r"""^\s*<\?xml\s+version\s*=\s*["'][\d.]+["'](?:\s+\w+\s*=\s*["'][\w-]+["'])*\s*\?>"""
)
_MANY_SIGNS: Final = re.compile(rb"[\x80-\xff]{4}")  # more beside each other than in Western words
_NATIVE: Final = frozenset({"utf-8", "ascii"})  # what the parser decodes, whatever is wrong with it


def read_xml_feed(document: bytes, about: str, url: str = "") -> list[RawEntry | str]:
    """Parse an RSS or Atom feed into its entries, in order. Relative links are resolved by the feed's `url`, or by the
    home page that it names. Raises FeedError if it is no complete feed.
    """
    root = parse_xml(_in_utf8(document), about)
    if local_name(root) not in _ROOTS:
        raise FeedError(f"a <{root.tag[:60]}> document came instead of a feed", about=about, remedy="check its address")
    channel = next((child for child in root if local_name(child) == "channel"), root)
    _without_namespace(root, channel.tag.rpartition("}")[0])
    elements = _entries_of(root)
    if not elements and channel is root and local_name(root) != "feed":
        raise FeedError("the feed has no channel and lists nothing", about=about, remedy="check its address")
    base = _absolute(url, next(filter(None, _texts(channel, {"link"})), ""))
    parsed = parsed_entries(root, len(elements), about, base)
    of_all = RawEntry(
        "", (), (), creators=tuple(_creators(channel, {"author"})), venue=next(_texts(channel, _VENUES[:1]), "")
    )
    return [_entry(*pair, of_all, url) for pair in zip(parsed, elements, strict=True)]


def parsed_entries(root: Element, count: int, about: str, base: str = "") -> list[Any]:
    """Parse the entries of an XML feed with feedparser, with links made absolute by `base`. `root` is the feed as
    parsed by this program, which is stricter about damage. Raises FeedError if feedparser does not find all `count`
    entries.
    """
    document = BytesIO(tostring(root, "utf-8"))
    headers = {"content-location": base}
    try:
        feed = feedparser.parse(document, sanitize_html=False, resolve_relative_uris=False, response_headers=headers)
    except Exception as error:  # it raises whatever comes, e.g. ValueError for a space in a namespace
        raise FeedError(f"not a feed: {type(error).__name__}", about=about) from error
    if feed.bozo and not isinstance(feed.bozo_exception, _HARMLESS):
        raise FeedError(f"not a feed: {str(feed.bozo_exception)[:200]}", about=about)
    if count != len(feed.entries):  # feedparser skips what it does not understand, without a word
        raise FeedError(f"{len(feed.entries)} of {count} entries can be told apart", about=about)
    return list(feed.entries)


def _without_namespace(root: Element, own: str) -> None:
    """Take the feed's own namespace, whatever it is called, from its elements, and white space from all others."""
    for element in root.iter():
        space, _, name = element.tag.rpartition("}")
        element.tag = name if space == own else f"{''.join(space.split())}}}{name}" if space else name


def _entries_of(root: Element) -> list[Element]:
    """The elements of entries: those of the feed's own namespace, unless there are none."""
    every = [element for element in root.iter() if local_name(element) in _ENTRIES]
    return [element for element in every if element.tag in _ENTRIES] or every


def _in_utf8(document: bytes) -> bytes:
    """The document in UTF-8 if it declares another encoding, unless its bytes are UTF-8 all the same. What calls itself
    Latin-1 is read as browsers do, with the signs that Windows adds; what calls itself UTF-16 in plain letters is none.
    """
    declared = _DECLARATION.match(document)
    if declared is None or declared[1].lower() in {b"utf-8", b"utf8"}:
        return document if document.isascii() or _is_utf8(document) else _guessed(document)
    if not document.isascii() and _is_utf8(document):
        return document[declared.end() :]
    try:
        codec = codecs.lookup(declared[1].decode("ascii")).name
        if codec in _NATIVE:
            return document
        codec = "utf-8" if codec.startswith(("utf-16", "utf-32")) else codec
        codec = "cp1252" if codec == "iso8859-1" else codec
        return document[declared.end() :].decode(codec, "replace").encode()
    except (LookupError, ValueError):
        return document[declared.end() :] if document.isascii() else document


def _guessed(document: bytes) -> bytes:
    """A document that is not in the encoding it is said to be in: as it is if only some of its signs are not, else in that
    of Japanese pages if it reads as Japanese, else in that of Western ones.
    """
    text = document.decode("utf-8", "replace")
    lost = text.count("\N{REPLACEMENT CHARACTER}")
    if b"\0" in document or lost <= sum(char > "\x7f" for char in text) - lost:
        return document
    for codec in ("euc_jp", "cp932"):
        try:
            text = document.decode(codec)
        except UnicodeDecodeError:
            continue
        if 4 * sum("\u3041" <= char <= "\u30ff" for char in text) >= sum(char > "\x7f" for char in text):
            return _WHOLE_DECLARATION.sub("", text).encode()
    if _MANY_SIGNS.search(document):
        return document
    return _WHOLE_DECLARATION.sub("", document.decode("cp1252", "replace")).encode()


def _is_utf8(document: bytes) -> bool:
    try:
        document.decode()
    except UnicodeDecodeError:
        return False
    return True


def _entry(parsed: Any, element: Element, of_all: RawEntry, url: str) -> RawEntry:
    guid = next(_texts(element, {"guid"}), "")
    # Unless the feed says otherwise, feedparser takes every guid for a link.
    no_page = parsed.get("guidislink") and not guid.lower().startswith("http")
    links = [*_texts(element, {"origLink"}), "" if no_page else str(parsed.get("link", ""))]
    links += _texts(element, {"article_link"})
    links += [str(link.get("href", "")) for link in parsed.get("links", []) if link.get("rel") == "alternate"]
    contents = [str(content.get("value", "")) for content in parsed.get("content", [])]
    return RawEntry(
        title=str(parsed.get("title", "")) or next(_texts(element, {"article_title"}), ""),
        links=tuple(dict.fromkeys(link.strip() for link in links if link.strip() not in {"", url})),
        identifiers=tuple(dict.fromkeys(text for text in _texts(element, _IDENTIFIERS) if text)),
        summary=str(parsed.get("summary", "")),
        content=max(contents, key=len, default=""),
        creators=tuple(_creators(element, {"creator", "authors", "author"})) or of_all.creators,
        dated=_dated(parsed, element),
        venue=_venue(element, str(parsed.get("title", ""))) or of_all.venue,
    )


def _texts(element: Element, names: Any) -> Iterator[str]:
    """The texts of the child elements with these names, in whatever namespace: of one that only holds others its title, or
    what it says in the first of its languages (J-STAGE).
    """
    for child in element:
        if local_name(child) in names:
            parts = [] if (child.text or "").strip() else [part for part in child if text_of(part).strip()]
            titles = [part for part in parts if local_name(part) == "title"]
            yield " ".join("".join(next(iter((*titles, *parts)), child).itertext()).split())


def _venue(element: Element, title: str) -> str:
    """The journal that an entry names; some put the title there by mistake, and a citation after the name."""
    for name in _VENUES:
        for text in _texts(element, {name}):
            if text and text != title.strip():
                return text.partition(", Published online")[0]
    return ""


def _creators(element: Element, names: Collection[str]) -> Iterator[str]:
    """The people in the child elements with these names: their text, or the names in them, in the first language."""
    for child in element:
        if local_name(child) not in names:
            continue
        if len(child) == 0 or local_name(child) != "author":
            yield text_of(child).strip()
            continue
        for language in (child, *child):
            found = [text_of(part).strip() for part in language if local_name(part) == "name"]
            yield from found
            if found:
                break


def _dated(parsed: Any, element: Element) -> date | None:
    """The day of an entry as the feed writes it, whatever its time zone, else as feedparser understands it."""
    for name in _DATES:
        if day := next(filter(None, map(day_in, _texts(element, {name}))), None):
            return day
    for name in ("published_parsed", "updated_parsed"):
        if isinstance(when := dict.get(parsed, name), struct_time):  # get() would warn
            try:
                return date(when.tm_year, when.tm_mon, when.tm_mday)
            except ValueError:
                continue
    return None


_VERSION = "jsonfeed.org/version/1"


def read_json_feed(document: bytes, about: str, url: str = "") -> list[RawEntry | str]:
    """Parse a JSON Feed into its entries, in order; an entry that cannot be parsed is replaced by a text that says why.
    Relative links are resolved by the feed's `url`, or by the home page that it names. Raises FeedError if it is no
    JSON Feed.
    """
    try:
        feed = json.loads(document.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise FeedError(f"cut off or not JSON: {str(error)[:120]}", about=about) from error
    if not isinstance(feed, dict) or _VERSION not in str(feed.get("version", "")):
        raise FeedError("JSON came that is no JSON Feed", about=about, remedy="check the feed's address")
    items = feed.get("items")
    if not isinstance(items, list):
        raise FeedError("the JSON Feed has no list of items", about=about)
    base = _absolute(url, _json_text(feed, "home_page_url"))
    return [_json_entry(item, base, _people(feed)) if isinstance(item, dict) else "no object" for item in items]


def _json_entry(item: dict[str, Any], base: str, of_all: tuple[str, ...]) -> RawEntry:
    links = filter(None, (_json_text(item, "url"), _json_text(item, "external_url")))
    return RawEntry(
        title=_json_text(item, "title"),
        links=tuple(_absolute(base, link) for link in links),
        identifiers=tuple(filter(None, (_json_text(item, "id"), _json_text(item, "doi"), _json_text(item, "_doi")))),
        summary=_json_text(item, "summary"),
        content=_json_text(item, "content_html") or _json_text(item, "content_text"),
        creators=_people(item) or of_all,
        dated=day_in(_json_text(item, "date_published")) or day_in(_json_text(item, "date_modified")),
    )


def _people(said: dict[str, Any]) -> tuple[str, ...]:
    """The authors that an item, or the feed for all of its items, names."""
    people = said.get("authors") if isinstance(said.get("authors"), list) else [said.get("author")]
    return tuple(name for one in people or () if isinstance(one, dict) and (name := _json_text(one, "name")))


def _json_text(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
