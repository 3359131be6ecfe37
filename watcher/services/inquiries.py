"""The service for people's requests other than decisions: search, status, nominations, preferences, a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from unicodedata import normalize

from watcher.domain.catalog.catalog import CatalogEntry
from watcher.domain.curation.card import Card, Digest
from watcher.domain.errors import CatalogError, Misuse, UsageError
from watcher.domain.facts import Nomination
from watcher.domain.hostile.anomalies import anomalies
from watcher.domain.papers.paper import Announcement, AnnounceType, Paper, PaperId, address_of, papers_named
from watcher.domain.papers.topic import Topic, opened_to
from watcher.domain.text import fold, narrow
from watcher.pipeline.dependencies import Dependencies
from watcher.pipeline.posting import build_digest, card_links
from watcher.ports import Found, Metadata, Nominee, RunReport
from watcher.services import Events

_FEED = "arXiv API"


class InquiryService:
    """The service for people's requests other than decisions, limited to some topics (implements ports.Inquiries):
    search, status, nominations, preferences, a run. It publishes `events` for nominations.
    """

    def __init__(
        self,
        deps: Dependencies,
        topics: Sequence[Topic],
        metadata: Metadata,
        *,
        run: Callable[[Sequence[Topic]], RunReport],
        events: Events,
    ) -> None:
        self.topics = topics
        self._deps, self._store, self._metadata = deps, deps.store, metadata
        self._catalogs = list(dict.fromkeys(deps.document_of(topic.slug) for topic in topics))
        self._run, self._events = run, events

    def within(self, topics: Sequence[Topic]) -> InquiryService:
        return InquiryService(self._deps, topics, self._metadata, run=self._run, events=self._events)

    def nominate(self, papers: Sequence[PaperId], topic: str, curator: str, desk: str) -> Sequence[Nominee]:
        """Nominate papers for a topic, so that curators see them whatever their score, and return the state of each; a
        paper that arXiv does not know is returned without a number.

        Papers new to the topic are looked up at arXiv and become candidates. Raises UsageError and FeedError.
        """
        watched, at = self._topic(topic), self._deps.clock()
        foreign = [paper.native for paper in papers if paper.source != "arxiv"]
        if foreign:
            raise Misuse("only arXiv's papers can be put forward by hand", about=", ".join(foreign))
        unmet = [paper for paper in papers if self._number(paper, topic) is None]
        run = f"by-hand-{at:%Y%m%dT%H%M%SZ}"
        for paper in self._metadata.lookup(unmet).values() if unmet else ():
            self._store.papers.announce([_announced(paper)], [opened_to(watched, paper)], run, at)
        numbers = [number for paper in papers if (number := self._number(paper, topic)) is not None]
        self._store.papers.nominate(numbers, Nomination(curator, at, desk), run)
        self._events.nominated()
        return [self.standing(paper, topic) for paper in papers]

    def standing(self, paper: PaperId, topic: str) -> Nominee:
        number = self._number(paper, topic)
        if number is None:
            return Nominee(paper)
        try:
            card = self._store.cards.get(number)
        except UsageError:
            return Nominee(paper, number=number)
        return Nominee(paper, card.cells.title, number, card)

    def search(self, text: str, limit: int) -> Sequence[Found]:
        words, named = _plain(text).split(), frozenset(papers_named(normalize("NFKC", text)))
        if not words:
            return ()

        def is_meant(papers: AbstractSet[PaperId], texts: Sequence[str]) -> bool:
            return bool(papers & named) if named else _holds(texts, words)

        cards = [
            Found(c.cells.title, c.candidate.paper.url, c)
            for c in self.cards()
            if is_meant({c.candidate.paper.id}, _texts(c))
        ]
        known = {card.url for card in cards}
        rows = [
            Found(e.title, url, row=e.number)
            for e in self._entries()
            if is_meant({*e.ids}, (e.title, e.summary, e.authors, *e.categories, e.venue))
            and (url := address_of(e.ids[0]) if e.ids else "") not in known
        ]
        return [*cards, *rows][:limit]

    def _entries(self) -> Iterator[CatalogEntry]:
        for catalog in self._catalogs:
            with suppress(CatalogError):  # a catalog's own failure is told elsewhere, with its remedy
                yield from catalog.read().entries

    def today(self) -> Sequence[Digest]:
        now = self._deps.clock()
        return [build_digest(topic, self._deps, now, None, ()) for topic in self.topics]

    def cards(self) -> Sequence[Card]:
        return [card for topic in self.topics for card in self._store.cards.all(topic.slug)]

    def links(self) -> Mapping[int, str]:
        return card_links(self._deps)

    def preferences(self, person: str) -> Sequence[str]:
        return self._store.desks.preferences(person)

    def prefer(self, person: str, choices: Sequence[str]) -> None:
        self._store.desks.put_preferences(person, choices)

    def run(self) -> RunReport:
        return self._run(self.topics)

    def _topic(self, slug: str) -> Topic:
        found = next((topic for topic in self.topics if topic.slug == slug), None)
        if found is None:
            raise Misuse(
                "there is no such topic", about=slug, remedy=f"one of {', '.join(topic.slug for topic in self.topics)}"
            )
        return found

    def _number(self, paper: PaperId, topic: str) -> int | None:
        return self._store.papers.number_of(paper, topic)


def _announced(paper: Paper) -> Announcement:
    """An announcement of a nominated paper. A later version counts as a replacement, which leaves the paper's first
    announcement to its feed.
    """
    kind = AnnounceType.NEW if paper.version == 1 else AnnounceType.REPLACE
    return Announcement(paper, kind, _FEED, anomalies=anomalies(paper))


def _plain(text: str) -> str:
    return fold(narrow(text)).casefold()


def _texts(card: Card) -> tuple[str, ...]:
    cells, paper = card.cells, card.candidate.paper
    return (cells.title, cells.summary, cells.authors, cells.categories, cells.venue, paper.id.native, *paper.authors)


def _holds(texts: Sequence[str], words: Sequence[str]) -> bool:
    text = _plain(" ".join(texts))
    return all(word in text for word in words)
