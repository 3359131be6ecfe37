"""Settings -> the sources to read, the way back through time, and the one way out to the network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from watcher.adapters.sources import HOSTS, SOURCES, by_source
from watcher.adapters.sources.arxiv import ArxivRss
from watcher.adapters.sources.fetch import Fetcher, Gets
from watcher.adapters.sources.oai import ArxivOai
from watcher.adapters.sources.pace import ARXIV_HOSTS
from watcher.adapters.store import SqlStore
from watcher.adapters.store.pace import DatabasePace
from watcher.ports import CatchUps, Source, Window
from watcher.settings import Settings


def watched_categories(settings: Settings) -> dict[str, list[str]]:
    """The watched categories by source; arXiv's in one query: one request a poll, and one merged reading."""
    watched = by_source(category for topic in settings.topics for category in topic.categories)
    return watched | ({"arxiv": ["+".join(watched["arxiv"])]} if "arxiv" in watched else {})


def make_fetcher(settings: Settings, store: SqlStore, feeds: Sequence[str]) -> Fetcher:
    """The one way out to sources: their hosts and the operator's own, one polite row over all processes."""
    env = settings.env
    named = [*feeds, *settings.values.sources.arxiv.feeds]
    own = [env.WATCHER_BIORXIV_URL, env.WATCHER_ARXIV_RSS_URL, env.WATCHER_ARXIV_OAI_URL, env.WATCHER_ARXIV_API_URL]
    return Fetcher(
        contact=env.WATCHER_CONTACT,
        own_urls=[*own, *(feed for feed in named if "://" in feed)],
        hosts=HOSTS,
        pace=DatabasePace(store.database, ARXIV_HOSTS),
    )


def make_sources(settings: Settings, feeds: Sequence[str], fetcher: Gets) -> list[Source]:
    """The named feeds alone, or one source for each that has watched categories."""
    bases = {"arxiv": settings.env.WATCHER_ARXIV_RSS_URL, "biorxiv": settings.env.WATCHER_BIORXIV_URL}
    named = list(feeds or settings.values.sources.arxiv.feeds)
    if named:
        return [ArxivRss(fetcher, feeds=named, base_url=bases["arxiv"])]
    return [
        SOURCES[name].make(fetcher, categories=categories, base_url=bases.get(name, SOURCES[name].base_url))
        for name, categories in watched_categories(settings).items()
    ]


def make_catch_up(settings: Settings, store: SqlStore, fetcher: Gets) -> CatchUps:
    """ArXiv's full list, for any window."""

    def make(window: Window) -> ArxivOai:
        return ArxivOai(
            fetcher,
            categories=frozenset(by_source(window.categories).get("arxiv", [])),
            since=window.since,
            known=partial(store.known_ids, topics=settings.topics),
            cross_listed=partial(store.cross_listed, topics=settings.topics),
            left_off=window.left_off,
            base_url=settings.env.WATCHER_ARXIV_OAI_URL,
            patience=0,  # the fetcher has it
        )

    return make
