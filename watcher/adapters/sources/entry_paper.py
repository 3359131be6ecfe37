"""Turns an entry of a web feed into the announcement of a paper."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

from watcher.adapters.sources.html_text import text_in
from watcher.adapters.sources.paper import announcement
from watcher.adapters.sources.people import people_of
from watcher.adapters.sources.raw_entry import RawEntry
from watcher.domain.errors import FeedError
from watcher.domain.papers.paper import (
    Announcement,
    AnnounceType,
    Paper,
    PaperId,
    address_of,
    arxiv_named,
    doi_in_link,
    find_doi,
    paper_of_doi,
    paper_of_link,
    version_of_doi,
)
from watcher.domain.text import clipped, encodable, visible

_LONGEST_TITLE, _LONGEST_ABSTRACT, _LONGEST_URL, _LONGEST_VENUE = 500, 5000, 2000, 200
_URL_SIGNS: Final = ":/?&=%+-._~#,;@"  # of a page's address; any other sign could be markup somewhere
_ENOUGH: Final = 200  # characters of a summary, in the place of which the whole content need not be taken
_TEASER: Final = 120  # characters of the text that stand for a title that is missing
_VERSION: Final = re.compile(r"(?<=[\d])v([1-9]\d{0,2})(?:$|[/.?#])")
# What stands before the abstract: at Nature; at PubMed; at the Royal Society of Chemistry; elsewhere.
_LEAD: Final = re.compile(
    r"^(?:.{0,120}?Published online: [^;]{4,40};\s*(?:doi:\s*10\.\S+)?|.{0,400}?\bABSTRACT:?\s"
    r"|[^:]{2,80}, (?:19|20)\d\d, [^:]{2,60} DOI ?: 10\.\S+, [A-Z]\w+(?: (?!Open )[A-Z]\w+)?"
    r"(?: Open Access This article is licensed under .{5,90}? Licence\.)?|Abstract:?\s"
    r"|[^.]{2,100}, (?:Volume \w+, Issue [^.]{1,80}|Ahead of Print|EarlyView|Just Accepted|Online First)\.\s(?=.))\s*"
)
# What stands after it: at the Royal Society of Chemistry; at PubMed; at Pensoft; under WordPress.
_TAIL: Final = re.compile(
    r"\s*(?:(?:To cite this article before page numbers|The content of this RSS Feed \(c\)|PMID: ?\d).*"
    r"|(?:\b(?:HTML|XML|PDF|EPUB)\s?){2,6}|The post .{1,300} appeared first on .{1,100}\.)$"
)
_END: Final = 600  # characters, in which all of that stands
_NOTHING: Final = re.compile(
    r"(?:n\.?/?a|none|null|no abstract(?: available)?|comments|read more)?[\W_]*", re.IGNORECASE
)
# The DOI of an entry that states it at the head of its text alone; in a sentence it is another work's.
_STATED: Final = re.compile(r"^.{0,150}?(?<![(\w])DOI ?: ?(?=10\.\d)", re.IGNORECASE)
_REDIRECTED: Final = re.compile(r"https?://(?:\w+\.)?google(?:\.\w+){1,2}/(?:url|scholar_url)\?", re.IGNORECASE)
# Pensoft names all in one text; Elsevier has no abstract, nor have Taylor & Francis and Science.
_TOLD: Final = re.compile(
    r"^(?P<venue>.{0,80}?)\s*DOI: (?P<doi>10\.\S+) Authors?: (?P<people>.{1,4000}?) Abstract:\s*(?P<text>.*)$",
    re.DOTALL,
)
_SOURCE_ONLY: Final = re.compile(
    r"^Publication date:.{0,400}?Author\(s\):\s*(?P<people>.{0,4000})$|^(?:[\w :&.-]{0,80}, )?Volume \d+[^.]{0,100}[. ]*$"
    r"|^[^.]{2,100}, (?:Ahead of Print|EarlyView|Just Accepted|Online First)\.$"
    r"|^(?!.*[a-z]{3}[.!?] [A-Z]).{2,900} DOI ?: ?10\.\S+$"  # a citation, which holds no sentence
)
# The ACL Anthology has no abstract: `A. Example and B. Sample in Proceedings of …`.
_PROCEEDINGS: Final = re.compile(r"^(?P<people>.{2,4000}?) in (?P<venue>Proceedings of .{2,300}|Findings of .{2,300})$")
_ISSUE: Final = re.compile(r"^.{2,80}?, Vol\. \d+, Pages? [\w-]+: ")  # MDPI puts it before the title
_CONTENTS: Final = re.compile(
    r"^[\w& ]+: (?P<name>.+): (?:Table of Contents|Latest Articles?|Most Recent)$", re.IGNORECASE
)


def identify(raw: RawEntry) -> tuple[PaperId, int]:
    """Identify the paper that an entry of a web feed is about, by arXiv id, DOI or link; return its id and version (1
    if none is given). Raises FeedError if the entry has none of these.
    """
    for text in (*raw.links, *raw.identifiers):
        if (arxiv := arxiv_named(text)) and ("arxiv" in text.lower() or "/" in text):
            return arxiv[0], arxiv[1] or 1
    found = next((doi for text in raw.identifiers if (doi := find_doi(text))), None)
    found = found or next((doi for link in raw.links if (doi := find_doi(link) or doi_in_link(link))), None)
    texts = () if found else (text_in(raw.summary), text_in(raw.content))
    heads = (head for text in texts if (head := _TOLD.match(text) or _STATED.match(text)))
    if found := found or next((doi for head in heads if (doi := find_doi(head.string[:300]))), None):
        copy = next((match for link in raw.links if (match := _VERSION.search(link))), None)
        stated = int(copy[1]) if copy and "rxiv.org" in raw.links[0] else 1
        return paper_of_doi(found), max(version_of_doi(found), stated)
    for text in (*raw.links, *raw.identifiers):
        if paper_id := paper_of_link(text):
            return paper_id, 1
    raise FeedError("no DOI, arXiv id or web address")


def _followed(link: str) -> str:
    """The address that a link of Google's leads to, as alerts have it; any other link as it is."""
    if not _REDIRECTED.match(link):
        return link
    asked = parse_qs(urlsplit(link).query)
    return next((url for name in ("url", "q") for url in asked.get(name, ()) if url.startswith("http")), link)


def announced(raw: RawEntry, names: Sequence[str], today: date) -> Announcement:
    """Convert an entry of a web feed to the announcement of a paper. `names` are the names that topics give the feed;
    they become the paper's categories. `today` is its date if the entry has none. Raises FeedError if the entry has no
    id or no text.
    """
    raw = replace(raw, links=tuple(map(_followed, raw.links)))
    paper_id, version = identify(raw)
    abstract, creators = _abstract(raw)
    title = clipped(_ISSUE.sub("", text_in(raw.title)), _LONGEST_TITLE) or clipped(abstract, _TEASER)
    abstract = "" if abstract == title and raw.title else abstract
    if not visible(title):
        raise FeedError("no title and no text")
    people = people_of(creators)
    doi = paper_id.native if paper_id.source in {"biorxiv", "doi"} else None
    url = next((link for link in (*raw.links, *raw.identifiers) if link.startswith(("https://", "http://"))), "")
    paper = Paper(
        id=paper_id,
        version=version,
        title_raw=title,
        abstract_raw=abstract,
        authors_raw=encodable(clipped("; ".join(people), _LONGEST_ABSTRACT)),
        title=title,
        abstract=abstract,
        authors=people,
        categories=tuple(names),
        url=address_of(paper_id) if doi else quote(url, safe=_URL_SIGNS)[:_LONGEST_URL],
        published=raw.dated or today,
        doi=doi,
        journal_ref=_venue(raw) or names[0],
    )
    kind = AnnounceType.NEW if version == 1 else AnnounceType.REPLACE
    return announcement(paper, kind, names[0], raw.dated)


def _abstract(raw: RawEntry) -> tuple[str, Sequence[str]]:
    """The abstract, or as much of a post as stands for one, and who the feed names as authors."""
    summary, content = text_in(raw.summary), text_in(raw.content)
    cut_off = summary.endswith(("...", "…", "...]", "…]")) and len(summary) < len(content) <= _LONGEST_ABSTRACT
    text = summary if len(summary) >= _ENOUGH and not cut_off else max(summary, content, key=len)
    if told := _TOLD.match(text):
        return _alone(told["text"]), raw.creators or [told["people"]]
    if told := _SOURCE_ONLY.match(text):
        return "", raw.creators or [told["people"] or ""]
    if not raw.creators and (told := _PROCEEDINGS.match(text)):
        return "", [told["people"]]
    return _alone(_LEAD.sub("", text)), raw.creators


def _alone(text: str) -> str:
    """An abstract without what follows it; "" for a text that says nothing."""
    text = (text[:-_END] + _TAIL.sub("", text[-_END:])).strip()
    return "" if _NOTHING.fullmatch(text) else clipped(text, _LONGEST_ABSTRACT)


def _venue(raw: RawEntry) -> str:
    """The journal that an entry names, without what its feed adds to the name."""
    name = text_in(raw.venue)
    if not name and (told := _TOLD.match(text_in(raw.summary)) or _PROCEEDINGS.match(text_in(raw.summary))):
        name = told["venue"]
    return clipped(found["name"] if (found := _CONTENTS.match(name)) else name, _LONGEST_VENUE)


def places(entries: Sequence[RawEntry | str]) -> Iterator[tuple[str, RawEntry | str]]:
    """Pair each entry of a feed with the text by which error messages refer to it."""
    for number, entry in enumerate(entries, start=1):
        yield f"entry {number}" + (f" ({entry.label})" if isinstance(entry, RawEntry) else ""), entry
