"""Reads arXiv's daily feeds of new papers, RSS or Atom, from the network, files or folders
(info.arxiv.org/help/rss_specifications and atom_specifications).

It uses defusedxml, because feedparser 6.0.14 changes text even without sanitizing (`cafÃ©` becomes `café`, U+0093 a
quotation mark, outer white space is removed) and reads a truncated document as if it were complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree.ElementTree import Element

from watcher.adapters.sources.document import only_text, optional_text, parse_xml, text_of
from watcher.adapters.sources.fetch import MAX_BYTES, DocumentFetcher, parse_url
from watcher.adapters.sources.paper import announcement, read_paper
from watcher.domain.errors import ConfigError, FeedError
from watcher.domain.papers.paper import Announcement, AnnounceType
from watcher.ports import Reading

BASE_URL = "https://rss.arxiv.org/rss/"
_CATEGORY = re.compile(r"[a-z-]+(?:\.[A-Za-z-]+)?")
_URL = re.compile(r"https?://", re.IGNORECASE)
_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_ERROR_TITLE = "Feed error for query:"  # arXiv's answer to an unknown category, a valid and empty feed
_SEPARATOR = re.compile(r"\s*[,+]\s*")  # `cs.AI+cs.CL` is asked for, `cs.AI, cs.CL` stands in the title
_TITLE_CATEGORY = re.compile(r"[A-Za-z-]+(?:\.[A-Za-z-]+)?")
_TITLE_END = " updates on arXiv.org"
# Archives that are parted into categories (arxiv.org/category_taxonomy): what is asked of one of these may be in any of its categories.
_PARTED = frozenset({"astro-ph", "cond-mat", "cs", "econ", "eess", "math", "nlin", "physics", "q-bio", "q-fin", "stat"})
# RSS puts id and announce type before the abstract.
_LEAD = re.compile(r"arXiv:\S+ Announce Type: \S+\s*\nAbstract: ")


class ArxivRss:
    """Source that reads arXiv's daily RSS feeds, each once per run. With one category per feed a stale category is
    noticed separately.

    `categories` are arXiv's (`cs.CL`), or several joined with `+`, requested from `base_url`. `feeds` are files,
    folders of *.xml files, or URLs whose hosts the fetcher allows. Raises ConfigError for an invalid category.
    """

    name = "arxiv"

    def __init__(
        self,
        fetcher: DocumentFetcher,
        *,
        categories: Sequence[str] = (),
        feeds: Sequence[str | Path] = (),
        base_url: str = BASE_URL,
    ) -> None:
        for category in categories:
            if not all(_CATEGORY.fullmatch(part) for part in category.split("+")):
                raise ConfigError("not a category of arXiv", about=repr(category), remedy="write e.g. cs.CL")
        self._fetcher = fetcher
        self._categories = tuple(categories)
        self._feeds = tuple(feeds)
        self._base_url = base_url.rstrip("/") + "/"

    def read(self) -> Iterable[Reading]:
        """Fetch the feeds one after another and yield a Reading (announcements or an error) for each."""
        for name, place, asked in self._places():
            try:
                if isinstance(place, Path):
                    document = _content(place)
                else:
                    document = self._fetcher.get(place, about=name, remember=True)
                yield read_feed(document, name, asked)
            except FeedError as error:
                yield Reading(name, error=error)

    def _places(self) -> Iterator[tuple[str, str | Path, Sequence[str]]]:
        """The name of each feed, its URL or file, and the categories that are asked for by that URL."""
        for category in self._categories:
            yield category, self._base_url + category, category.split("+")
        for feed in self._feeds:
            if isinstance(feed, str) and _URL.match(feed):
                name = "?"
                with suppress(FeedError):  # it is no URL, which the fetcher will say
                    name = feed_name(feed)
                yield name, feed, ()
            else:
                path = Path(feed)
                for file in sorted(path.glob("*.xml")) or [path]:
                    yield file.name, file, ()


def _content(file: Path) -> bytes:
    """The content of a file within the limits of a download. Raises FeedError."""
    if file.is_dir():
        raise FeedError("no *.xml file in this folder", about=file.name, remedy="check the path")
    try:
        with file.open("rb") as stream:
            document = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise FeedError(f"cannot be read: {error.strerror}", about=file.name, remedy="check the path") from error
    if len(document) > MAX_BYTES:
        raise FeedError(f"the document is larger than {MAX_BYTES} bytes", about=file.name)
    return document


def feed_name(url: str) -> str:
    """The name by which messages call a feed: host and path of its URL, without user, password and query. Raises
    FeedError.
    """
    parsed = parse_url(url)
    return f"{parsed.host}{parsed.path}"


@dataclass(frozen=True, slots=True)
class _Dialect:
    """The element names of one format, RSS or Atom."""

    entry: str
    id: str
    title: str
    text: str
    date: str
    built: str


_RSS_NAMES = _Dialect("item", "guid", "title", "description", "pubDate", "pubDate")
_ATOM_NAMES = _Dialect(*(_ATOM + name for name in ("entry", "id", "title", "summary", "published", "updated")))


def read_feed(document: bytes, feed: str, asked: Sequence[str] = ()) -> Reading:
    """Parse one of arXiv's RSS or Atom feeds into a Reading; entries that cannot be parsed are listed in `broken`. An
    entry without categories gets those that were `asked` for, else those in the feed's title.

    Raises FeedError if the document is empty, not well-formed, no feed, arXiv's error feed, declares entities, or if
    none of its entries can be parsed. A feed without entries is normal: arXiv announced nothing.
    """
    root = parse_xml(document, feed)
    head, names = _head(root, feed)
    built = _date(text_of(head.find(names.built)))
    categories = tuple(asked) or _named_in(text_of(head.find(names.title)))
    announcements: list[Announcement] = []
    broken: list[str] = []
    for place, entry in enumerate(root.iter(names.entry), start=1):
        try:
            announcements.append(_announcement(entry, names, feed, built, categories))
        except FeedError as error:
            broken.append(f"entry {place} ({text_of(entry.find(names.id)).strip()[:60]!r}): {error.message}")
    if broken and not announcements:
        raise FeedError(f"none of {len(broken)} entries can be read; {broken[0]}", about=feed)
    return Reading(feed, tuple(announcements), broken=tuple(broken), announced_on=built)


def _head(root: Element, feed: str) -> tuple[Element, _Dialect]:
    """The element with the feed's metadata, and the element names to use."""
    head = root.find("channel") if root.tag == "rss" else root
    names = _RSS_NAMES if root.tag == "rss" else _ATOM_NAMES
    if head is None or root.tag not in {"rss", f"{_ATOM}feed"}:
        raise FeedError(f"a <{root.tag[:60]}> document came instead of a feed", about=feed)
    title = text_of(head.find(names.title)).strip()
    if not title:
        raise FeedError("the feed has no title, so it is not arXiv's", about=feed)
    if title.startswith(_ERROR_TITLE):
        raise FeedError(f"arXiv says {title[:200]!r}", about=feed, remedy="check the names of the categories")
    return head, names


def _named_in(title: str) -> tuple[str, ...]:
    """The categories in a feed's title such as `cs.AI, cs.CL updates on arXiv.org`."""
    names = _SEPARATOR.split(title.strip().removesuffix(_TITLE_END))
    return tuple(names) if all(map(_TITLE_CATEGORY.fullmatch, names)) and title.strip().endswith(_TITLE_END) else ()


def _announcement(
    entry: Element, names: _Dialect, feed: str, built: date | None, asked: tuple[str, ...]
) -> Announcement:
    text = only_text(entry, names.text)
    lead = _LEAD.match(text)
    announced = _date(text_of(entry.find(names.date)))
    categories = tuple(_categories(entry)) or tuple(name for name in asked if name not in _PARTED)
    if not categories:
        raise FeedError("no category, and the feed names none")
    paper = read_paper(
        only_text(entry, names.id),
        title=only_text(entry, names.title),
        abstract=text[lead.end() :] if lead else text,
        authors_raw=text_of(entry.find(f"{_DC}creator")),
        categories=categories,
        doi=optional_text(entry, f"{_ARXIV}DOI"),
        journal_ref=optional_text(entry, f"{_ARXIV}journal_reference"),
        license=optional_text(entry, f"{_DC}rights"),
    )
    stated = only_text(entry, f"{_ARXIV}announce_type")
    try:
        return announcement(paper, AnnounceType(stated), feed, announced or built)
    except ValueError as error:
        raise FeedError(f"unknown announce_type {stated[:60]!r}") from error


def _categories(entry: Element) -> Iterator[str]:
    """The categories of an entry: RSS holds them as text, Atom as an attribute."""
    for tag in ("category", f"{_ATOM}category"):
        for element in entry.findall(tag):
            if category := (element.get("term") or text_of(element)).strip():
                yield category


def _date(text: str) -> date | None:
    """The day of a timestamp in its own time zone, or None. arXiv's dates are late at times, so
    nothing relies on them.
    """
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            return read(text.strip()).date()
        except (ValueError, OverflowError):
            continue
    return None
