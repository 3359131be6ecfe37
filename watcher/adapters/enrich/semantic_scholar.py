"""Citation counts and venues from Semantic Scholar (api.semanticscholar.org/api-docs, `paper/batch`), 500 papers a
request.

An unknown id gives null at its position. Without an API key all users share one quota, so HTTP 429 is common; such
papers are asked for again another day.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import Field, NonNegativeInt, TypeAdapter

from watcher.adapters.enrich.ask import Answer, JsonClient, parse_answer
from watcher.domain.catalog.attention import Signal
from watcher.domain.errors import FeedError
from watcher.domain.papers.paper import PaperId

BASE_URL: Final = "https://api.semanticscholar.org"
_ABOUT = "Semantic Scholar"
_IDS_PER_CALL = 500
_PREFIX: Final = {"arxiv": "ARXIV", "biorxiv": "DOI"}
_PAUSE = 1.1  # seconds between calls: one a second is allowed with a key

# The venue is taken from the DBLP key, which is exact; Semantic Scholar's own year is often that of the preprint.
_CONFERENCE = re.compile(r"conf/(?P<series>[a-z]+)/[^/]*?(?P<year>\d\d)[a-z]*")
_SERIES: Final = {
    **dict.fromkeys(("nips", "neurips"), "NeurIPS"),
    **{
        name: name.upper()
        for name in (*("icml", "acl", "naacl", "eacl", "aaai", "ijcai", "cvpr", "iccv", "eccv"), "icra", "iros", "kdd")
    },
    "iclr": "ICLR",
    "emnlp": "EMNLP",
    "coling": "COLING",
    "corl": "CoRL",
    "mm": "ACM MM",
    "uist": "UIST",
    "chi": "CHI",
    "www": "WWW",
    "colm": "COLM",
    "cogsci": "CogSci",
    "atal": "AAMAS",
    "interspeech": "Interspeech",
}
_JOURNALS: Final = {"journals/tmlr/": "TMLR", "journals/jmlr/": "JMLR", "journals/tacl/": "TACL"}


class _Record(Answer):
    citations: NonNegativeInt | None = Field(default=None, alias="citationCount")
    identifiers: Mapping[str, Any] | None = Field(default=None, alias="externalIds")


_SHAPE = TypeAdapter(list[_Record | None])


class SemanticScholar:
    """A client of Semantic Scholar's batch endpoint (implements ports.Enricher). `key` may be empty; `sleep` waits
    between requests.
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
        self._url = f"{base_url.rstrip('/')}/graph/v1/paper/batch?fields=citationCount,externalIds"
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

    def _batch(self, papers: Sequence[PaperId]) -> Sequence[_Record | None]:
        body = json.dumps({"ids": [f"{_PREFIX[paper.source]}:{paper.native}" for paper in papers]}).encode()
        answer = self._ask(self._url, about=_ABOUT, body=body, headers=self._headers)
        if answer is None:
            raise FeedError("the batch service is not there", about=_ABOUT, remedy="check WATCHER_S2_URL")
        records = parse_answer(answer, _SHAPE, _ABOUT)
        if len(records) != len(papers):
            raise FeedError(f"{len(records)} answers for {len(papers)} papers", about=_ABOUT)
        return records


def _signal(paper: PaperId, record: _Record | None, now: datetime) -> Signal:
    if record is None:
        return Signal(paper, SemanticScholar.name, now)
    key = str((record.identifiers or {}).get("DBLP", ""))
    return Signal(paper, SemanticScholar.name, now, citations=record.citations, venue=venue_of(key))


def venue_of(dblp: str) -> str:
    """The venue that a DBLP key names, in the catalog's spelling; "" for a preprint or an unknown series."""
    found = _CONFERENCE.fullmatch(dblp)
    if found and found["series"] in _SERIES:
        return f"{_SERIES[found['series']]} {2000 + int(found['year'])}"
    return next((name for start, name in _JOURNALS.items() if dblp.startswith(start)), "")
