"""Clients of Semantic Scholar (api.semanticscholar.org/api-docs/graph): papers' citation counts and venues, works by title,
and the papers that cite given ones.

`paper/batch` takes 500 papers a request; an unknown id gives null at its position. Without an API key all users share one
quota, so HTTP 429 is common; such papers are asked for again another day.

With the papers that cite them, a response of `paper/batch` holds at most 9,999 citations and 1,000 of one paper, newest
first; beyond that, lists come empty although papers are cited (github.com/allenai/s2-folks, issues 70, 117 and 199). Nine
papers a request stay below these limits, and `paper/{id}/citations` with dates gives the rest.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

from pydantic import BeforeValidator, Field, NonNegativeInt, TypeAdapter

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
from watcher.domain.catalog.match import FoundWork, same_title
from watcher.domain.catalog.venue import acl_venue, dblp_venue, is_workshop, named_venue, paper_length
from watcher.domain.catalog.venue_claims import Trust, VenueClaim
from watcher.domain.errors import FeedError, UsageError
from watcher.domain.papers.citations import CitingPapers, is_within
from watcher.domain.papers.paper import PaperId, arxiv_id
from watcher.domain.text import fold

BASE_URL: Final = "https://api.semanticscholar.org"
_ABOUT = "Semantic Scholar"
_IDS_PER_CALL = 500
_PREFIX: Final = {"arxiv": "ARXIV", "biorxiv": "DOI", "doi": "DOI"}
_FIELDS = "title,citationCount,externalIds,venue,publicationVenue,journal"
_ACL_DOI = "10.18653/v1/"
_WITH_FINDINGS = ("conf/acl/", "conf/emnlp/", "conf/naacl/", "conf/eacl/")
_PAUSE = 1.1  # seconds between calls: one a second is allowed with a key


class _Venue(Answer):
    name: str | None = None


class _Journal(Answer):
    pages: str | None = None


class _Record(Answer):
    """A paper's record. Fields that were asked for always come, null where nothing is known: a record without them is in
    a form that is not understood.
    """

    title: str | None
    citations: NonNegativeInt | None = Field(alias="citationCount")
    identifiers: Mapping[str, Any] | None = Field(alias="externalIds")
    venue: str | None
    publication: _Venue | None = Field(alias="publicationVenue")
    journal: _Journal | None


class _Work(Answer):
    title: str | None
    year: int | None
    venue: str | None


class _Works(Answer):
    """A page of search results; without any, the list is left out."""

    total: NonNegativeInt
    data: list[_Work] = Field(default=[])


_SHAPE = TypeAdapter(list[_Record | None])
_SEARCH = TypeAdapter(_Works)
_RESULTS = 5


class SemanticScholar:
    """Client of Semantic Scholar that looks up citation counts and venues of papers (implements ports.Enricher), and
    searches for a work by its title. `key` may be empty; `sleep` waits between requests.
    """

    name = "Semantic Scholar"

    def __init__(
        self,
        ask: JsonClient,
        key: str = "",
        base_url: str = BASE_URL,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._ask = ask
        self._headers = {"x-api-key": key} if key else {}
        self._base = f"{base_url.rstrip('/')}/graph/v1/paper"
        self._sleep = sleep

    def signals(
        self, papers: Sequence[PaperId], known: Mapping[PaperId, Sequence[Signal]], now: datetime
    ) -> Sequence[Signal]:
        """Citation count and venue of each paper; a signal without figures if Semantic Scholar does not know it. Raises
        FeedError.
        """
        del known
        asked = [paper for paper in papers if paper.source in _PREFIX]
        found: list[Signal] = []
        for start in range(0, len(asked), _IDS_PER_CALL):
            if start:
                self._sleep(_PAUSE)
            chunk = asked[start : start + _IDS_PER_CALL]
            records = self._batch(chunk)
            found += [_signal(paper, record, now) for paper, record in zip(chunk, records, strict=True)]
        return found

    def find(self, title: str) -> Sequence[FoundWork]:
        """Search Semantic Scholar for works with (nearly) this title; if there are none, a single FoundWork with an
        empty title. Raises FeedError.
        """
        query = urlencode({"query": title, "fields": "title,year,venue", "limit": _RESULTS})
        answer = self._ask(f"{self._base}/search?{query}", about=_ABOUT, headers=self._headers)
        if answer is None:
            raise FeedError("the search is not there", about=_ABOUT, remedy="check WATCHER_S2_URL")
        found = parse_answer(answer, _SEARCH, _ABOUT)
        if found.total and not found.data:
            raise FeedError(f"{found.total} works are said to exist, none is listed", about=_ABOUT)
        alike = [work for work in found.data if same_title(work.title or "", title)]
        works = [FoundWork(_ABOUT, fold(work.title or ""), work.year, fold(work.venue or "")) for work in alike]
        return works or [FoundWork(_ABOUT)]

    def _batch(self, papers: Sequence[PaperId]) -> Sequence[_Record | None]:
        body = json.dumps({"ids": [f"{_PREFIX[paper.source]}:{paper.native}" for paper in papers]}).encode()
        answer = self._ask(f"{self._base}/batch?fields={_FIELDS}", about=_ABOUT, body=body, headers=self._headers)
        if answer is None:
            raise FeedError("the batch service is not there", about=_ABOUT, remedy="check WATCHER_S2_URL")
        records = parse_answer(answer, _SHAPE, _ABOUT)
        if len(records) != len(papers):
            raise FeedError(f"{len(records)} answers for {len(papers)} papers", about=_ABOUT)
        return records


def _signal(paper: PaperId, record: _Record | None, now: datetime) -> Signal:
    if record is None:
        return Signal(paper, SemanticScholar.name, now)
    doi = str((record.identifiers or {}).get("DOI", ""))
    return Signal(paper, SemanticScholar.name, now, citations=record.citations, doi=doi, claims=tuple(_claims(record)))


def _claims(record: _Record) -> Iterator[VenueClaim]:
    """What a record says about the paper's venue, one claim for each of its fields.

    The years come from the keys of ACL and DBLP, which are exact: the record's own year is often that of the preprint.
    DBLP files workshops under the key of their conference, so the names have to say that it is none; Findings as well,
    which only an id of the ACL Anthology tells from the conference. That id is also the end of its DOIs.
    """
    keys = {name: key for name, key in (record.identifiers or {}).items() if isinstance(key, str)}
    names = [(record.publication.name if record.publication else None) or "", record.venue or ""]
    said = dict[str, tuple[str, str, Trust]]()
    doi = keys.get("DOI", "").lower()
    field, acl = (
        ("ACL", keys["ACL"]) if "ACL" in keys else ("DOI", doi.removeprefix(_ACL_DOI) if _ACL_DOI in doi else "")
    )
    if acl:
        said[f"externalIds.{field}"] = (acl, acl_venue(acl), Trust.RECORD)
    if dblp := keys.get("DBLP"):
        text = "" if any(map(is_workshop, names)) else dblp_venue(dblp)
        said["externalIds.DBLP"] = (
            dblp,
            text,
            Trust.HINT if dblp.startswith(_WITH_FINDINGS) and not acl else Trust.RECORD,
        )
    named = next(filter(None, map(named_venue, names)), "")
    said["publicationVenue"] = (names[0] or names[1], named, Trust.HINT)
    pages = (record.journal.pages if record.journal else None) or ""
    for field, (raw, text, trust) in said.items():
        yield VenueClaim(_ABOUT, field, raw, text, trust, record.title or "", pages, paper_length(raw))


_IN_BATCH: Final = 9  # with 1,000 citations each below the 9,999 of an answer
_PAGE = 1000
_NEARLY_ALL = 0.9  # a paper's count and its list differ by a few that were merged


class _Citing(Answer):
    # Without defaults: an answer that lacks them has another form, and is no list of papers without arXiv ids.
    external_ids: Mapping[str, Any] | None = Field(alias="externalIds")
    published: Annotated[date | None, BeforeValidator(day_or_none)] = Field(alias="publicationDate")


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

    def __init__(self, client: ServiceClient, *, keyed: bool, base_url: str = BASE_URL) -> None:
        self._client, self._keyed = client, keyed
        self._url = f"{base_url.rstrip('/')}/graph/v1/paper/"

    def citing(self, papers: Sequence[PaperId], since: date) -> CitingPapers:
        """The arXiv papers published since a day that cite one of the given papers, by Semantic Scholar. A failure or
        the end of the request budget is named in the result, beside what was found before.
        """
        asked = _turned(sorted(paper for paper in papers if paper.source == "arxiv"), since)
        return collected(self._client, self._pairs(asked, since), cut=not self._keyed and len(asked) > _IN_BATCH)

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
