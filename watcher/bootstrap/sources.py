"""Builds the clients of services that announce papers, of arXiv's complete list (OAI-PMH), and the HTTP client they
share.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from watcher.adapters.sources import HOSTS, SOURCES
from watcher.adapters.sources.arxiv import ArxivRss, feed_name
from watcher.adapters.sources.fetch import ARXIV_HOSTS, DocumentFetcher, Fetcher, Limits
from watcher.adapters.sources.oai import ArxivOai
from watcher.adapters.sources.web_feed import Lookup, WebFeed, WebFeeds
from watcher.adapters.store import SqlStore
from watcher.adapters.store.coordination import DatabaseThrottle, HostThrottles
from watcher.domain.papers.feeds import FeedRole, Watch
from watcher.domain.papers.topic import by_source
from watcher.ports import CatchUps, Clock, Source, Window
from watcher.settings import Settings


def watched_categories(settings: Settings) -> dict[str, list[str]]:
    """The categories that topics watch, by source ("arxiv" …). ArXiv's are joined into one query, so that a poll is one
    request with one merged result.
    """
    watched = by_source(category for topic in settings.topics for category in topic.categories)
    return watched | ({"arxiv": ["+".join(watched["arxiv"])]} if "arxiv" in watched else {})


def make_fetcher(settings: Settings, store: SqlStore, feeds: Sequence[str]) -> Fetcher:
    """Build the HTTP client for feeds, which allows only the sources' hosts and those that the operator named, and
    keeps arXiv's rate limit over all processes.
    """
    env = settings.env
    named = [*feeds, *settings.values.sources.arxiv.feeds]
    own = [env.WATCHER_BIORXIV_URL, env.WATCHER_ARXIV_RSS_URL, env.WATCHER_ARXIV_OAI_URL, env.WATCHER_ARXIV_API_URL]
    return Fetcher(
        contact=env.WATCHER_CONTACT,
        own_urls=[*own, *(feed for feed in named if "://" in feed)],
        hosts=HOSTS,
        pace=DatabaseThrottle(store.database, ARXIV_HOSTS),
    )


def make_sources(settings: Settings, feeds: Sequence[str], fetcher: DocumentFetcher) -> list[Source]:
    """Build the sources of papers: only the given or configured feeds if there are any, otherwise one source for each
    service with watched categories.
    """
    bases = {"arxiv": settings.env.WATCHER_ARXIV_RSS_URL, "biorxiv": settings.env.WATCHER_BIORXIV_URL}
    named = list(feeds or settings.values.sources.arxiv.feeds)
    if named:
        return [ArxivRss(fetcher, feeds=named, base_url=bases["arxiv"])]
    return [
        SOURCES[name].make(fetcher, categories=categories, base_url=bases.get(name, SOURCES[name].base_url))
        for name, categories in watched_categories(settings).items()
    ]


def web_feeds(settings: Settings) -> tuple[WebFeed, ...]:
    """The RSS, Atom and JSON feeds that topics name, each URL once, in the order of the topics."""
    named: dict[str, list[tuple[str, str]]] = {}
    for topic in settings.topics:
        for name, url in topic.feeds.items():
            named.setdefault(url, []).append((name, topic.slug))
    return tuple(
        WebFeed(url, tuple(dict.fromkeys(name for name, _ in pairs)), tuple(slug for _, slug in pairs))
        for url, pairs in named.items()
    )


def make_web_feeds(settings: Settings, store: SqlStore, lookup: Lookup, clock: Clock) -> list[Source]:
    """Build the source that reads the RSS, Atom and JSON feeds named by topics; an empty list if no topic names one. A
    feed is requested once in a run; one that fails is requested again in the next.
    """
    feeds = web_feeds(settings)
    if not feeds:
        return []
    fetcher = Fetcher(
        contact=settings.env.WATCHER_CONTACT,
        own_urls=[feed.url for feed in feeds],
        limits=Limits(attempts=1),
        pace=HostThrottles(store.database, DatabaseThrottle(store.database, ARXIV_HOSTS)),
    )
    return [WebFeeds(fetcher, feeds, remembered=store.feeds.memory, lookup=lookup, clock=clock)]


def make_watch(settings: Settings, feeds: Sequence[str]) -> Watch:
    """How the reading of a run's feeds counts in the record of which arXiv announcement days were read, depending on
    whether they are all configured feeds, some of them, or other feeds given for this run only.
    """
    configured = settings.values.sources.arxiv.feeds
    mine = {_place(feed) for feed in configured}
    given = {_place(feed) for feed in feeds}
    if not feeds or (configured and given >= mine) or (not configured and any(map(partial(_all_of, settings), feeds))):
        return Watch()
    return Watch(FeedRole.WATCHED, _names(configured)) if given & mine else Watch(FeedRole.GIVEN)


def _place(feed: str) -> str:
    """A feed's URL or file path, normalized for comparison."""
    return feed.rstrip("/") if "://" in feed else str(Path(feed).absolute())


def _all_of(settings: Settings, feed: str) -> bool:
    """Whether a URL is that of arXiv's feed of (at least) all watched categories."""
    base = settings.env.WATCHER_ARXIV_RSS_URL.rstrip("/") + "/"
    asked = {category.lower() for category in feed.removeprefix(base).split("+")}
    watched = by_source(category for topic in settings.topics for category in topic.categories).get("arxiv", [])
    return bool(watched) and feed.startswith(base) and asked >= {category.lower() for category in watched}


def _names(feeds: Sequence[str]) -> frozenset[str]:
    """The names under which readings of these feeds are recorded; for a folder those of its files."""
    found: set[str] = set()
    for feed in feeds:
        path = Path(feed)
        if "://" in feed:
            found.add(feed_name(feed))
        else:
            found |= {file.name for file in path.glob("*.xml")} if path.is_dir() else {path.name}
    return frozenset(found)


def make_catch_up(settings: Settings, store: SqlStore, fetcher: DocumentFetcher) -> CatchUps:
    """Build the function that opens arXiv's complete list (OAI-PMH) for a past span of days."""

    def make(window: Window) -> ArxivOai:
        return ArxivOai(
            fetcher,
            categories=frozenset(by_source(window.categories).get("arxiv", [])),
            since=window.since,
            known=partial(store.papers.known_ids, topics=settings.topics),
            announced=partial(store.papers.known_ids, topics=()),
            cross_listed=partial(store.papers.cross_listed, topics=settings.topics),
            left_off=window.left_off,
            oldest=window.oldest,
            base_url=settings.env.WATCHER_ARXIV_OAI_URL,
        )

    return make
