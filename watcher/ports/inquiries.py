"""What people may ask of the line beside deciding: search, standing, a paper put forward by hand, a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from watcher.domain.curation.card import Card, Digest
from watcher.domain.papers.paper import PaperId
from watcher.domain.papers.topic import Topic
from watcher.ports.records import Found, Nominee, RunReport


class Inquiries(Protocol):
    """What a desk may ask of the line beside decisions, within the topics that its people may see."""

    topics: Sequence[Topic]

    def within(self, topics: Sequence[Topic]) -> Inquiries:
        """The same for people who may see no more than these topics."""
        ...

    def nominate(self, papers: Sequence[PaperId], topic: str, curator: str, desk: str) -> Sequence[Nominee]:
        """Put papers forward by hand; gives where each stands. Raises UsageError for a topic there is not, and
        FeedError when arXiv does not answer.
        """
        ...

    def standing(self, paper: PaperId, topic: str) -> Nominee:
        """Where a paper stands, as the facts have it now."""
        ...

    def search(self, text: str, limit: int) -> Sequence[Found]:
        """Cards and rows of the catalog that hold all words of a text, cards first."""
        ...

    def today(self) -> Sequence[Digest]:
        """What happened since the latest digest of each topic."""
        ...

    def cards(self) -> Sequence[Card]:
        """Every card, newest first."""
        ...

    def refs(self) -> Mapping[int, str]:
        """Where cards stand at the desk, by number."""
        ...

    def preferences(self, person: str) -> Sequence[str]:
        """What somebody chose to see."""
        ...

    def prefer(self, person: str, choices: Sequence[str]) -> None:
        """Keep what somebody chose; what was chosen before is replaced."""
        ...

    def run(self) -> RunReport:
        """One pass of the line, from feed to desk; waits for one that goes on."""
        ...
