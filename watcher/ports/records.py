"""What goes in and out of the store beside facts: batches, failures, reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from watcher.domain.budget import Cap, Usage
from watcher.domain.curation.card import Card
from watcher.domain.facts import (
    Candidate,
)
from watcher.domain.papers.feeds import FeedReport
from watcher.domain.papers.paper import PaperId


@dataclass(frozen=True, slots=True)
class Batch:
    """Candidates assigned to be scored together; the assignment is recorded before the model is asked.

    `attempt` is 0 for the first question and grows with every failed answer of a lone candidate. `at` is when it was
    assigned: what the question takes from its day, it takes from this one, so that it stays the same. `once` as in
    Request.
    """

    number: int
    candidates: tuple[Candidate, ...]
    attempt: int = 0
    at: datetime | None = None
    once: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """A stage could not do a candidate (or, with number None, anything of a topic); shown until it succeeds. Without
    either it concerns all topics.
    """

    stage: str
    number: int | None
    error: str
    topic: str = ""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of a paper's history: which fact was added when, its gist, and what it holds by name."""

    at: datetime
    what: str
    gist: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Act:
    """What one curator did to one card: a verdict, `revise` (detail: cell, before, after) or `rewrite`."""

    at: datetime
    number: int
    paper: PaperId
    title: str
    what: str
    curator: str
    desk: str
    detail: str

    @property
    def gist(self) -> str:
        """On one line, for the log."""
        where = f" at {self.desk}" if self.desk else ""
        return " ".join(f"{self.paper} by {self.curator}{where} {self.detail}".split())


@dataclass(frozen=True, slots=True)
class RunReport:
    """What one pass did, in the words of `watcher run --json`. `cap` is the day's cap that stopped it, if one did.

    `unread` are the announcement days that nobody has read; `pretended` says that the run was told what time it is.
    """

    run_id: str
    started: datetime
    finished: datetime | None = None
    sources: tuple[FeedReport, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    waiting: Mapping[str, int] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    failures: tuple[str, ...] = ()
    cap: Cap | None = None
    unread: tuple[date, ...] = ()
    pretended: bool = False


@dataclass(frozen=True, slots=True)
class Nominee:
    """Where a paper stands that was put forward by hand; `number` is None where arXiv does not know it, `card` while
    it has none.
    """

    paper: PaperId
    title: str = ""
    number: int | None = None
    card: Card | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: a card's or a row's title, its link, and the card or the row's number."""

    title: str
    url: str
    card: Card | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Replacement:
    """A later version of a paper as it was announced; `before` is the title of the version known before it."""

    paper: PaperId
    version: int
    title: str
    url: str
    before: str | None
    withdrawn: bool
