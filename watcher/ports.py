"""What the line asks of the world. Adapters implement these; stages and desks see nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from watcher.domain.card import Card, Digest, FeedReport, Usage
from watcher.domain.errors import WatcherError
from watcher.domain.facts import (
    Candidate,
    CardPosted,
    CatalogRow,
    Cells,
    Decision,
    Relevance,
    Revision,
    Screening,
    Summary,
    Verdict,
)
from watcher.domain.paper import Announcement, Paper, PaperId
from watcher.domain.topic import Topic

Clock = Callable[[], datetime]
"""Gives the present moment, always with a time zone. `now` is never read inside a stage."""


# --- sources ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reading:
    """What one feed gave. `error` means nothing of it may be believed; `broken` lists entries that could
    not be read while their neighbours could.
    """

    feed: str
    announcements: tuple[Announcement, ...] = ()
    error: WatcherError | None = None
    broken: tuple[str, ...] = ()
    announced_on: date | None = None


class Source(Protocol):
    """An organisation's announcing service."""

    name: str

    def read(self) -> Iterable[Reading]:
        """Read every feed once. Failures come as `Reading.error`; one bad feed never hides another."""
        ...


# --- screening -------------------------------------------------------------------------------------


class Prefilter(Protocol):
    """The seam for a learned model that narrows what keywords let through."""

    name: str

    def probability(self, paper: Paper, topic: Topic) -> float | None:
        """How likely the paper belongs (0–1), or None when this prefilter has no opinion."""
        ...

    def keeps(self, probability: float | None) -> bool:
        """Whether a paper with this probability goes on to the language model."""
        ...


# --- language models -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a language model. The static `system` part comes first so that servers cache it.

    `attempt` makes an intended repetition a new question; the same request twice is the same question.
    """

    stage: str
    system: str
    user: str
    schema_name: str
    schema: Mapping[str, Any]
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's answer as text, unchecked. `finish` is the server's word (stop, length, refusal …)."""

    text: str
    model: str
    finish: str
    usage: Usage


class LanguageModel(Protocol):
    """Anything that answers a Request. `name` is what facts record; `recorded` says replies come from a file."""

    name: str
    recorded: bool

    def ask(self, request: Request) -> Reply:
        """Answer, or raise ModelError / ModelRefused."""
        ...


# --- desks -----------------------------------------------------------------------------------------


class Desk(Protocol):
    """Where cards are shown. `find` is the look before any resend; refs are the desk's own addresses."""

    name: str

    def find(self, key: str, since: datetime) -> str | None:
        """The ref of a message already posted under this outbox key at or after `since`, else None."""
        ...

    def show_card(self, key: str, card: Card) -> str:
        """Post a card once; gives its ref. Raises DeskError / DeskRefused."""
        ...

    def update_card(self, ref: str, card: Card) -> None:
        """Make the card tell the truth. Idempotent. Raises DeskError / DeskRefused."""
        ...

    def show_digest(self, key: str, digest: Digest) -> str:
        """Post the digest once; gives its ref. Raises DeskError / DeskRefused."""
        ...

    def update_digest(self, ref: str, digest: Digest) -> None:
        """Replace the digest's content. Idempotent. Raises DeskError / DeskRefused."""
        ...


class Curation(Protocol):
    """What a desk may ask of the line when a curator acts. Every call is checked against the store."""

    def card(self, number: int) -> Card:
        """The card of a candidate as the facts stand now. Raises UsageError if there is none."""
        ...

    def cards(self) -> Sequence[Card]:
        """Every card, newest first."""
        ...

    def decide(self, number: int, verdict: Verdict, curator: str, desk: str, reason: str = "") -> Card:
        """Record a decision and give the card as it now stands. A verdict that stands already is no new one."""
        ...

    def revise(self, number: int, cells: Cells, curator: str, desk: str, based_on: int | None = None) -> Card:
        """Record changed cells. Raises UsageError for cells that cannot stand in a row, or when the card
        was revised by someone else since `based_on` (its `revision`).
        """
        ...

    def digest(self) -> Digest | None:
        """The latest digest posted anywhere, or None."""
        ...


# --- catalogs --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowContent:
    """What is to stand in the catalog for a paper."""

    id: PaperId
    cells: Cells
    url: str


class Catalog(Protocol):
    """The document that approved papers extend."""

    def ids(self) -> frozenset[PaperId]:
        """Every paper the document names, wherever in it. Raises CatalogError."""
        ...

    def add(self, row: RowContent, at: datetime) -> CatalogRow:
        """Make the row stand exactly once, and commit it where the file is in a repository. Doing it again,
        or going on after a kill in the middle, changes nothing more. Raises CatalogError.
        """
        ...

    def remove(self, row: RowContent, at: datetime) -> CatalogRow:
        """Take the paper's row out again, under the same promises."""
        ...


# --- the store -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Batch:
    """Candidates assigned to be scored together; the assignment is recorded before the model is asked.

    `attempt` is 0 for the first question and grows with every failed answer of a lone candidate.
    """

    number: int
    candidates: tuple[Candidate, ...]
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """A stage could not do a candidate (or, with number None, anything); shown until it succeeds."""

    stage: str
    number: int | None
    error: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of a paper's history: which fact was added when, and its gist."""

    at: datetime
    what: str
    gist: str


@dataclass(frozen=True, slots=True)
class RunReport:
    """What one pass did, in the words of `watcher run --json`."""

    run_id: str
    started: datetime
    finished: datetime | None = None
    sources: tuple[FeedReport, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    waiting: Mapping[str, int] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    failures: tuple[str, ...] = ()


class Intents(Protocol):
    """The outbox: an intent stands before an outside effect, its ref after it."""

    def intend(self, key: str, desk: str, at: datetime) -> datetime | None:
        """Record that `key` is about to be sent. None the first time; else when it was first intended."""
        ...

    def sent(self, key: str) -> str | None:
        """The ref under which `key` was sent, or None."""
        ...

    def record_sent(self, key: str, ref: str, at: datetime) -> None:
        """Record that `key` stands at the desk under `ref`."""
        ...


class Store(Intents, Protocol):
    """The facts. Every method is one transaction."""

    # collect
    def announce(self, announcements: Sequence[Announcement], topics: Sequence[Topic], run: str, at: datetime) -> int:
        """Add announcements not yet known and the candidates they make; gives how many were new."""
        ...

    def known(self, papers: Sequence[Paper]) -> int:
        """How many of these paper versions have been announced before."""
        ...

    # screen
    def to_screen(self, topic: str, limit: int) -> Sequence[Candidate]:
        """Candidates without a screening, oldest first."""
        ...

    def add_screenings(self, found: Sequence[tuple[int, Screening]], run: str, at: datetime) -> None:
        """Add screenings by candidate number; one that exists stays as it is."""
        ...

    # score
    def batches(self, topic: str, size: int, budget: int | None) -> Sequence[Batch]:
        """Batches that wait for a score: first those assigned before, then new ones, best priority first.
        `budget` bounds the number of candidates given out, None does not.
        """
        ...

    def add_relevances(
        self, found: Sequence[tuple[int, Relevance]], missed: Sequence[Failure], run: str, at: datetime
    ) -> None:
        """Add the verdicts of one reply and what it failed to answer, together."""
        ...

    # summarize
    def to_summarize(self, topic: str) -> Sequence[tuple[Candidate, Relevance, int]]:
        """Relevant candidates without a summary, best score first, with the count of failures so far."""
        ...

    def add_summary(self, number: int, summary: Summary, run: str, at: datetime) -> None:
        """Add a summary; one that exists stays as it is."""
        ...

    # post
    def to_post(self, topic: str, desk: str) -> Sequence[int]:
        """Numbers of summarized candidates that have no card at this desk and wait for no decision elsewhere."""
        ...

    def add_card(self, number: int, posted: CardPosted, face: str, run: str) -> None:
        """Add the fact that a card was posted showing `face`."""
        ...

    def stale_cards(self, desk: str) -> Sequence[tuple[int, str]]:
        """(number, ref) of cards whose facts changed since the desk last showed them."""
        ...

    def shown(self, number: int, desk: str, face: str) -> None:
        """Record what face a desk now shows."""
        ...

    # decide
    def add_decision(self, number: int, decision: Decision) -> bool:
        """Add a decision; False when the same verdict already stands (a double click)."""
        ...

    def add_revisions(self, number: int, revisions: Sequence[Revision], based_on: int | None) -> None:
        """Add changed cells together. Raises UsageError when revised by someone else since `based_on`."""
        ...

    def card(self, number: int) -> Card:
        """A candidate's card from its facts. Raises UsageError if it has none."""
        ...

    def cards(self, topic: str | None = None) -> Sequence[Card]:
        """All cards, newest first."""
        ...

    # catalog
    def to_catalog(self, topic: str) -> Sequence[tuple[int, bool]]:
        """(number, wanted) of candidates whose latest decision the catalog has not followed yet."""
        ...

    def add_row(self, number: int, row: CatalogRow) -> None:
        """Add the fact that the catalog followed a decision."""
        ...

    # accounts
    def fail(self, failure: Failure, run: str, at: datetime) -> None:
        """Record a failure."""
        ...

    def failures(self, stage: str | None = None) -> Sequence[Failure]:
        """The latest failure of every candidate that still waits because of one."""
        ...

    def waiting(self, topic: str, desk: str) -> Mapping[str, int]:
        """How many candidates wait for each stage."""
        ...

    def find(self, paper: PaperId) -> Sequence[int]:
        """Numbers of the candidates made from a paper."""
        ...

    def history(self, paper: PaperId) -> Sequence[HistoryEntry]:
        """All facts of a paper in order of time."""
        ...

    def start_run(self, run: str, at: datetime) -> None:
        """Record that a run began."""
        ...

    def finish_run(self, report: RunReport) -> None:
        """Record how a run ended."""
        ...

    def last_run(self) -> RunReport | None:
        """The latest finished run."""
        ...

    def usage(self, since: datetime | None = None) -> Usage:
        """What model calls took since a moment, or ever."""
        ...

    def digest_for(self, topic: Topic, day: date, since: datetime | None, recorded: bool) -> Digest:
        """Gather what happened since a moment into a digest."""
        ...

    def last_digest(self) -> Digest | None:
        """The latest digest posted."""
        ...

    def add_digest(self, digest: Digest, at: datetime) -> None:
        """Keep a posted digest as it was shown."""
        ...


class ReplyLog(Protocol):
    """Model replies, written durably before anything else is done with them."""

    def reply(self, key: str) -> Reply | None:
        """The recorded reply to a request, or None."""
        ...

    def record_reply(self, key: str, request: Request, reply: Reply, at: datetime) -> None:
        """Write a reply; returns when it is on the disk."""
        ...


class Abilities(Protocol):
    """What a model server was found able to do, remembered per (base_url, model)."""

    def ability(self, base_url: str, model: str) -> str | None:
        """The structured-output rung that worked, or None when never tried."""
        ...

    def learn_ability(self, base_url: str, model: str, rung: str) -> None:
        """Remember the rung that worked."""
        ...
