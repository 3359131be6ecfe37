"""Everything that reads announcements: arXiv's feeds and OAI-PMH, bioRxiv's feeds, files of papers.

A new source is one file here and one line in SOURCES.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol
from urllib.parse import urlsplit

from watcher.adapters.sources import arxiv, biorxiv, oai
from watcher.adapters.sources.fetch import DocumentFetcher
from watcher.ports import Source


class _Make(Protocol):
    def __call__(self, fetcher: DocumentFetcher, *, categories: Sequence[str], base_url: str) -> Source: ...


class SourceKind(NamedTuple):
    """How a source is made, and where it is asked unless the operator says otherwise."""

    make: _Make
    base_url: str


SOURCES: Final[Mapping[str, SourceKind]] = {
    "arxiv": SourceKind(arxiv.ArxivRss, arxiv.BASE_URL),
    "biorxiv": SourceKind(biorxiv.Biorxiv, biorxiv.BASE_URL),
}


def by_source(categories: Iterable[str]) -> dict[str, list[str]]:
    """Watched categories by the source that has them: those of others than arXiv begin with its name and a dot."""
    found: dict[str, list[str]] = {}
    for category in sorted(set(categories)):
        name = category.partition(".")[0]
        found.setdefault(name if name in SOURCES else "arxiv", []).append(category)
    return found


HOSTS: Final = frozenset(
    str(urlsplit(url).hostname) for url in (oai.BASE_URL, *(kind.base_url for kind in SOURCES.values()))
)
"""The public hosts of all sources, for `Fetcher(hosts=…)`."""
