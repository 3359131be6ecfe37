"""Sources of announcements of papers: arXiv's feeds and OAI-PMH service, bioRxiv's feeds, any web feeds, files of
papers; and the client of arXiv's search API.

A new source is one file here, one line in SOURCES and its name in OTHER_SOURCES (domain/papers/topic.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol
from urllib.parse import urlsplit

from watcher.adapters.sources import arxiv, biorxiv, oai
from watcher.adapters.sources.fetch import DocumentFetcher
from watcher.ports import Source


class _Make(Protocol):
    def __call__(self, fetcher: DocumentFetcher, *, categories: Sequence[str], base_url: str) -> Source: ...


class SourceKind(NamedTuple):
    """A kind of source (a service that announces papers): the function that builds its client, and its default base
    URL.
    """

    make: _Make
    base_url: str


SOURCES: Final[Mapping[str, SourceKind]] = {
    "arxiv": SourceKind(arxiv.ArxivRss, arxiv.BASE_URL),
    "biorxiv": SourceKind(biorxiv.Biorxiv, biorxiv.BASE_URL),
}


HOSTS: Final = frozenset(
    str(urlsplit(url).hostname) for url in (oai.BASE_URL, *(kind.base_url for kind in SOURCES.values()))
)
"""The public hosts of all sources, for `Fetcher(hosts=…)`."""
