"""Clients of Hugging Face, for papers' upvotes, GitHub repositories and stars (huggingface.co/docs/hub/api), and of GitHub,
for the stars of these repositories (docs.github.com/rest/repos).

Only arXiv papers have pages at Hugging Face, and only those that somebody submitted; a missing page says nothing about a
paper. GitHub is asked once for each repository; it allows 60 requests an hour without a token, 5,000 with one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlsplit

from pydantic import Field, NonNegativeInt, TypeAdapter

from watcher.adapters.enrich.service import Answer, JsonClient, parse_answer
from watcher.domain.catalog.attention import Signal
from watcher.domain.papers.paper import PaperId

BASE_URL: Final = "https://huggingface.co"
_ABOUT = "Hugging Face"
_DAYS = 2  # a paper announced in Tokyo's afternoon is put there that day or the next
_MOST_PAGES = 100  # 500 requests in five minutes are allowed to everyone
_GITHUB = "github.com"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


class _Page(Answer):
    id: str
    upvotes: NonNegativeInt | None = None
    repository: str | None = Field(default=None, alias="githubRepo")
    stars: NonNegativeInt | None = Field(default=None, alias="githubStars")


class _Daily(Answer):
    paper: _Page


_DAY = TypeAdapter(list[_Daily])
_ONE = TypeAdapter(_Page)


class HuggingFace:
    """Client of Hugging Face (implements ports.Enricher). With `pages` it reads the page of each paper, one request for
    each, and only of the first 100 papers of a call; otherwise the daily lists of papers of today and yesterday, two
    requests however many papers are asked about.
    """

    name = "Hugging Face"

    def __init__(self, ask: JsonClient, base_url: str = BASE_URL, *, pages: bool) -> None:
        self._ask = ask
        self._url = f"{base_url.rstrip('/')}/api/"
        self._pages = pages

    def signals(
        self, papers: Sequence[PaperId], known: Mapping[PaperId, Sequence[Signal]], now: datetime
    ) -> Sequence[Signal]:
        """The upvotes, GitHub repository and stars of papers at Hugging Face, as signals with the time `now`. `known`
        is not used.

        With `pages`, there is a signal for each of the first 100 arXiv papers, without figures if it has no page.
        Otherwise there is one for each paper on the daily list of the day of `now` or of the day before, and none for
        the others. Raises FeedError.
        """
        del known
        if self._pages:
            asked = [paper for paper in papers if paper.source == "arxiv"][:_MOST_PAGES]
            return [_signal(paper, self._page(paper), now) for paper in asked]
        listed: dict[PaperId, _Page] = {}
        for back in range(_DAYS):
            day = (now - timedelta(days=back)).date().isoformat()
            answer = self._ask(f"{self._url}daily_papers?date={day}", about=_ABOUT)
            papers_of_day = parse_answer(answer, _DAY, _ABOUT) if answer is not None else []
            listed.update({PaperId("arxiv", daily.paper.id): daily.paper for daily in papers_of_day})
        return [_signal(paper, listed[paper], now) for paper in papers if paper in listed]

    def _page(self, paper: PaperId) -> _Page | None:
        answer = self._ask(f"{self._url}papers/{quote(paper.native)}", about=_ABOUT)
        page = parse_answer(answer, _ONE, _ABOUT) if answer is not None else None
        return page if page and page.id == paper.native else None


def _signal(paper: PaperId, page: _Page | None, now: datetime) -> Signal:
    if page is None:
        return Signal(paper, HuggingFace.name, now)
    repository = _repository(page.repository or "")
    return Signal(paper, HuggingFace.name, now, upvotes=page.upvotes, stars=page.stars, repository=repository)


def _repository(url: str) -> str:
    """`owner/name` from a GitHub URL, "" for any other URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    names = parts.path.strip("/").split("/")
    plain = len(names) == 2 and all(_NAME.fullmatch(name) for name in names)
    return "/".join(names).removesuffix(".git") if parts.hostname == _GITHUB and plain else ""


GITHUB_URL: Final = "https://api.github.com"
_GITHUB_NAME = "GitHub"
_MOST = 50  # requests in one call, so that an hour's quota without a token is not used up


class _Repository(Answer):
    stargazers_count: NonNegativeInt


_REPOSITORY = TypeAdapter(_Repository)


class GithubStars:
    """Client of GitHub that looks up the stars of papers' repositories (implements ports.Enricher). `token` may be
    empty.
    """

    name = "GitHub"

    def __init__(self, ask: JsonClient, token: str = "", base_url: str = GITHUB_URL) -> None:
        self._ask = ask
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._url = f"{base_url.rstrip('/')}/repos/"

    def signals(
        self, papers: Sequence[PaperId], known: Mapping[PaperId, Sequence[Signal]], now: datetime
    ) -> Sequence[Signal]:
        """Look up the stars of each paper's GitHub repository, for papers whose repository is in `known`, the signals
        (figures about papers) from other services. Raises FeedError.
        """
        named = {paper: signal.repository for paper in papers for signal in known.get(paper, ()) if signal.repository}
        found: list[Signal] = []
        for paper, repository in list(named.items())[:_MOST]:
            answer = self._ask(f"{self._url}{repository}", about=_GITHUB_NAME, headers=self._headers)
            stars = parse_answer(answer, _REPOSITORY, _GITHUB_NAME).stargazers_count if answer is not None else None
            found.append(Signal(paper, self.name, now, stars=stars))
        return found
