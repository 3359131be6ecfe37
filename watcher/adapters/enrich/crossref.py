"""Client of Crossref that looks up where papers were published (api.crossref.org, github.com/CrossRef/rest-api-doc), 40
DOIs a request.

Crossref holds what publishers registered for a DOI. Preprints of arXiv have DOIs of another agency, so a paper can be
looked up only if the DOI of its publication is known from arXiv's metadata or another service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from pydantic import Field, TypeAdapter

from watcher.adapters.enrich.service import Answer, JsonClient, parse_answer
from watcher.domain.catalog.attention import Signal
from watcher.domain.catalog.venue import is_workshop, named_venue, paper_length
from watcher.domain.catalog.venue_claims import Trust, VenueClaim
from watcher.domain.errors import FeedError
from watcher.domain.papers.paper import PaperId
from watcher.domain.text import fold

BASE_URL: Final = "https://api.crossref.org"
_ABOUT = "Crossref"
_PER_CALL = 40
_FIELDS = "DOI,type,title,container-title,event,page,published"
_DOI = re.compile(r"10\.\d{4,9}/[^\s,|]+")
_PREPRINTS = "10.48550/"  # arXiv's own DOIs, registered with DataCite
_PUBLISHED: Final = frozenset({"journal-article", "proceedings-article", "book-chapter"})


class _Event(Answer):
    name: str = ""
    acronym: str = ""


class _Date(Answer):
    parts: list[list[int | None]] = Field(alias="date-parts")


class _Work(Answer):
    doi: str = Field(alias="DOI")
    type: str
    title: list[str] = Field(default=[])
    container: list[str] = Field(default=[], alias="container-title")
    event: _Event = _Event()
    page: str = ""
    published: _Date | None = None

    @property
    def names(self) -> list[str]:
        """The names of what it stands in, the shortest first."""
        return [fold(name) for name in (self.event.acronym, *self.container, self.event.name) if fold(name)]

    @property
    def year(self) -> int | None:
        """The year of publication."""
        return next((part for parts in (self.published.parts if self.published else ()) for part in parts[:1]), None)


class _Works(Answer):
    total: int = Field(alias="total-results")
    items: list[_Work]


class _Message(Answer):
    message: _Works


_SHAPE = TypeAdapter(_Message)


class Crossref:
    """Client of Crossref that looks up where papers were published, by DOI (implements ports.Enricher). `contact` is an
    e-mail address or URL; requests with an e-mail address are served from Crossref's faster "polite" pool.
    """

    name = _ABOUT

    def __init__(self, ask: JsonClient, contact: str = "", base_url: str = BASE_URL) -> None:
        self._ask = ask
        self._polite = {"mailto": contact} if re.fullmatch(r"[^@\s]+@[^@\s]+", contact) else {}
        self._url = f"{base_url.rstrip('/')}/works?"

    def signals(
        self, papers: Sequence[PaperId], known: Mapping[PaperId, Sequence[Signal]], now: datetime
    ) -> Sequence[Signal]:
        """Look up the venues of those papers whose publication's DOI is in `known`, the signals (figures about papers)
        from other services. A DOI that Crossref does not know gives an empty claim. Raises FeedError.
        """
        by_doi = {doi: paper for paper in papers for doi in _dois(known.get(paper, ()))}
        dois, works = list(by_doi), dict[str, _Work]()
        for start in range(0, len(dois), _PER_CALL):
            works |= {work.doi.lower(): work for work in self._works(dois[start : start + _PER_CALL])}
        asked = dict.fromkeys(by_doi.values())
        claims = {paper: tuple(_claim(works[d]) for d in dois if d in works and by_doi[d] == paper) for paper in asked}
        return [Signal(paper, self.name, now, claims=claims[paper] or (_silent(),)) for paper in asked]

    def _works(self, dois: Sequence[str]) -> Sequence[_Work]:
        query = {"filter": ",".join(f"doi:{doi}" for doi in dois), "rows": len(dois), "select": _FIELDS, **self._polite}
        answer = self._ask(self._url + urlencode(query), about=_ABOUT)
        if answer is None:
            raise FeedError("the list of works is not there", about=_ABOUT, remedy="check WATCHER_CROSSREF_URL")
        found = parse_answer(answer, _SHAPE, _ABOUT).message
        if found.total and not found.items:
            raise FeedError(f"{found.total} works are said to exist, none is listed", about=_ABOUT)
        published = [work for work in found.items if work.type in _PUBLISHED]
        if published and not any(work.names for work in published):
            raise FeedError("an answer of another shape: no work names what it stands in", about=_ABOUT)
        return found.items


def _dois(signals: Sequence[Signal]) -> Iterator[str]:
    """The DOIs of publications that others gave, in lower case."""
    for signal in signals:
        doi = signal.doi.strip().lower().removeprefix("https://doi.org/")
        if _DOI.fullmatch(doi) and not doi.startswith(_PREPRINTS):
            yield doi


def _silent() -> VenueClaim:
    return VenueClaim(_ABOUT, "DOI", "")


def _claim(work: _Work) -> VenueClaim:
    """What one registered work says about its venue."""
    names, title = work.names, fold(" ".join(work.title[:1]))
    if not names or work.type not in _PUBLISHED:
        return VenueClaim(_ABOUT, "type", work.type, title=title)
    field = "event" if names[0] == fold(work.event.acronym) else "container-title"
    # A workshop's acronym often looks like the conference's, but some name of it says what it is.
    known = next(filter(None, (named_venue(name, work.year) for name in names)), "")
    container = fold(" ".join(work.container[-1:]))  # of a chapter the series comes first, then the book
    text = container if any(map(is_workshop, names)) else known or container
    length = next(filter(None, map(paper_length, names)), "")
    return VenueClaim(_ABOUT, field, names[0], text, Trust.RECORD, title, work.page, length)
