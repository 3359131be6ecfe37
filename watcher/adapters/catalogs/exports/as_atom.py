"""Exports the newest entries of the catalog as an Atom feed, those written by people included."""

from __future__ import annotations

from watcher.adapters.catalogs.exports.atom import FeedEntry, feed, urn
from watcher.adapters.catalogs.exports.source import ExportSource, url_of
from watcher.words_ja.catalog import FEED_TITLE

_MOST = 100  # entries; feed readers fetch the whole document each time


def render(source: ExportSource) -> bytes:
    """Render the catalog's newest hundred entries of known date as an Atom feed, newest first; of entries with the same
    time the last in the file comes first.
    """
    dated = [(at, entry) for entry in reversed(source.reading.entries) if (at := source.dated(entry))]
    dated.sort(key=lambda pair: pair[0], reverse=True)
    entries = [
        FeedEntry(
            title=entry.title,
            ident=url_of(entry) or urn(f"catalog entry:{entry.title}"),
            url=url_of(entry),
            updated=at,
            authors=(entry.authors,) if entry.authors else (),
            terms=entry.categories,
            summary=entry.summary,
        )
        for at, entry in dated[:_MOST]
    ]
    title = " — ".join(filter(None, (source.reading.title, FEED_TITLE)))
    return feed(title, urn(f"catalog:{source.reading.title}"), entries)
