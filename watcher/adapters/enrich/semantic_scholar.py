"""Client of Semantic Scholar that looks up papers' citation counts and venues (api.semanticscholar.org/api-docs,
`paper/batch`), 500 papers a request.

An unknown id gives null at its position. Without an API key all users share one quota, so HTTP 429 is common; such
papers are asked for again another day.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from pydantic import Field, NonNegativeInt, TypeAdapter

from watcher.adapters.enrich.service import Answer, JsonClient, parse_answer
from watcher.domain.catalog.attention import Signal
from watcher.domain.catalog.match import FoundWork, same_title
from watcher.domain.catalog.venue import acl_venue, dblp_venue, is_workshop, named_venue, paper_length
from watcher.domain.catalog.venue_claims import Trust, VenueClaim
from watcher.domain.errors import FeedError
from watcher.domain.papers.paper import PaperId
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
    """Client of Semantic Scholar that looks up papers' citation counts and venues (implements ports.Enricher), and
    works by title. `key` may be empty; `sleep` waits between requests.
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
