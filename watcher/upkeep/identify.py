"""The entries of a catalog turned into the papers they are about: by id where they name one, else by search."""

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
    """One look-up for all ids, one search for each entry without; `common` are abbreviations of no distinction.

    `progress` is told (done, of how many) after each search, which take turns of some seconds. Raises FeedError, after
    what was known by then.
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
