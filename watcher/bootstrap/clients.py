"""Builds the clients of outside services, each restricted to its hosts: those that announce papers, arXiv's complete list
(OAI-PMH), and those that give figures about papers (citations, stars, venues).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from watcher.adapters.enrich import crossref, hugging_face_github, openalex, semantic_scholar
from watcher.adapters.enrich.openalex import OpenAlexCitations
from watcher.adapters.enrich.semantic_scholar import SemanticScholarCitations
from watcher.adapters.enrich.service import JsonClient, RequestBudget, ServiceClient
from watcher.adapters.sources import HOSTS, SOURCES
from watcher.adapters.sources.arxiv import ArxivRss, feed_name
from watcher.adapters.sources.fetch import ARXIV_HOSTS, DocumentFetcher, Fetcher, Limits
from watcher.adapters.sources.oai import ArxivOai
from watcher.adapters.sources.web_feed import Lookup, WebFeed, WebFeeds
from watcher.adapters.store import SqlStore
from watcher.adapters.store.coordination import DatabaseThrottle, HostThrottles
from watcher.bootstrap.configuration import styles_of
from watcher.domain.catalog.attention import AttentionRule, Signal, Threshold
from watcher.domain.curation.card import Card
from watcher.domain.errors import FeedError, WatcherError
from watcher.domain.papers.feeds import FeedRole, Watch
from watcher.domain.papers.paper import PaperId
from watcher.domain.papers.topic import by_source
from watcher.pipeline.dependencies import Enrich
from watcher.ports import Catalog, CatchUps, CitationIndex, Clock, Enricher, Metadata, Source, Window
from watcher.settings import Settings
from watcher.upkeep.check import Refresh
from watcher.upkeep.citations import CitationNet
from watcher.upkeep.enrich import enrich

_URLS = (
    semantic_scholar.BASE_URL,
    hugging_face_github.BASE_URL,
    hugging_face_github.GITHUB_URL,
    openalex.BASE_URL,
    crossref.BASE_URL,
)
_HOSTS = frozenset(str(urlsplit(url).hostname) for url in _URLS)
_SHARE = 0.6  # of a week's requests that one of two services may take
# Short: cards wait for these figures, and can do without them.
_LIMITS = Limits(timeout=10.0, max_bytes=8 * 2**20, attempts=1)


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


def make_enrichers(settings: Settings, *, pages: bool) -> list[Enricher]:
    """Build the clients of the configured services for citations, stars and venues.

    With `pages`, each paper's page at Hugging Face is read and Crossref asked (slow, for the weekly refresh); otherwise
    Hugging Face's daily lists are read (fast, since posting a paper waits for it).
    """
    env, chosen = settings.env, settings.values.enrich.services
    ask = _client(settings, (5.0, 15.0) if pages else (2.0,))
    made: list[Enricher] = []
    if "semantic-scholar" in chosen:
        made.append(semantic_scholar.SemanticScholar(ask, env.S2_API_KEY, env.WATCHER_S2_URL))
    if "hugging-face" in chosen:
        made.append(hugging_face_github.HuggingFace(ask, env.WATCHER_HF_URL, pages=pages))
    if "github" in chosen:
        made.append(hugging_face_github.GithubStars(ask, env.GITHUB_TOKEN, env.WATCHER_GITHUB_API_URL))
    if "openalex" in chosen and env.OPENALEX_API_KEY:
        made.append(openalex.OpenAlex(ask, env.OPENALEX_API_KEY, env.WATCHER_OPENALEX_URL))
    if "crossref" in chosen and pages:  # it knows what is published, and hardly any paper of today is
        made.append(crossref.Crossref(ask, env.WATCHER_CONTACT, env.WATCHER_CROSSREF_URL))
    return made


def make_citation_net(
    settings: Settings, document_of: Callable[[str], Catalog], metadata: Metadata, store: SqlStore
) -> CitationNet:
    """Build the weekly search for new papers that cite papers of the catalogs, at Semantic Scholar first, then at
    OpenAlex.
    """
    env = settings.env
    own = [env.WATCHER_S2_URL, env.WATCHER_OPENALEX_URL]
    limits = Limits(timeout=60.0, max_bytes=16 * 2**20, attempts=1)
    ask = Fetcher(contact=env.WATCHER_CONTACT, own_urls=own, hosts=_HOSTS, limits=limits).ask

    def indexes(purpose: str, most: int, since: datetime, now: datetime) -> Iterator[CitationIndex]:
        def client(name: str, other: str, headers: Mapping[str, str], *, retries: bool) -> ServiceClient:
            left = most - store.services.count_requests(f"{purpose}/{other}", since)
            budget = RequestBudget(f"{purpose}/{name}", min(left, int(most * _SHARE)), since)
            return ServiceClient(name, ask, store.services, budget, now, headers, retries)

        scholar, alex = SemanticScholarCitations.name, OpenAlexCitations.name
        keyed = bool(env.S2_API_KEY)
        key = {"x-api-key": env.S2_API_KEY} if keyed else {}
        yield SemanticScholarCitations(
            client(scholar, alex, key, retries=keyed), keyed=keyed, base_url=env.WATCHER_S2_URL
        )
        # Built when the first has answered, so that it has what the first left of the budget.
        bearer = {"Authorization": f"Bearer {env.OPENALEX_API_KEY}"} if env.OPENALEX_API_KEY else {}
        yield OpenAlexCitations(client(alex, scholar, bearer, retries=True), env.WATCHER_OPENALEX_URL)

    return CitationNet(document_of, metadata, indexes, store)


def make_venue_services(settings: Settings) -> list[Enricher]:
    """Build the configured clients of services that know where papers were published."""
    known = {semantic_scholar.SemanticScholar.name, openalex.OpenAlex.name, crossref.Crossref.name}
    return [service for service in make_enrichers(settings, pages=True) if service.name in known]


def _client(settings: Settings, pauses: Sequence[float]) -> JsonClient:
    """The HTTP client for all services, which waits these seconds after refusals."""
    env = settings.env
    own = [
        env.WATCHER_S2_URL,
        env.WATCHER_HF_URL,
        env.WATCHER_GITHUB_API_URL,
        env.WATCHER_OPENALEX_URL,
        env.WATCHER_CROSSREF_URL,
    ]
    limits = replace(_LIMITS, pauses=pauses)
    return Fetcher(contact=env.WATCHER_CONTACT, own_urls=own, hosts=_HOSTS, limits=limits).ask


class CircuitBreaker:
    """Circuit breaker around the client of a service for citations or venues: after a failure, or after `patience`
    seconds in all, the service is not asked again in the same run, so that posting papers is not held up. `run` is the
    id of the run that asks.
    """

    def __init__(self, inner: Enricher, patience: float = 60.0) -> None:
        """Wrap a client. `patience` is the number of seconds that one run may spend on the service in all."""
        self.name = inner.name
        self.run = ""
        self._inner, self._patience = inner, patience
        self._spent: dict[str, float] = {}

    def signals(
        self, papers: Sequence[PaperId], known: Mapping[PaperId, Sequence[Signal]], now: datetime
    ) -> Sequence[Signal]:
        """The service's figures (citations, stars, venues) for these papers. Raises FeedError if the service fails, or
        if it is no longer asked in this run.
        """
        spent = self._spent.get(self.run, 0.0)
        if spent >= self._patience:
            raise FeedError("it has failed or taken long in this run already", about=self.name)
        begun = time.monotonic()
        try:
            found = self._inner.signals(papers, known, now)
        except WatcherError:
            spent = self._patience
            raise
        finally:
            self._spent = {self.run: spent + time.monotonic() - begun}
        return found


def make_enrich(settings: Settings, store: SqlStore, enrichers: Sequence[Enricher] | None) -> Enrich:
    """Build the function that looks up venue and attention (citations, upvotes, stars) of papers before they are posted
    to curators. `enrichers` replace the configured services.
    """
    asked = [CircuitBreaker(one) for one in (make_enrichers(settings, pages=False) if enrichers is None else enrichers)]
    rule = attention_rule(settings)

    def fill_in(cards: Sequence[Card], run: str, now: datetime) -> Sequence[str]:
        if not (cards and asked):
            return ()
        with store.locks.hold("figures"):  # topics that go side by side share papers: the next finds them answered
            for one in asked:
                one.run = run
            return enrich(cards, asked, rule, store, run=run, now=now)

    return fill_in


def attention_rule(settings: Settings) -> AttentionRule:
    """The rule, from the settings, by which figures such as citations make a paper's attention middle or high."""
    values = settings.values.enrich
    middle, high = (Threshold(t.citations_per_year, t.upvotes, t.stars) for t in (values.middle, values.high))
    return AttentionRule(middle, high, values.margin)


def make_refresh(settings: Settings, document: Catalog, metadata: Metadata, store: SqlStore) -> Refresh:
    """Build the weekly job that looks up citations, upvotes and venues of a catalog's papers at the configured services
    and proposes changes.
    """
    enrichers = make_enrichers(settings, pages=True)
    return Refresh(
        document, metadata, enrichers, attention_rule(settings), styles_of(settings)[settings.topics[0].slug], store
    )
