"""Dataclasses that the database port takes or returns beside the results of stages: batches, failures, run reports,
search results.
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
    """The kinds of work that follow from curators' decisions: changes of the catalog, messages to be updated, summaries
    to be written again.
    """

    CATALOG = "catalog"  # decisions about rows
    CARD = "card"  # cards that do not show the facts
    AUDIT = "audit"  # cards of audit samples that do not
    REWRITE = "rewrite"  # summaries that curators asked for anew
    PROPOSALS = "proposals"  # accepted changes of the catalog, and their cards
    LOOK = "look"  # approved rows that are due to be looked for


@dataclass(frozen=True, slots=True)
class Batch:
    """Papers that are scored together in one request to the model; stored before the model is asked.

    `attempt` is 0 for the first request and grows with every failed answer about a paper that is alone in its batch.
    `at` is the time at which the batch was put together: the request is built as of this time, so that repeating it
    gives the same request. `once` says that the request is not retried if it fails.
    """

    number: int
    candidates: tuple[Candidate, ...]
    attempt: int = 0
    at: datetime | None = None
    once: bool = False


@dataclass(frozen=True, slots=True)
class TriageBatch:
    """Papers put before the model as one line each in one request (triage), with papers known to belong (`plants`)
    hidden among them to test the answer. It is stored before the model is asked, so that the same request is made again
    after a kill.

    `parent` is the number of the batch that was divided into this one and another. `attempt` grows with the runs in
    which no answer about its papers was accepted, so that the same papers make a new request.
    """

    candidates: tuple[Candidate, ...]
    plants: tuple[Entry, ...] = ()
    parent: int | None = None
    attempt: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True)
class KnownPaper:
    """A paper that is known to belong to a topic. `probability` is what the topic's classifier estimated before it was
    trained on this paper; None if unknown.
    """

    id: PaperId
    title_raw: str
    abstract_raw: str
    title: str
    probability: float | None


@dataclass(frozen=True, slots=True)
class Failure:
    """An error in a stage of the pipeline: with one candidate, with a whole topic if `number` is None, or with all
    topics if `topic` is empty too. People are shown it until the stage succeeds.
    """

    stage: str
    number: int | None
    error: str
    topic: str = ""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line in the history of a paper: something that was recorded about it, with the time, a short description, and
    the recorded fields by name.
    """

    at: datetime
    what: str
    gist: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Act:
    """One action of a curator on a paper, for a log of activity: a verdict, `revise` (an edit, whose detail is cell,
    before and after), `rewrite` (a request for another summary) or `retry` (a request to ask the model again). `until`
    is the day to which the card was put off.
    """

    at: datetime
    number: int
    paper: PaperId
    title: str
    what: str
    curator: str
    desk: str
    detail: str
    until: date | None = None

    @property
    def gist(self) -> str:
        """What the curator did, as one line of text for the log."""
        where = f" at {self.desk}" if self.desk else ""
        return " ".join(f"{self.paper} by {self.curator}{where} {self.detail}".split())


UNREAD = "unread"
"""The beginning of a run's failure that names unread announcement days."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """The report of one run of the pipeline, which `watcher run --json` prints. `cap` is the daily spending cap that
    stopped the run, None if none did.

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
    """The state of a paper that a person nominated for a topic. `number` is its candidate number, None if arXiv does
    not know the paper; `card` is None until the paper is shown to curators.
    """

    paper: PaperId
    title: str = ""
    number: int | None = None
    card: Card | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One result of a full-text search: a card (a paper shown to curators) or a catalog row, with title, link and
    number.
    """

    title: str
    url: str
    card: Card | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Replacement:
    """An announced later version of a paper. `before` is the title of the previous version, `withdrawn` says that the
    authors withdrew the paper.
    """

    paper: PaperId
    version: int
    title: str
    url: str
    before: str | None
    withdrawn: bool
