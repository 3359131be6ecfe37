"""Looks up papers in arXiv's search API by id and by title (info.arxiv.org/help/api/user-manual). Implements
ports.Metadata.

The API lists ten results by default, answers a malformed id with an entry titled "Error", and at times states a number
of results and lists none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

from watcher.adapters.sources.document import optional_text, parse_xml, text_of
from watcher.adapters.sources.fetch import DocumentFetcher
from watcher.adapters.sources.paper import day_of, read_paper
from watcher.domain.catalog.match import Query
from watcher.domain.errors import FeedError
from watcher.domain.papers.paper import Paper, PaperId

BASE_URL: Final = "https://export.arxiv.org/api/query"
_IDS_PER_CALL = 100
_RESULTS = 25  # enough to hold the paper meant among others with similar titles
_LONGEST_WORDS = 3  # long words are rare, so these three identify a title best
_PLAIN = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")  # anything else makes the API answer HTTP 400
_APOSTROPHE = re.compile(r"\S*['’`]\S*")


class ArxivMetadata:
    """A client of arXiv's search API, whose URL is `base_url`."""

    name = "arXiv"

    def __init__(self, fetcher: DocumentFetcher, base_url: str = BASE_URL) -> None:
        self._fetcher = fetcher
        self._base_url = base_url

    def lookup(self, ids: Iterable[PaperId]) -> Mapping[PaperId, Paper]:
        """Fetch the newest version of papers by their ids; ids that arXiv does not know are left out. Raises FeedError,
        also if none of several ids is found.
        """
        found: dict[PaperId, Paper] = {}
        wanted = sorted({paper for paper in ids if paper.source == "arxiv"})
        for _ in range(2):  # an answer at times lacks papers that the next one holds
            missing = [paper for paper in wanted if paper not in found]
            for start in range(0, len(missing), _IDS_PER_CALL):
                chunk = missing[start : start + _IDS_PER_CALL]
                answer = self._ask(id_list=",".join(paper.native for paper in chunk), max_results=len(chunk))
                found.update({paper.id: paper for paper in answer.papers})
        if len(wanted) > 1 and not found:  # one id may be wrong, all of them hardly
            raise FeedError(f"none of {len(wanted)} ids was found", about=self.name, remedy="ask again later")
        return found

    def search(self, query: Query) -> Sequence[Paper]:
        """Search arXiv for a paper by its title (and author), most relevant first; empty if the query contains no
        words.

        Raises FeedError, also if arXiv twice states a number of results and lists none.
        """
        text = search_query(query)
        if not text:
            return ()
        for _ in range(2):
            answer = self._ask(search_query=text, max_results=_RESULTS, sortBy="relevance")
            if answer.papers or not answer.total:
                return answer.papers
        raise FeedError(f"{answer.total} results are said to exist, none is listed", about=self.name)

    def _ask(self, **parameters: str | int) -> Answer:
        url = f"{self._base_url}?{urlencode({'start': 0, **parameters})}"
        return read_answer(self._fetcher.get(url, about=_ABOUT))


def search_query(query: Query) -> str:
    """Build arXiv's `search_query` parameter for a paper: its title as a phrase, OR a name in title or abstract, OR the
    longest words of the title, with the author if known.
    """
    words = _PLAIN.findall(query.title)
    phrases = [f'ti:"{phrase}"'] if (phrase := _phrase(query.title)) else []
    phrases += [f'{field}:"{name}"' for text in query.names if (name := _phrase(text)) for field in ("ti", "abs")]
    rare = [f"ti:{word}" for word in sorted(dict.fromkeys(words), key=lambda word: -len(word))[:_LONGEST_WORDS]]
    if rare and _PLAIN.fullmatch(query.author):
        phrases.append(f"(au:{query.author} AND ({' OR '.join(rare)}))")
    elif rare:
        phrases.append(f"({' AND '.join(rare)})")
    return " OR ".join(phrases)


def _phrase(text: str) -> str:
    """The longest run of words without an apostrophe; search engines split words at apostrophes in different ways."""
    runs = [" ".join(_PLAIN.findall(run)) for run in _APOSTROPHE.split(text)]
    return max(runs, key=len)


_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"
_ABOUT = "arXiv's search"
_ERRORS = "/api/errors"
_VERSIONED = re.compile(r"v\d+$")


@dataclass(frozen=True, slots=True)
class Answer:
    """A parsed answer of arXiv's search API: the listed papers, and the total number of results that arXiv states."""

    papers: tuple[Paper, ...]
    total: int


def read_answer(document: bytes) -> Answer:
    """Parse an answer of arXiv's search API, papers in its order. Raises FeedError for an incomplete document and for
    errors that arXiv reports.
    """
    root = parse_xml(document, _ABOUT)
    if root.tag != f"{_ATOM}feed" or root.find(_TOTAL) is None:
        raise FeedError(f"a <{root.tag[:60]}> document came instead of search results", about=_ABOUT)
    entries = root.findall(f"{_ATOM}entry")
    for entry in entries:  # arXiv reports errors with HTTP 200, as an entry
        if _ERRORS in text_of(entry.find(f"{_ATOM}id")):
            raise FeedError(f"arXiv says {(optional_text(entry, f'{_ATOM}summary') or '')[:200]!r}", about=_ABOUT)
    total = text_of(root.find(_TOTAL)).strip()
    papers = tuple(map(_paper, entries))
    return Answer(papers, int(total) if total.isascii() and total.isdigit() else len(papers))


def _paper(entry: Element) -> Paper:
    identifier = text_of(entry.find(f"{_ATOM}id")).strip()
    names = [optional_text(author, f"{_ATOM}name") or "" for author in entry.findall(f"{_ATOM}author")]
    # The primary category goes first, as in arXiv's other formats.
    categories = [*entry.findall(f"{_ARXIV}primary_category"), *entry.findall(f"{_ATOM}category")]
    try:
        return read_paper(
            identifier if _VERSIONED.search(identifier) else f"{identifier}v1",
            title=text_of(entry.find(f"{_ATOM}title")),
            abstract=text_of(entry.find(f"{_ATOM}summary")),
            authors_raw=", ".join(names),
            authors=filter(None, names),
            categories=filter(None, (element.get("term") for element in categories)),
            published=day_of(text_of(entry.find(f"{_ATOM}published"))),
            doi=optional_text(entry, f"{_ARXIV}doi"),
            journal_ref=optional_text(entry, f"{_ARXIV}journal_ref"),
            comment=optional_text(entry, f"{_ARXIV}comment"),
        )
    except FeedError as error:
        raise FeedError(error.message, about=_ABOUT) from error
