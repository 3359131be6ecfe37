"""Client of GitHub that counts the stars of papers' repositories (docs.github.com/rest/repos), one request each.
Without a token 60 requests an hour are allowed, with one 5,000.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from pydantic import NonNegativeInt, TypeAdapter

from watcher.adapters.enrich.ask import Answer, JsonClient, parse_answer
from watcher.domain.catalog.attention import Signal
from watcher.domain.papers.paper import PaperId

BASE_URL: Final = "https://api.github.com"
_ABOUT = "GitHub"
_MOST = 50  # requests in one call, so that an hour's quota without a token is not used up


class _Repository(Answer):
    stargazers_count: NonNegativeInt


_SHAPE = TypeAdapter(_Repository)


class GithubStars:
    """Client of GitHub that looks up the stars of papers' repositories (implements ports.Enricher). `token` may be
    empty.
    """

    name = "GitHub"

    def __init__(self, ask: JsonClient, token: str = "", base_url: str = BASE_URL) -> None:
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
            answer = self._ask(f"{self._url}{repository}", about=_ABOUT, headers=self._headers)
            stars = parse_answer(answer, _SHAPE, _ABOUT).stargazers_count if answer is not None else None
            found.append(Signal(paper, self.name, now, stars=stars))
        return found
