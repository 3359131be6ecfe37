"""The weekly search for papers that cite the catalog's papers, in any category of arXiv; papers found become candidates
of the pipeline.

A paper that a feed announced before is known already and stays as it is; if a feed announces a found paper later, it is
the same candidate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from watcher.domain.curation.weekly import Week
from watcher.domain.errors import CatalogError, FeedError
from watcher.domain.hostile.anomalies import anomalies
from watcher.domain.papers.citations import (
    FEED,
    WEEKS,
    CitationSearch,
    CitedRow,
    SearchOutcome,
    requests_for,
    window_start,
)
from watcher.domain.papers.paper import Announcement, AnnounceType, PaperId
from watcher.domain.papers.topic import Topic, opened_to
from watcher.ports import Catalog, CitationIndex, Metadata, Store

_AT_A_TIME: Final = 100  # papers in one request to arXiv
_ROUNDS: Final = 3  # requests a week's papers may take where arXiv does not know some of those that services name
_PAUSES: Final = (timedelta(hours=20), timedelta(hours=44), timedelta(days=7))

Indexes = Callable[[str, int, datetime, datetime], Iterable[CitationIndex]]
"""Builds the clients for a search, from its purpose (under which requests are counted), the most requests, since when
they count, and the present time.
"""


@dataclass(frozen=True)
class CitationNet:
    """A callable that searches once a week for papers citing a topic's catalog and makes them candidates. `document_of`
    returns the catalog of a topic, `metadata` looks papers up at arXiv, `indexes` gives the citation services to ask.
    """

    document_of: Callable[[str], Catalog]
    metadata: Metadata
    indexes: Indexes
    store: Store

    def __call__(self, topic: Topic, run: str, now: datetime) -> Sequence[str]:
        """Ask every service that has not answered this week which papers cite the topic's catalog, and take in as many
        of them as the topic wants a week. Repeating it does no harm. Returns the errors; nothing else depends on
        them.
        """
        if not topic.citations:
            return ()
        week = Week.of(now)
        with self.store.locks.hold(f"citations/{topic.slug}"):
            try:
                rows = cited_rows(self.document_of(topic.slug))
            except CatalogError as error:
                return (str(error),)
            troubles = self._search(topic, rows, week, run, now) if rows else []
            return [*troubles, *self._take_in(topic, rows, week, run, now)]

    def _search(
        self, topic: Topic, rows: Mapping[PaperId, CitedRow], week: Week, run: str, now: datetime
    ) -> Sequence[str]:
        done = {
            one.service
            for one in self.store.citations.searches(topic.slug, str(week))
            if one.outcome is not SearchOutcome.FAILED
        }
        troubles: list[str] = []
        purpose = f"citations/{topic.slug}"
        for index in self.indexes(purpose, requests_for(len(rows)), week.begins, now):
            paused = f"{purpose}/{index.name}"
            if index.name in done or self.store.coordination.is_paused(paused, now):
                continue
            found = index.citing(sorted(rows), window_start(week.monday))
            self.store.citations.add(topic.slug, found.pairs, rows, index.name, run, now)
            papers = len({citing for citing, _ in found.pairs})
            search = CitationSearch(
                str(week), index.name, found.outcome, len(rows), papers, found.requests, found.error
            )
            self.store.citations.add_search(topic.slug, search, run, now)
            if found.error:
                troubles.append(found.error)
                self.store.coordination.pause(paused, now, _PAUSES)
            else:
                self.store.coordination.resume(paused)
        return troubles

    def _take_in(
        self, topic: Topic, rows: Mapping[PaperId, CitedRow], week: Week, run: str, now: datetime
    ) -> Sequence[str]:
        """Announce the papers that cite the most rows and are no candidates yet."""
        citations, since = self.store.citations, now - timedelta(weeks=WEEKS)
        paused = f"citations/{topic.slug}/{self.metadata.name}"
        for _ in range(_ROUNDS):
            room = min(_AT_A_TIME, topic.citations - citations.count_taken_in(topic.slug, week.begins))
            if room <= 0 or self.store.coordination.is_paused(paused, now):
                break
            wanted = citations.to_take_in(topic.slug, since, room)
            in_catalog = [paper for paper in wanted if paper in rows]
            if not wanted:
                break
            try:
                found = self.metadata.lookup([paper for paper in wanted if paper not in rows])
            except FeedError as error:
                self.store.coordination.pause(paused, now, _PAUSES)
                search = CitationSearch(
                    str(week), self.metadata.name, SearchOutcome.FAILED, 0, len(wanted), 1, str(error)
                )
                citations.add_search(topic.slug, search, run, now)
                return [str(error)]
            self.store.coordination.resume(paused)
            # As later versions, which leaves the papers' own announcement to the feed that may still bring it.
            announced = [
                Announcement(paper, AnnounceType.REPLACE, FEED, anomalies=anomalies(paper)) for paper in found.values()
            ]
            self.store.papers.announce(announced, [opened_to(topic, *found.values())], run, now)
            citations.remove(topic.slug, [*in_catalog, *(paper for paper in wanted if paper not in found)])
        return ()


def cited_rows(document: Catalog) -> dict[PaperId, CitedRow]:
    """The catalog's rows by the first arXiv id in each; rows without an arXiv id are left out. Raises CatalogError."""
    found: dict[PaperId, CitedRow] = {}
    for entry in document.read().entries:
        own = next((paper for paper in entry.ids if paper.source == "arxiv"), None)
        if own is not None:
            found.setdefault(own, CitedRow(entry.number or 0, entry.title))
    return found
