"""Clients that ask Semantic Scholar and OpenAlex which papers cite given ones (both implement ports.CitationIndex).

Semantic Scholar (api.semanticscholar.org/api-docs/graph): a response of `paper/batch` holds at most 9,999 citations and
1,000 of one paper, newest first; beyond that, lists come empty although papers are cited (github.com/allenai/s2-folks,
issues 70, 117 and 199). Nine papers a request stay below these limits, and `paper/{id}/citations` with dates gives the
rest.

OpenAlex (developers.openalex.org): a filter joins up to 100 ids by `|`, a page holds 100 works, and cursors need a key
while pages do not. The `referenced_works` of a citing work tell which of the ids it cites.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

from pydantic import BeforeValidator, Field, NonNegativeInt, TypeAdapter

from watcher.adapters.enrich.openalex import BASE_URL as OPENALEX
from watcher.adapters.enrich.openalex import doi_of
from watcher.adapters.enrich.semantic_scholar import BASE_URL as SEMANTIC_SCHOLAR
from watcher.adapters.enrich.service import Answer, ServiceClient
from watcher.domain.errors import BudgetSpent, FeedError, UsageError
from watcher.domain.papers.citations import CitingPapers, is_within
from watcher.domain.papers.paper import PaperId, arxiv_id, papers_named

Pair = tuple[PaperId, PaperId]

_IN_BATCH: Final = 9  # with 1,000 citations each below the 9,999 of an answer
_PAGE = 1000
_NEARLY_ALL = 0.9  # a paper's count and its list differ by a few that were merged


def _day(value: Any) -> Any:
    """A date as services write it; None for a year alone or another form."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


class _Citing(Answer):
    # Without defaults: an answer that lacks them has another form, and is no list of papers without arXiv ids.
    external_ids: Mapping[str, Any] | None = Field(alias="externalIds")
    published: Annotated[date | None, BeforeValidator(_day)] = Field(alias="publicationDate")


class _Cited(Answer):
    count: NonNegativeInt = Field(alias="citationCount")
    citations: list[_Citing] | None


class _Citation(Answer):
    citing: _Citing = Field(alias="citingPaper")


class _Citations(Answer):
    data: list[_Citation]
    next: NonNegativeInt | None = None


_BATCH = TypeAdapter(list[_Cited | None])
_LIST = TypeAdapter(_Citations)


class SemanticScholarCitations:
    """Client of Semantic Scholar that finds the papers citing given ones. Without an API key (`keyed`) all users share
    one quota, so only one batch of papers is asked about in a call, a different one each week.
    """

    name = "Semantic Scholar"

    def __init__(self, client: ServiceClient, *, keyed: bool, base_url: str = SEMANTIC_SCHOLAR) -> None:
        self._client, self._keyed = client, keyed
        self._url = f"{base_url.rstrip('/')}/graph/v1/paper/"

    def citing(self, papers: Sequence[PaperId], since: date) -> CitingPapers:
        """The arXiv papers published since a day that cite one of the given papers, by Semantic Scholar. A failure or
        the end of the request budget is named in the result, beside what was found before.
        """
        asked = _turned(sorted(paper for paper in papers if paper.source == "arxiv"), since)
        return _collected(self._client, self._pairs(asked, since), cut=not self._keyed and len(asked) > _IN_BATCH)

    def _pairs(self, papers: Sequence[PaperId], since: date) -> Iterator[Pair]:
        lacking: list[PaperId] = []
        for start in range(0, len(papers), _IN_BATCH):
            chunk = papers[start : start + _IN_BATCH]
            for paper, record in zip(chunk, self._batch(chunk), strict=True):
                if record is None:  # the service does not know it
                    continue
                yield from _pairs(record.citations or (), paper, since)
                if not _is_whole(record, since):
                    lacking.append(paper)
            if not self._keyed:
                return
        for paper in lacking:
            yield from self._list(paper, since)

    def _batch(self, papers: Sequence[PaperId]) -> Sequence[_Cited | None]:
        fields = "citationCount,citations.externalIds,citations.publicationDate"
        body = json.dumps({"ids": [f"ARXIV:{paper.native}" for paper in papers]}).encode()
        url = f"{self._url}batch?fields={fields}"
        return self._client.get(url, _BATCH, body=body, fits=lambda records: len(records) == len(papers))

    def _list(self, paper: PaperId, since: date) -> Iterator[Pair]:
        offset: int | None = 0
        while offset is not None:
            query = {"fields": "externalIds,publicationDate", "publicationDateOrYear": f"{since.isoformat()}:"}
            url = f"{self._url}ARXIV:{quote(paper.native)}/citations?{urlencode({**query, 'offset': offset, 'limit': _PAGE})}"
            page = self._client.get(url, _LIST)
            yield from _pairs([one.citing for one in page.data], paper, since)
            offset = page.next if page.next is not None and page.next > offset else None


class _Location(Answer):
    landing_page_url: str | None = None
    pdf_url: str | None = None


class _Known(Answer):
    id: str
    doi: str | None


class _Work(_Known):
    referenced_works: list[str]
    locations: list[_Location] | None
    publication_date: Annotated[date | None, BeforeValidator(_day)]


class _Meta(Answer):
    count: NonNegativeInt


class _KnownWorks(Answer):
    meta: _Meta
    results: list[_Known]


class _Works(Answer):
    meta: _Meta
    results: list[_Work]


_KNOWN = TypeAdapter(_KnownWorks)
_WORKS = TypeAdapter(_Works)
_IDS_A_FILTER, _WORKS_A_PAGE = 50, 100
_IDS_FRESH = timedelta(days=28)


class OpenAlexCitations:
    """Client of OpenAlex that finds the papers citing given ones, newest first, in as many requests as the budget
    allows.
    """

    name = "OpenAlex"

    def __init__(self, client: ServiceClient, base_url: str = OPENALEX) -> None:
        self._client = client
        self._url = f"{base_url.rstrip('/')}/works?"

    def citing(self, papers: Sequence[PaperId], since: date) -> CitingPapers:
        """The arXiv papers published since a day that cite one of the given papers, by OpenAlex. A failure or the end
        of the request budget is named in the result, beside what was found before.
        """
        asked = sorted(paper for paper in papers if paper.source == "arxiv")
        return _collected(self._client, self._pairs(asked, since))

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
        by_doi = {doi_of(paper): paper for paper in papers}
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


def _lists(answer: _KnownWorks | _Works) -> bool:
    """Whether an answer lists something where it says that there is something."""
    return bool(answer.results) or not answer.meta.count


def _collected(client: ServiceClient, pairs: Iterator[Pair], *, cut: bool = False) -> CitingPapers:
    """All pairs, or those up to where the budget ends or the service fails."""
    found, error = set[Pair](), ""
    try:
        for citing, cited in pairs:
            if citing != cited:
                found.add((citing, cited))
    except BudgetSpent:
        cut = True
    except FeedError as raised:
        error = str(raised)
    return CitingPapers(frozenset(found), client.sent, cut, error)


def _pairs(citing: Sequence[_Citing], cited: PaperId, since: date) -> Iterator[Pair]:
    for one in citing:
        try:
            paper = arxiv_id(str((one.external_ids or {}).get("ArXiv") or ""))[0]
        except UsageError:  # it is not on arXiv
            continue
        if is_within(paper, one.published, since):
            yield paper, cited


def _is_whole(record: _Cited, since: date) -> bool:
    """Whether a list of citing papers holds all of them since a day: nearly as many as are counted, or newest first and
    reaching back before that day.
    """
    found = record.citations or []
    if len(found) >= record.count * _NEARLY_ALL:
        return True
    days = [one.published for one in found if one.published is not None]
    return bool(days) and all(later >= earlier for later, earlier in pairwise(days)) and days[-1] < since


def _turned(papers: Sequence[PaperId], since: date) -> Sequence[PaperId]:
    """Another nine papers first each week, so that where one batch may be asked for each paper has its turn."""
    start = (since.toordinal() // 7 * _IN_BATCH) % len(papers) if papers else 0
    return [*papers[start:], *papers[:start]]


def _arxiv_paper(work: _Work) -> PaperId | None:
    places = [url for place in work.locations or () for url in (place.landing_page_url, place.pdf_url) if url]
    return next((paper for text in [work.doi or "", *places] for paper in papers_named(text)), None)


def _key(work: str) -> str:
    """The id of a work without its address."""
    return work.rpartition("/")[2]
