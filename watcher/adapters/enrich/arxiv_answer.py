"""Parses the answers of arXiv's search API (Atom documents) into papers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from watcher.domain.errors import FeedError, UsageError
from watcher.domain.papers.paper import Paper, arxiv_id
from watcher.domain.text import fold

_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"
_ABOUT = "arXiv's search"
_ERRORS = "/api/errors"


@dataclass(frozen=True, slots=True)
class Answer:
    """A parsed answer of arXiv's search API: the listed papers, and the total number of results that arXiv states."""

    papers: tuple[Paper, ...]
    total: int


def read_answer(document: bytes, readable: Callable[[str], str]) -> Answer:
    """Parse an answer of arXiv's search API, papers in its order. Raises FeedError for an incomplete document and for
    errors that arXiv reports.
    """
    try:
        root: Element = fromstring(document, forbid_dtd=True)
    except (DefusedXmlException, ParseError, LookupError, ValueError) as error:
        raise FeedError(f"not well-formed XML: {error}", about=_ABOUT, remedy="ask again later") from error
    if root.tag != f"{_ATOM}feed" or root.find(_TOTAL) is None:
        raise FeedError(f"a <{root.tag[:60]}> document came instead of search results", about=_ABOUT)
    entries = root.findall(f"{_ATOM}entry")
    for entry in entries:  # arXiv reports errors with HTTP 200, as an entry
        if _ERRORS in _text(entry, f"{_ATOM}id"):
            raise FeedError(f"arXiv says {_text(entry, f'{_ATOM}summary')[:200]!r}", about=_ABOUT)
    total = _text(root, _TOTAL)
    papers = tuple(_paper(entry, readable) for entry in entries)
    return Answer(papers, int(total) if total.isascii() and total.isdigit() else len(papers))


def _paper(entry: Element, readable: Callable[[str], str]) -> Paper:
    identifier = _text(entry, f"{_ATOM}id")
    try:
        paper_id, version = arxiv_id(identifier)
    except UsageError as error:
        raise FeedError(f"no paper's id: {identifier[:80]!r}", about=_ABOUT) from error
    title, abstract = _raw(entry, f"{_ATOM}title"), _raw(entry, f"{_ATOM}summary")
    authors = [_text(author, f"{_ATOM}name") for author in entry.findall(f"{_ATOM}author")]
    primary = entry.find(f"{_ARXIV}primary_category")
    terms = [element.get("term", "") for element in entry.findall(f"{_ATOM}category")]
    # The primary category goes first, as in arXiv's other formats.
    categories = [primary.get("term", ""), *terms] if primary is not None else terms
    return Paper(
        id=paper_id,
        version=version or 1,
        title_raw=title,
        abstract_raw=abstract,
        authors_raw=", ".join(authors),
        title=readable(title),
        abstract=readable(abstract),
        authors=tuple(readable(name) for name in authors if name),
        categories=tuple(dict.fromkeys(filter(None, categories))),
        url=f"https://arxiv.org/abs/{paper_id.native}",
        published=_day(_text(entry, f"{_ATOM}published")),
        doi=_text(entry, f"{_ARXIV}doi") or None,
        journal_ref=_text(entry, f"{_ARXIV}journal_ref") or None,
        comment=_text(entry, f"{_ARXIV}comment") or None,
    )


def _raw(parent: Element, tag: str) -> str:
    element = parent.find(tag)
    return "" if element is None else "".join(element.itertext())


def _text(parent: Element, tag: str) -> str:
    return fold(_raw(parent, tag))


def _day(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None
