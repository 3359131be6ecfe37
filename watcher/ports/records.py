"""Records that the store keeps or returns in addition to the stages' facts: batches, failures, run reports, search
results.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from watcher.domain.budget import Cap, Usage
from watcher.domain.curation.card import Card
from watcher.domain.facts import (
    Candidate,
)
from watcher.domain.papers.feeds import FeedReport
from watcher.domain.papers.paper import PaperId
from watcher.domain.screening.triage import Entry


class Waits(StrEnum):
    """The kinds of work that a curator's decision leaves to be carried out: changes of the catalog, cards to be
    redrawn, summaries to be rewritten.
    """

    CATALOG = "catalog"  # decisions about rows
    CARD = "card"  # cards that do not show the facts
    AUDIT = "audit"  # cards of audit samples that do not
    REWRITE = "rewrite"  # summaries that curators asked for anew
    PROPOSALS = "proposals"  # accepted changes of the catalog, and their cards
    LOOK = "look"  # approved rows that are due to be looked for


@dataclass(frozen=True, slots=True)
class Batch:
    """Candidates that are scored together in one request; the assignment is stored before the model is asked.

    `attempt` is 0 for the first request and grows with every failed answer of a candidate that is alone in its batch.
    `at` is the time of the assignment: the request is built as of this time, so that repeating it gives the same
    request. `once` is as in Request.
    """

    number: int
    candidates: tuple[Candidate, ...]
    attempt: int = 0
    at: datetime | None = None
    once: bool = False


@dataclass(frozen=True, slots=True)
class TriageBatch:
    """Candidates that are put to triage in one request, with known papers (`plants`) hidden among them. It is recorded
    before the model is asked, so that the same request is made again after a kill.

    `parent` is the number of the batch of which it is a half. `attempt` grows with the runs in which its papers stayed
    unread, so that the same papers make a new request.
    """

    candidates: tuple[Candidate, ...]
    plants: tuple[Entry, ...] = ()
    parent: int | None = None
    attempt: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True)
class KnownPaper:
    """A paper that is known to belong to a topic. `probability` is what a prefilter gave it before it had learned from it,
    if one did.
    """

    id: PaperId
    title_raw: str
    abstract_raw: str
    title: str
    probability: float | None


@dataclass(frozen=True, slots=True)
class Failure:
    """An error of a stage with one candidate, or with a whole topic if `number` is None, or with all topics if `topic`
    is empty too. It is shown to people until the stage succeeds.
    """

    stage: str
    number: int | None
    error: str
    topic: str = ""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line in the history of a paper: a fact that was recorded, when, a short description, and its fields by name."""

    at: datetime
    what: str
    gist: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Act:
    """One action of a curator on a card: a verdict, `revise` (an edit; the detail is cell, before, after), or
    `rewrite`.
    """

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
        """What the curator did, on one line for the log."""
        where = f" at {self.desk}" if self.desk else ""
        return " ".join(f"{self.paper} by {self.curator}{where} {self.detail}".split())


UNREAD = "unread"
"""The beginning of a run's failure that names unread announcement days."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """The result of one run of the pipeline, in the form of `watcher run --json`. `cap` is the daily spending cap that
    stopped it, None if none did.

    `unread` are the announcement days whose papers were never read; `pretended` says that the run was given another
    time than the present (`--now`).
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
    """A paper that a person nominated, and how far it has come. `number` is None if arXiv does not know the paper;
    `card` is None as long as it has no card.
    """

    paper: PaperId
    title: str = ""
    number: int | None = None
    card: Card | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One search result: a card or catalog row with its title, link and number."""

    title: str
    url: str
    card: Card | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Replacement:
    """A later version of a paper, as it was announced; `before` is the title of the previous version."""

    paper: PaperId
    version: int
    title: str
    url: str
    before: str | None
    withdrawn: bool
