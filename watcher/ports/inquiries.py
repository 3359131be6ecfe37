"""What people may ask of the line beside deciding: search, standing, a paper put forward by hand, a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from watcher.domain.card import Card, Digest
from watcher.domain.paper import PaperId
from watcher.domain.topic import Topic
from watcher.ports.records import Found, Nominee, RunReport


class Inquiries(Protocol):
    """What a desk may ask of the line beside decisions, within the topics that its people may see."""

    topics: Sequence[Topic]

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

    def run(self) -> RunReport:
        """One pass of the line, from feed to desk; waits for one that goes on."""
        ...
