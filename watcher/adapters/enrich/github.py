"""Repositories turned into their stars by GitHub, one question each. An Enricher for where it is switched on.

The API: docs.github.com/rest/repos. Without a token 60 questions an hour are allowed, with one 5,000.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from pydantic import NonNegativeInt, TypeAdapter

from watcher.adapters.enrich.ask import Answer, Ask, read
from watcher.domain.attention import Signal
from watcher.domain.paper import PaperId

BASE_URL: Final = "https://api.github.com"
_ABOUT = "GitHub"
_MOST = 50


class _Repository(Answer):
    stargazers_count: NonNegativeInt


_SHAPE = TypeAdapter(_Repository)


class GithubStars:
    """Asks for the repositories that another service named; `token` may be empty."""

    name = "GitHub"

    def __init__(self, ask: Ask, token: str = "", base_url: str = BASE_URL) -> None:
        self._ask = ask
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._url = f"{base_url.rstrip('/')}/repos/"

    def signals(
        self, papers: Sequence[PaperId], known: Mapping[PaperId, Sequence[Signal]], now: datetime
    ) -> Sequence[Signal]:
        """A signal for each paper with a repository. Raises FeedError."""
        named = {paper: signal.repository for paper in papers for signal in known.get(paper, ()) if signal.repository}
        found: list[Signal] = []
        for paper, repository in list(named.items())[:_MOST]:
            answer = self._ask(f"{self._url}{repository}", about=_ABOUT, headers=self._headers)
            stars = read(answer, _SHAPE, _ABOUT).stargazers_count if answer is not None else None
            found.append(Signal(paper, self.name, now, stars=stars))
        return found
