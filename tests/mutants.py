"""Damaged documents of every source, and the promise that holds for all of them.

Whatever happens to a document's bytes, every entry is given, named as broken, or refused with its document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final
from xml.parsers import expat

from watcher.adapters.sources.arxiv import read_feed
from watcher.adapters.sources.biorxiv import read_biorxiv
from watcher.adapters.sources.oai import read_page
from watcher.adapters.sources.web_feed import WebFeed, read_web_feed
from watcher.adapters.sources.web_feed_entry import announced
from watcher.adapters.sources.web_feed_formats import RawEntry, read_json_feed, read_xml_feed
from watcher.domain.errors import FeedError
from watcher.domain.papers.paper import PaperId

_DATA = Path(__file__).parent / "data"

HOSTILE: Final = (
    b"\x00",
    b"\x0c",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"&#0;",
    b"&#x202e;",
    b"&nbsp;",
    b"&amp;",
    b"<",
    b"]]>",
    b"<![CDATA[",
    b"<!--",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
    b"<?xml version='1.1'?>",
    b'xmlns="urn:x"',
    b"99999999999999999999",
    b"v0",
    b"encoding='utf-16'",
)


# All that XML may forbid, in UTF-8: control characters, surrogates, U+FFFE, U+FFFF; and any reference to a character.
_FORBIDDEN: Final = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xed[\xa0-\xbf][\x80-\xbf]|\xef\xbf[\xbe\xbf]|&#(?:[0-9]+|x[0-9A-Fa-f]+);"
)

_CDATA_END: Final = re.compile(rb"(<!\[CDATA\[.*?\]\]>)|\]\]>", re.DOTALL)
_DECLARATION: Final = re.compile(rb"^<\?[^>]*>")  # perhaps a damaged one


def first_records(document: bytes, count: int) -> bytes:
    """A shorter page: its first records and its token."""
    head, *records = document.split(b"<record>")
    tail = b"<resumptionToken" + records[-1].partition(b"<resumptionToken")[2]
    return b"<record>".join([head, *records[:count]]) + tail


def read_feed_counts(document: bytes) -> int:
    """How many entries of one of arXiv's feeds are accounted for."""
    reading = read_feed(document, "mutant")
    return len(reading.announcements) + len(reading.broken)


def read_page_counts(document: bytes) -> int:
    """How many records of an OAI-PMH page are accounted for."""
    page = read_page(document, "mutant")
    return len(page.records) + len(page.deleted) + len(page.broken)


def read_biorxiv_counts(document: bytes) -> int:
    """How many entries of one of bioRxiv's feeds are accounted for."""
    reading = read_biorxiv(document, "mutant")
    return len(reading.announcements) + len(reading.broken)


_FEED: Final = WebFeed("https://x.example.org/feed", ("mutant",), ())
_NOW: Final = datetime(2026, 11, 30, tzinfo=UTC)


def read_web_feed_counts(document: bytes) -> int:
    """How many entries of a web feed are accounted for: each is given, the same as one that is given, or named."""
    reading = read_web_feed(document, _FEED, _NOW)
    given = {(a.paper.id, a.paper.version) for a in reading.announcements}
    if document.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}:
        entries = read_json_feed(document, "mutant", _FEED.url)
    else:
        entries = read_xml_feed(document, "mutant", _FEED.url)
    return sum(isinstance(entry, str) or _is_told(entry, given) for entry in entries)


def _is_told(entry: RawEntry, given: AbstractSet[tuple[PaperId, int]]) -> bool:
    try:
        said = announced(entry, _FEED.names, _NOW.date())
    except FeedError:
        return True
    return (said.paper.id, said.paper.version) in given


def _twice(document: bytes, tag: bytes) -> bytes:
    """A document with one entry more, like the one it has."""
    head, begin, rest = document.partition(b"<" + tag + b">")
    entry, end, tail = rest.partition(b"</" + tag + b">")
    other = entry.replace(b"plans", b"maps").replace(b"Probing", b"Drawing")
    return head + begin + entry + end + begin + other + end + tail


# Per kind of document: a whole one, the element that holds an entry, and what accounts for entries.
KINDS: Final[Mapping[str, tuple[bytes, str, Callable[[bytes], int]]]] = {
    "feed": (
        (_DATA / "feeds" / "rss_cs.LG+cs.AI+cs.CL+stat.ML_2026-09-24_excerpt.xml").read_bytes(),
        "item",
        read_feed_counts,
    ),
    "oai": (
        first_records((_DATA / "oai" / "rendered_listrecords_arXivRaw_page1.xml").read_bytes(), 4),
        "record",
        read_page_counts,
    ),
    "journal": ((_DATA / "webfeeds" / "medrxiv.xml").read_bytes(), "item", read_web_feed_counts),
    "search": ((_DATA / "webfeeds" / "pubmed.xml").read_bytes(), "item", read_web_feed_counts),
    "blog": (_twice((_DATA / "webfeeds" / "jekyll_lab.xml").read_bytes(), b"entry"), "entry", read_web_feed_counts),
    "json": ((_DATA / "webfeeds" / "json_feed.json").read_bytes(), "", read_web_feed_counts),
    "biorxiv": ((_DATA / "biorxiv" / "neuroscience.xml").read_bytes(), "item", read_biorxiv_counts),
}


def count_entries(document: bytes, tag: str) -> int:
    """How many elements of this name begin in a document, in whatever namespace, by bare expat; of JSON the items.

    Characters that XML forbids, bytes that are no UTF-8, ampersands and ends of CDATA that did not begin stand for nothing
    here: they are replaced before a document is read, as what stands before or after it is passed over.
    """
    if not tag:
        return len(json.loads(document.decode("utf-8-sig", "replace"))["items"])
    begun: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _attributes: begun.append(name.rpartition(":")[2])
    try:
        parser.Parse(document, True)  # noqa: FBT003 - the only way to say that nothing follows
    except (expat.ExpatError, LookupError):  # the latter for an encoding that there is not
        legal = _FORBIDDEN.sub(b"?", document.decode("utf-8", "replace").encode())
        legal = legal[max(0, legal.find(b"<")) : legal.rfind(b">") + 1].replace(b"&", b"?")
        legal = _DECLARATION.sub(b"", legal)
        legal = _CDATA_END.sub(lambda found: found[1] or b"?", legal)
        if legal == document:
            raise
        return count_entries(legal, tag)
    return begun.count(tag)


def mutant(document: bytes, random: Random) -> bytes:
    """The document with one to three wounds."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        document = random.choice(_WOUNDS)(document, random)
    return document


def account(kind: str, document: bytes) -> str:
    """`read` or `refused`, as the promise allows. Raises AssertionError for an entry lost, and whatever crashed."""
    _, tag, count = KINDS[kind]
    try:
        accounted = count(document)
    except FeedError as error:
        if error.about != "mutant":
            raise AssertionError(f"nobody can tell which feed this is about: {error}") from error
        return "refused"
    if accounted < (entries := count_entries(document, tag)):
        raise AssertionError(f"{accounted} of {entries} entries are accounted for")
    return "read"


def _overwrite(document: bytes, random: Random) -> bytes:
    place = random.randrange(len(document) + 1)
    patch = random.randbytes(random.randrange(1, 7))
    return document[:place] + patch + document[place + len(patch) :]


def _cut_out(document: bytes, random: Random) -> bytes:
    place = random.randrange(len(document) + 1)
    return document[:place] + document[place + random.choice((1, 10, 100, 1000, 3000)) :]


def _cut_off(document: bytes, random: Random) -> bytes:
    return document[: random.randrange(len(document) + 1)]


def _repeat(document: bytes, random: Random) -> bytes:
    start, end = sorted(random.randrange(len(document) + 1) for _ in range(2))
    return document[:end] + document[start:]


def _insert(document: bytes, random: Random) -> bytes:
    place = random.randrange(len(document) + 1)
    return document[:place] + random.choice(HOSTILE) + document[place:]


def _move_tags(document: bytes, random: Random) -> bytes:
    """From one tag's beginning to another's: what is left is often well-formed."""
    places = [place for place, byte in enumerate(document) if byte == ord("<")]
    if len(places) < 2:
        return document
    start, end = sorted(random.sample(places, 2))
    return document[:start] + (document[end:] if random.random() < 0.5 else document[start:end] + document[start:])


def _rename(document: bytes, random: Random) -> bytes:
    """A pair of tags takes another pair's name."""
    names = [piece.split(b">")[0].split()[0] for piece in document.split(b"</")[1:] if piece.split(b">")[0].split()]
    if not names:
        return document
    old, new = random.choice(names), random.choice(names)
    which = random.randrange(1, 4)
    return document.replace(b"<" + old, b"<" + new, which).replace(b"</" + old, b"</" + new, which)


def _recode(document: bytes, random: Random) -> bytes:
    return document.decode("utf-8", "replace").encode(
        random.choice(("utf-16", "utf-16-be", "latin-1", "cp037")), "replace"
    )


_WOUNDS: Final[tuple[Callable[[bytes, Random], bytes], ...]] = (
    _overwrite,
    _cut_out,
    _cut_off,
    _repeat,
    _insert,
    _move_tags,
    _move_tags,
    _rename,
    _rename,
    _recode,
)
