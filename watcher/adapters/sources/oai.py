"""Harvests arXiv's OAI-PMH service: everything announced since a day, to catch up and to check that nothing was missed.

The library oaipmh (4.0) was tried first. It can use our fetcher, but one bad header loses it the whole page, and an
empty page with a resumption token ends its list without an error. oaipmh-scythe (0.16) insists on its own HTTP client.
Sources: info.arxiv.org/help/oa, and arXiv's own service (github.com/arXiv/oaipmh).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from urllib.parse import urlencode

from watcher.adapters.sources.fetch import DocumentFetcher
from watcher.adapters.sources.oai_page import BadToken, OaiPage, read_page
from watcher.domain.errors import FeedError
from watcher.domain.papers.paper import Paper, PaperId
from watcher.ports import Reading

BASE_URL = "https://oaipmh.arxiv.org/oai"
_RESTARTS = 3  # times that the list is begun anew because a resumption token expired
_GROUPS = frozenset({"cs", "econ", "eess", "math", "q-bio", "q-fin", "stat"})  # every other archive is in `physics`


def sets_of(categories: Iterable[str]) -> tuple[str, ...]:
    """The OAI-PMH sets to request for arXiv categories, one per archive (`cs` for `cs.CL`)."""
    archives = sorted({category.partition(".")[0] for category in categories})
    return tuple(archive if archive in _GROUPS else f"physics:{archive}" for archive in archives)


def harvest(
    fetcher: DocumentFetcher,
    base_url: str,
    *,
    sets: Sequence[str],
    since: date,
    categories: AbstractSet[str],
    patience: float = 300.0,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[OaiPage]:
    """Request the records of OAI-PMH sets that changed on the day `since` (UTC) or later, and yield them page by page,
    at least one page per set. Records in none of the `categories` are only counted. Each record is given once, even if
    the list must be started again.

    There is no end date: arXiv moves a record to the day of its last change, so an end would lose records that changed
    after it. The next harvest should begin at the day of the first page's `response_date`.

    If the server says when to come back, that is waited for, up to `patience` seconds per page. Raises FeedError for
    lasting errors, with `retry_after` if the server stated one.
    """
    given: set[tuple[PaperId, date]] = set()
    for name in sets:
        ask = _Asker(fetcher, base_url, f"oai:{name}", patience, sleep)
        for page in _pages(ask, {"metadataPrefix": "arXivRaw", "set": name, "from": since.isoformat()}):
            near = [record for record in page.records if not categories.isdisjoint(record.paper.categories)]
            new = tuple(record for record in near if (record.paper.id, record.datestamp) not in given)
            given.update((record.paper.id, record.datestamp) for record in new)
            yield replace(page, records=new, elsewhere=len(page.records) - len(near))


def _pages(ask: _Asker, query: dict[str, str]) -> Iterator[OaiPage]:
    """The pages of the whole list. It is begun anew when the resumption token expires: arXiv's do at midnight UTC."""
    followed: set[str] = set()
    restarts = 0
    page: OaiPage | None = None
    while page is None or page.token is not None:
        try:
            page = ask(query if page is None else {"resumptionToken": page.token or ""})
        except BadToken:
            restarts += 1
            if page is None or restarts > _RESTARTS:
                raise
            followed.clear()
            page = None
            continue
        if page.token is not None and page.token in followed:
            raise FeedError("the list goes round in circles", about=page.feed)
        followed.add(page.token or "")
        yield page


class _Asker:
    """Requests one page of the list, within a limit of time for retries."""

    def __init__(
        self, fetcher: DocumentFetcher, base_url: str, feed: str, patience: float, sleep: Callable[[float], None]
    ) -> None:
        self._fetcher = fetcher
        self._base_url = base_url
        self._feed = feed
        self._patience = patience
        self._sleep = sleep

    def __call__(self, query: dict[str, str]) -> OaiPage:
        url = f"{self._base_url}?{urlencode({'verb': 'ListRecords', **query})}"
        left = self._patience
        while True:
            try:
                return read_page(self._fetcher.get(url, about=self._feed), self._feed)
            except FeedError as error:
                if error.retry_after is None:
                    raise
                wait = max(error.retry_after, 1.0)  # a server that keeps saying "now" would be asked forever
                if wait > left:
                    raise
            left -= wait
            self._sleep(wait)


def _none(papers: Sequence[Paper]) -> frozenset[PaperId]:
    del papers
    return frozenset()


class ArxivOai:
    """Source that reads from arXiv's OAI-PMH service everything announced since a day (`since`), one Reading per page.

    `known` returns which of some papers need no announcement as new, because they were announced to all their topics
    before. `announced` returns those announced as new to any topic (by default the known ones), `cross_listed` those
    that have since been cross-listed into the categories of another topic. `left_off` says by Reading name how far an
    interrupted harvest had come; `oldest` names for each category the first paper of the first announcements read while
    it was watched.

    After `read`, `complete_as_of` is the time (arXiv's clock) up to which everything was read and at which the next
    harvest begins; None if any set failed.
    """

    name = "arXiv OAI-PMH"

    def __init__(
        self,
        fetcher: DocumentFetcher,
        *,
        categories: AbstractSet[str],
        since: date,
        known: Callable[[Sequence[Paper]], AbstractSet[PaperId]],
        announced: Callable[[Sequence[Paper]], AbstractSet[PaperId]] | None = None,
        cross_listed: Callable[[Sequence[Paper]], AbstractSet[PaperId]] = _none,
        left_off: Mapping[str, date] = MappingProxyType({}),
        oldest: Mapping[str, PaperId] = MappingProxyType({}),
        base_url: str = BASE_URL,
        patience: float = 300.0,
    ) -> None:
        self._fetcher = fetcher
        self._categories = categories
        self._since = since
        self._known, self._announced, self._cross_listed = known, announced, cross_listed
        self._left_off, self._oldest = left_off, oldest
        self._base_url = base_url
        self._patience = patience
        self.complete_as_of: datetime | None = None

    def read(self) -> Iterable[Reading]:
        """Harvest the OAI-PMH sets one after another and yield a Reading for each page, named after its set (`oai:cs`).
        A set that fails yields a last Reading with `error`; the others are read all the same.
        """
        self.complete_as_of = None
        begun: list[datetime] = []
        failed = False
        for name in sets_of(self._categories):
            pages = harvest(
                self._fetcher,
                self._base_url,
                sets=[name],
                since=self._left_off.get(f"oai:{name}", self._since),
                categories=self._categories,
                patience=self._patience,
            )
            try:
                for place, page in enumerate(pages):
                    # The first page's clock: what changes while later pages are read belongs to the next window.
                    begun += [page.response_date] if place == 0 else []
                    yield self._reading(page)
            except FeedError as error:
                failed = True
                yield Reading(f"oai:{name}", error=error)
        self.complete_as_of = min(begun) if begun and not failed else None

    def _reading(self, page: OaiPage) -> Reading:
        papers = [record.paper for record in page.records]
        known, cross_listed = self._known(papers), self._cross_listed(papers)
        announced = known | self._announced(papers) if self._announced else known
        news = (
            record.announcement(
                self._categories,
                page.feed,
                since=self._since,
                known=record.paper.id in known,
                announced=record.paper.id in announced,
                cross_listed=record.paper.id in cross_listed,
                oldest=self._oldest,
            )
            for record in page.records
        )
        found = tuple(announcement for announcement in news if announcement)
        first = tuple((record.datestamp, record.paper.id) for record in page.records if len(record.versions) == 1)
        return Reading(page.feed, found, broken=page.broken, reached=page.reached, first_versions=first)
