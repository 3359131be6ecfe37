"""Finds the arXiv paper of each catalog entry, by id if it states one, else by searching for its title."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from watcher.domain.catalog import CatalogReading, Place
from watcher.domain.catalog_match import Match, best, query_for
from watcher.ports import Metadata


def identify(
    reading: CatalogReading,
    metadata: Metadata,
    common: Collection[str],
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[tuple[Place, Match]]:
    """The match for each entry: one lookup for all ids, then one search for each entry without an id.

    `common` are abbreviations too frequent to identify a paper. `progress` is called with (done, total) after each
    search, which takes some seconds because of arXiv's rate limit. Raises FeedError, after yielding the matches known
    by then.
    """
    known = metadata.lookup({paper for entry in reading.entries for paper in entry.ids})
    unnamed = [entry for entry in reading.entries if not entry.ids]
    for entry in reading.entries:
        if entry.ids:
            paper = next((known[named] for named in entry.ids if named in known), None)
            yield entry.place, Match(paper, 1.0 if paper else 0.0, by_id=True)
    for done, entry in enumerate(unnamed, 1):
        yield entry.place, best(entry, metadata.search(query_for(entry, common)), common)
        if progress:
            progress(done, len(unnamed))
