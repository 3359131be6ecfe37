"""Client of OpenAlex that looks up papers' citation counts and venues (developers.openalex.org), 50 papers a request.
Needs the operator's API key.

OpenAlex often lacks preprints or mixes them up, so it is only a second opinion: of two counts the lower is used, and a
venue that it alone names is not proposed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from pydantic import NonNegativeInt, TypeAdapter

from watcher.adapters.enrich.service import Answer, JsonClient, parse_answer
from watcher.domain.catalog.attention import Signal
from watcher.domain.catalog.venue import named_venue
from watcher.domain.catalog.venue_claims import VenueClaim
from watcher.domain.papers.paper import PaperId

BASE_URL: Final = "https://api.openalex.org"
_ABOUT = "OpenAlex"
_PER_CALL = 50
_FIELDS = "doi,title,cited_by_count,primary_location"
_DOI: Final = {"arxiv": "10.48550/arxiv.", "biorxiv": "", "doi": ""}


def doi_of(paper: PaperId) -> str:
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
        by_doi = {doi_of(paper): paper for paper in sorted(counted) if paper.source in _DOI}
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
