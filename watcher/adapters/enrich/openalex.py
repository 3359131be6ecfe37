"""Clients of OpenAlex (developers.openalex.org): papers' citation counts and venues, 50 papers a request, which needs the
operator's API key; and the papers that cite given ones.

OpenAlex often lacks preprints or mixes them up, so its figures are only a second opinion: of two counts the lower is
used, and a venue that it alone names is not proposed.

In the search for citing papers a filter joins up to 100 ids by `|`, a page holds 100 works, and cursors need a key while
pages do not. The `referenced_works` of a citing work tell which of the ids it cites.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

from pydantic import BeforeValidator, NonNegativeInt, TypeAdapter

from watcher.adapters.enrich.service import (
    Answer,
    JsonClient,
    Pair,
    ServiceClient,
    collected,
    day_or_none,
    parse_answer,
)
from watcher.domain.catalog.attention import Signal
from watcher.domain.catalog.venue import named_venue
from watcher.domain.catalog.venue_claims import VenueClaim
from watcher.domain.papers.citations import CitingPapers, is_within
from watcher.domain.papers.paper import PaperId, papers_named

BASE_URL: Final = "https://api.openalex.org"
_ABOUT = "OpenAlex"
_PER_CALL = 50
_FIELDS = "doi,title,cited_by_count,primary_location"
_DOI: Final = {"arxiv": "10.48550/arxiv.", "biorxiv": "", "doi": ""}


def _doi_of(paper: PaperId) -> str:
    """The DOI under which OpenAlex lists a paper (for arXiv `10.48550/arxiv.…`), in lower case. Raises KeyError for a
    source without DOIs.
    """
    return f"{_DOI[paper.source]}{paper.native}".lower()


class _Source(Answer):
    display_name: str | None = None
    type: str | None = None


class _Location(Answer):
    source: _Source | None = None
    raw_source_name: str | None = None


class _Work(Answer):
    """A work. Fields that were selected always come, null where nothing is known."""

    doi: str | None
    title: str | None
    cited_by_count: NonNegativeInt | None
    primary_location: _Location | None


class _Works(Answer):
    results: list[_Work]


_SHAPE = TypeAdapter(_Works)


class OpenAlex:
    """Client of OpenAlex that looks up papers' citation counts and venues by DOI (implements ports.Enricher). `key` is
    the operator's API key.
    """

    name = "OpenAlex"

    def __init__(self, ask: JsonClient, key: str, base_url: str = BASE_URL) -> None:
        self._ask = ask
        self._key = key
        self._url = f"{base_url.rstrip('/')}/works?"

    def signals(
        self, papers: Sequence[PaperId], known: Mapping[PaperId, Sequence[Signal]], now: datetime
    ) -> Sequence[Signal]:
        """Citation count and venue of each paper for which another service already gave a citation count (in `known`).
        Raises FeedError.
        """
        # Only where there is a first opinion: of two counts the lower one is used.
        counted = {paper for paper in papers if any(s.citations is not None for s in known.get(paper, ()))}
        by_doi = {_doi_of(paper): paper for paper in sorted(counted) if paper.source in _DOI}
        dois, found = list(by_doi), dict[PaperId, _Work]()
        for start in range(0, len(dois), _PER_CALL):
            wanted = "|".join(dois[start : start + _PER_CALL])
            query = {"filter": f"doi:{wanted}", "select": _FIELDS, "per-page": _PER_CALL}
            answer = self._ask(
                self._url + urlencode(query), about=_ABOUT, headers={"Authorization": f"Bearer {self._key}"}
            )
            works = parse_answer(answer, _SHAPE, _ABOUT).results if answer is not None else []
            for work in works:
                paper = by_doi.get((work.doi or "").lower().removeprefix("https://doi.org/"))
                if paper is not None:
                    found[paper] = work
        return [_signal(paper, found.get(paper), now) for paper in by_doi.values()]


def _signal(paper: PaperId, work: _Work | None, now: datetime) -> Signal:
    if work is None:
        return Signal(paper, OpenAlex.name, now)
    place = work.primary_location
    names = (
        [name for name in (place.raw_source_name, place.source and place.source.display_name) if name] if place else []
    )
    repository = place is not None and place.source is not None and place.source.type == "repository"
    text = "" if repository else next(filter(None, map(named_venue, names)), "")
    claim = VenueClaim(_ABOUT, "primary_location", names[0] if names else "", text, title=work.title or "")
    return Signal(paper, OpenAlex.name, now, citations=work.cited_by_count, claims=(claim,))


class _Copy(Answer):
    landing_page_url: str | None = None
    pdf_url: str | None = None


class _Known(Answer):
    id: str
    doi: str | None


class _CitingWork(_Known):
    referenced_works: list[str]
    locations: list[_Copy] | None
    publication_date: Annotated[date | None, BeforeValidator(day_or_none)]


class _Meta(Answer):
    count: NonNegativeInt


class _KnownWorks(Answer):
    meta: _Meta
    results: list[_Known]


class _CitingWorks(Answer):
    meta: _Meta
    results: list[_CitingWork]


_KNOWN = TypeAdapter(_KnownWorks)
_WORKS = TypeAdapter(_CitingWorks)
_IDS_A_FILTER, _WORKS_A_PAGE = 50, 100
_IDS_FRESH = timedelta(days=28)


class OpenAlexCitations:
    """Client of OpenAlex that finds the papers citing given ones, newest first, in as many requests as the budget
    allows.
    """

    name = "OpenAlex"

    def __init__(self, client: ServiceClient, base_url: str = BASE_URL) -> None:
        self._client = client
        self._url = f"{base_url.rstrip('/')}/works?"

    def citing(self, papers: Sequence[PaperId], since: date) -> CitingPapers:
        """The arXiv papers published since a day that cite one of the given papers, by OpenAlex. A failure or the end
        of the request budget is named in the result, beside what was found before.
        """
        asked = sorted(paper for paper in papers if paper.source == "arxiv")
        return collected(self._client, self._pairs(asked, since))

    def _pairs(self, papers: Sequence[PaperId], since: date) -> Iterator[Pair]:
        works = {
            work: paper
            for start in range(0, len(papers), _IDS_A_FILTER)
            for work, paper in self._works_of(papers[start : start + _IDS_A_FILTER]).items()
        }
        ids = sorted(works)
        for start in range(0, len(ids), _IDS_A_FILTER):
            yield from self._citing(ids[start : start + _IDS_A_FILTER], works, since)

    def _works_of(self, papers: Sequence[PaperId]) -> dict[str, PaperId]:
        """OpenAlex's ids of those of these papers that it knows."""
        by_doi = {_doi_of(paper): paper for paper in papers}
        query = {"filter": f"doi:{'|'.join(by_doi)}", "select": "id,doi", "per_page": _WORKS_A_PAGE}
        found = self._client.get(self._url + urlencode(query), _KNOWN, fresh=_IDS_FRESH, fits=_lists)
        named = (
            (_key(work.id), by_doi.get((work.doi or "").lower().removeprefix("https://doi.org/")))
            for work in found.results
        )
        return {work: paper for work, paper in named if paper is not None}

    def _citing(self, ids: Sequence[str], works: Mapping[str, PaperId], since: date) -> Iterator[Pair]:
        pages, page = 1, 1
        while page <= pages:
            query = {
                "filter": f"cites:{'|'.join(ids)},from_publication_date:{since.isoformat()}",
                "sort": "publication_date:desc",
                "select": "id,doi,publication_date,referenced_works,locations",
                "per_page": _WORKS_A_PAGE,
                "page": page,
            }
            found = self._client.get(self._url + urlencode(query), _WORKS, fits=_lists)
            pages = math.ceil(found.meta.count / _WORKS_A_PAGE)
            for work in found.results:
                paper = _arxiv_paper(work)
                if paper is not None and is_within(paper, work.publication_date, since):
                    yield from ((paper, works[key]) for key in map(_key, work.referenced_works) if key in works)
            page += 1


def _lists(answer: _KnownWorks | _CitingWorks) -> bool:
    """Whether an answer lists something where it says that there is something."""
    return bool(answer.results) or not answer.meta.count


def _arxiv_paper(work: _CitingWork) -> PaperId | None:
    places = [url for place in work.locations or () for url in (place.landing_page_url, place.pdf_url) if url]
    return next((paper for text in [work.doi or "", *places] for paper in papers_named(text)), None)


def _key(work: str) -> str:
    """The id of a work without its address."""
    return work.rpartition("/")[2]
