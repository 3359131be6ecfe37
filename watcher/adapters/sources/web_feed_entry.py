"""Turns an entry of a web feed into the announcement of a paper: its id, the plain text of its HTML, and the names of its
authors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from html import unescape
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

from watcher.adapters.sources.paper import announcement
from watcher.adapters.sources.web_feed_formats import RawEntry
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


def _identify(raw: RawEntry) -> tuple[PaperId, int]:
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
    paper_id, version = _identify(raw)
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


_INITIALS: Final = re.compile(r"(?:[^\W\d_]{1,2}\.[ -]?)+")  # "J. D.", "K.-I."
_SURNAME_FIRST: Final = re.compile(r"\S.* [A-Z]{1,3}\.?")  # "Smith JA", where all are written so
_BODIES: Final = frozenset({"AI", "ML", "NLP"})  # "Sample AI" is no person
_MAIL: Final = re.compile(r"\S+@\S+")
_BETWEEN_PEOPLE: Final = re.compile(r"\s+(?:and|&)\s+|\s*;\s*|\s*\n\s*")
_LABEL: Final = re.compile(r"^(?:by|authors?(?:\(s\))?)\s*:?\s+", re.IGNORECASE)
_MOST_NAMES, _LONGEST_NAME = 500, 200


def people_of(lines: Sequence[str]) -> tuple[str, ...]:
    """Parse the author lines of a feed's entry into the names of its authors, in their order, each with the given name
    first.

    If there are several lines, each with at most one comma is one person; any other line may list several, separated by
    commas, semicolons, "&" or "and". Names with the surname first are turned round: "Doe, Jane", "Kukla, D.", and
    "Smith JA" if all names of the entry have that form. Duplicates and names without letters are left out.
    """
    found: list[str] = []
    for line in lines:
        parts = [part.strip() for part in _clean(line).split(",") if part.strip()]
        if len(lines) > 1 and len(parts) <= 2:
            found.append(" ".join(reversed(parts)))
        else:
            for group in _BETWEEN_PEOPLE.split(_LABEL.sub("", line.strip())):
                found += _names(_clean(group))
    if all(_SURNAME_FIRST.fullmatch(name) and name.split()[-1] not in _BODIES for name in found):
        found = [" ".join([name.split()[-1].rstrip("."), *name.split()[:-1]]) for name in found]
    return tuple(dict.fromkeys(name[:_LONGEST_NAME] for name in found if any(map(str.isalpha, name))))[:_MOST_NAMES]


def _names(text: str) -> Iterator[str]:
    """The names between commas; in `Kukla, D., van der Waals, J. D.` initials belong to the name before."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not any(_INITIALS.fullmatch(part) for part in parts):
        yield from [" ".join(reversed(parts))] if len(parts) == 2 and " " not in parts[0] else parts
        return
    waiting = ""
    for part in parts:
        if waiting and _INITIALS.fullmatch(part):
            yield f"{part} {waiting}"
            waiting = ""
        else:
            if waiting:
                yield waiting
            waiting = part
    if waiting:
        yield waiting


def _clean(line: str) -> str:
    """A line without markup and addresses; of `jane@example.org (Jane Doe)` the name remains."""
    text = text_in(line)
    if _MAIL.search(text):
        text = _MAIL.sub(" ", text).strip()
        text = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    return text


_BLOCKS: Final = (
    "address article aside blockquote br caption center dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5"
    " h6 header hr img li main nav ol p pre section table tbody td tfoot th thead tr ul"
)
_INLINE: Final = (
    "a abbr acronym audio b bdi bdo big button cite code data del dfn em embed font i iframe input ins kbd label link mark"
    " meta object picture q s samp semantics small source span strike strong sub sup svg time tt u var video wbr"
)
_TAG: Final = re.compile(
    rf"</?(?:(?P<block>{'|'.join(_BLOCKS.split())})|{'|'.join(_INLINE.split())}|(?:jats|mml|m|inline|xhtml):?[a-z-]*)"
    r"(?:\s[^<>]*=[^<>]*)?\s*/?>",  # "a <b and c> d" is no tag
    re.IGNORECASE,
)
_UNSEEN: Final = re.compile(
    r"<(script|style|svg|(?P<formula>annotation(?:-xml)?))\b[^<>]*>.*?</\1\s*>|<!--.*?-->|<!\[CDATA\[|\]\]>",
    re.IGNORECASE | re.DOTALL,
)

_LONGEST_HTML: Final = 200_000  # characters; far more than an abstract with its markup


def text_in(html: str) -> str:
    """Extract the text from a piece of HTML, on one line. HTML that a feed has escaped twice is unescaped twice. What
    looks like a tag and is none stays.
    """
    text, tags = html[:_LONGEST_HTML], 0
    for _ in range(2):
        if "<" in text or "]]>" in text:
            text = _UNSEEN.sub(lambda part: "" if part["formula"] else " ", text)
        text, tags = _TAG.subn(lambda tag: " " if tag["block"] else "", text)
        text = unescape(text)
        if tags:
            break
    return " ".join(text.split())
