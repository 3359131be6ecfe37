"""What people ask of the line -> answers from the facts, and papers put forward by hand -> candidates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from watcher.domain.catalog.catalog import CatalogEntry
from watcher.domain.curation.card import Card, Digest
from watcher.domain.errors import CatalogError, Misuse, UsageError
from watcher.domain.facts import Nomination
from watcher.domain.hostile.anomalies import anomalies
from watcher.domain.papers.paper import Announcement, AnnounceType, Paper, PaperId
from watcher.domain.papers.topic import Topic
from watcher.domain.text import fold, narrow
from watcher.pipeline.dependencies import Dependencies
from watcher.pipeline.digest import digest_of
from watcher.ports import Found, Metadata, Nominee, RunReport
from watcher.services.events import Events

_FEED = "arXiv API"
_LINK = "https://arxiv.org/abs/"


class InquiryService:
    """Implements ports.Inquiries for some of the topics. `events` tells of papers put forward by hand."""

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
        """The same for people who may see no more than these topics."""
        return InquiryService(self._deps, topics, self._metadata, run=self._run, events=self._events)

    def nominate(self, papers: Sequence[PaperId], topic: str, curator: str, desk: str) -> Sequence[Nominee]:
        """Put papers forward by hand; gives where each stands. Raises UsageError and FeedError.

        What the topic has met before is not announced again; what arXiv does not know comes back without a number.
        """
        watched, at = self._topic(topic), self._deps.clock()
        foreign = [paper.native for paper in papers if paper.source != "arxiv"]
        if foreign:
            raise Misuse("only arXiv's papers can be put forward by hand", about=", ".join(foreign))
        unmet = [paper for paper in papers if self._number(paper, topic) is None]
        run = f"by-hand-{at:%Y%m%dT%H%M%SZ}"
        for paper in self._metadata.lookup(unmet).values() if unmet else ():
            self._store.papers.announce([_announced(paper)], [_open(watched, paper)], run, at)
        numbers = [number for paper in papers if (number := self._number(paper, topic)) is not None]
        self._store.nominations.add(numbers, Nomination(curator, at, desk), run)
        self._events.nominated()
        return [self.standing(paper, topic) for paper in papers]

    def standing(self, paper: PaperId, topic: str) -> Nominee:
        """Where a paper stands in a topic, as the facts have it now."""
        number = self._number(paper, topic)
        if number is None:
            return Nominee(paper)
        try:
            card = self._store.cards.get(number)
        except UsageError:
            return Nominee(paper, number=number)
        return Nominee(paper, card.cells.title, number, card)

    def search(self, text: str, limit: int) -> Sequence[Found]:
        """Cards and rows of the catalog that hold all words of a text, cards first; white space parts words."""
        words = _plain(text).split()
        if not words:
            return ()
        cards = [Found(c.cells.title, c.candidate.paper.url, c) for c in self.cards() if _holds(_texts(c), words)]
        known = {card.url for card in cards}
        rows = [
            Found(e.title, url, row=e.number)
            for e in self._entries()
            if _holds((e.title, e.summary, e.authors, *e.categories, e.venue), words)
            and (url := f"{_LINK}{e.ids[0].native}" if e.ids else "") not in known
        ]
        return [*cards, *rows][:limit]

    def _entries(self) -> Iterator[CatalogEntry]:
        for catalog in self._catalogs:
            with suppress(CatalogError):  # a catalog's own failure is told elsewhere, with its remedy
                yield from catalog.read().entries

    def today(self) -> Sequence[Digest]:
        """What happened since the latest digest of each topic."""
        now = self._deps.clock()
        return [digest_of(topic, self._deps, now, None, ()) for topic in self.topics]

    def cards(self) -> Sequence[Card]:
        """Every card, newest day first, best score first within a day."""
        return [card for topic in self.topics for card in self._store.cards.all(topic.slug)]

    def refs(self) -> Mapping[int, str]:
        """Where cards stand at the desk, by number."""
        return self._store.cards.refs(self._deps.desk.name)

    def preferences(self, person: str) -> Sequence[str]:
        """What somebody chose to see."""
        return self._store.preferences.get(person)

    def prefer(self, person: str, choices: Sequence[str]) -> None:
        """Keep what somebody chose; what was chosen before is replaced."""
        self._store.preferences.put(person, choices)

    def run(self) -> RunReport:
        """One pass of the line, from feed to desk; waits for one that goes on."""
        return self._run(self.topics)

    def _topic(self, slug: str) -> Topic:
        found = next((topic for topic in self.topics if topic.slug == slug), None)
        if found is None:
            raise Misuse("there is no such topic", about=slug, remedy=f"one of {', '.join(_slugs(self.topics))}")
        return found

    def _number(self, paper: PaperId, topic: str) -> int | None:
        return self._store.papers.number_of(paper, topic)


def _slugs(topics: Sequence[Topic]) -> list[str]:
    return [topic.slug for topic in topics]


def _announced(paper: Paper) -> Announcement:
    """A later version is announced as a replacement, which leaves the paper's own announcement to its feed."""
    kind = AnnounceType.NEW if paper.version == 1 else AnnounceType.REPLACE
    return Announcement(paper, kind, _FEED, anomalies=anomalies(paper))


def _open(topic: Topic, paper: Paper) -> Topic:
    """The topic as it would be if it watched for just this paper: who puts it forward knows that it belongs."""
    return replace(topic, announce=frozenset(AnnounceType), categories=frozenset(paper.categories))


def _plain(text: str) -> str:
    return fold(narrow(text)).casefold()


def _texts(card: Card) -> tuple[str, ...]:
    cells, paper = card.cells, card.candidate.paper
    return (cells.title, cells.summary, cells.authors, cells.categories, cells.venue, paper.id.native, *paper.authors)


def _holds(texts: Sequence[str], words: Sequence[str]) -> bool:
    text = _plain(" ".join(texts))
    return all(word in text for word in words)
