"""Ports of the outside world: sources of papers, metadata services, language models, desks (where curators see
messages), the catalog and its git remote, rate limits, prefilters, and the worker processes of a deployment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from watcher.domain.budget import Cap, Usage
from watcher.domain.catalog.attention import Signal
from watcher.domain.catalog.catalog import CatalogReading
from watcher.domain.catalog.match import Query
from watcher.domain.catalog.proposals import Proposal, ProposalCard, ProposalOutcome
from watcher.domain.curation.card import Card, Digest, Reminder
from watcher.domain.curation.reactions import Observation, Question
from watcher.domain.curation.recall import AuditSheet
from watcher.domain.curation.weekly import WeeklyReport
from watcher.domain.errors import WatcherError
from watcher.domain.facts import ApprovedRow, CatalogRow, Push
from watcher.domain.health import Alarm
from watcher.domain.papers.citations import CitingPapers
from watcher.domain.papers.feeds import FeedMemory
from watcher.domain.papers.paper import Announcement, Paper, PaperId
from watcher.domain.summaries.cells import RowContent
from watcher.domain.text import fingerprint

Clock = Callable[[], datetime]
"""Returns the present time, always with a time zone. A stage reads no clock itself."""


# --- sources ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of reading one feed once. If there is an `error`, nothing of it may be used; `broken` lists entries
    that could not be parsed while others could.

    `reached` is the day up to which a list ordered by day has been read. `first_versions` are its papers that have only
    one version, each with the day (UTC) of its last change. `by_day` says whether the feed follows arXiv's announcement
    days. `memory` is the feed's content, to be stored once the announcements are; `forgot` is a message about what may
    have been missed, because the feed no longer lists anything of its last reading, "" otherwise.
    """

    feed: str
    announcements: tuple[Announcement, ...] = ()
    error: WatcherError | None = None
    broken: tuple[str, ...] = ()
    announced_on: date | None = None
    reached: date | None = None
    first_versions: tuple[tuple[date, PaperId], ...] = ()
    by_day: bool = True
    memory: FeedMemory | None = None
    forgot: str = ""


class Source(Protocol):
    """A client of a service that announces papers, such as arXiv or bioRxiv."""

    name: str

    def read(self) -> Iterable[Reading]:
        """Read every feed of the source once. A failure is returned as `Reading.error`, so that one bad feed never
        hides another.
        """


@dataclass(frozen=True, slots=True)
class Window:
    """A past span of time to be read again from a complete list: everything announced in some categories since a day
    (UTC).

    `left_off` says for each feed of an interrupted harvest how far it had come; `oldest` is for each category the first
    paper of the first batch that was read after the category began to be watched.
    """

    since: date
    categories: frozenset[str]
    left_off: Mapping[str, date] = field(default_factory=dict)
    oldest: Mapping[str, PaperId] = field(default_factory=dict)


class CatchUp(Source, Protocol):
    """A source that can list all papers of a past span of days, such as arXiv's OAI-PMH service (feeds show one day
    only).

    After `read`, `complete_as_of` is the time up to which nothing of the span is missing; None if any of its feeds
    failed.
    """

    complete_as_of: datetime | None


CatchUps = Callable[[Window], CatchUp]


Throttle = Callable[[str], AbstractContextManager[None]]
"""Context manager for a request to a host: waits for a turn; request and response happen inside the `with` block."""


# --- language models -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a language model, for a stage of the pipeline. The static `system` part comes first, so that
    servers can cache it.

    `attempt` distinguishes an intended repetition; two requests that are equal share one cached reply. A request with
    `once` is not retried when it fails in a way that may be due to its papers, because the caller then asks about fewer
    of them.
    """

    stage: str
    system: str
    user: str
    schema_name: str
    schema: Mapping[str, Any]
    attempt: int = 0
    once: bool = False

    @property
    def made_from(self) -> str:
        """The hash (hexadecimal) of the system prompt and the response format. It is stored with each result made from
        the model's answer, to identify the prompt; the user message, which holds the papers, does not change it.
        """
        return fingerprint(self.system, json.dumps(self.schema, sort_keys=True))


@dataclass(frozen=True, slots=True)
class Reply:
    """A language model's answer as text, not yet validated. `finish` is why the server ended it (stop, length …).
    `mended` is the JSON as repaired by a library if its syntax was broken.
    """

    text: str
    model: str
    finish: str
    usage: Usage
    mended: str = ""


@dataclass(frozen=True, slots=True)
class Manner:
    """The form of request that a model server accepts, since servers differ; the defaults are for an unknown server.

    `format` is the response format, `limit` the name of the parameter that limits an answer's length (empty: the API's
    usual one), `most` the longest answer in tokens that the server was found to allow, `system` whether it accepts a
    system message, `without` the parameters it does not know.
    """

    format: str = "json_schema"
    limit: str = ""
    most: int | None = None
    system: bool = True
    without: tuple[str, ...] = ()


class LanguageModel(Protocol):
    """A client of a language model. `name` is stored with the results made from its replies; `recorded` says that the
    replies come from a file.
    """

    name: str
    recorded: bool

    def ask(self, request: Request) -> Reply:
        """Send a request to the model and return the reply. Raises ModelError, ModelRefused or QuestionRefused."""


# --- desks -----------------------------------------------------------------------------------------


Message = Card | Digest | Reminder | AuditSheet | WeeklyReport | ProposalCard | Alarm | Question
"""The types of message that can be sent to a desk, which renders each by its type."""


@dataclass(frozen=True, slots=True)
class Answers:
    """People's responses to messages, by message address: the emoji reactions on each, and the number of replies in its
    thread. `errors` say which messages could not be read; a message that is not in `reactions` was not found or not
    read.
    """

    reactions: Mapping[str, Observation] = field(default_factory=dict)
    replies: Mapping[str, int] = field(default_factory=dict)
    errors: Sequence[WatcherError] = ()


class Desk(Protocol):
    """A place where messages are shown to curators: Slack, the web pages or the console. A `ref` is the desk's own
    address of a message.

    Methods raise DeskError, or DeskRefused if a person must act first.
    """

    name: str

    def find(self, key: str, since: datetime, below: str = "") -> str | None:
        """Look for a message that was sent under this key at or after `since`, in the channel and in the thread of the
        message `below`; return its address (ref) or None.

        Called before a message is sent again, when an earlier attempt may have succeeded.
        """

    def send(self, key: str, message: Message, below: str = "") -> str:
        """Send a message under a key by which `find` can find it, in the thread of the message `below` if given; return
        its address (ref).
        """

    def update(self, ref: str, look: Callable[[], Message | None]) -> None:
        """Replace the message at this address by what `look` returns. Idempotent.

        `look` is called when this update's turn has come, so that of several updates the last one shows the latest
        state; if it returns None, the message shows that already and is left alone.
        """

    def link(self, ref: str, below: str = "") -> str:
        """The URL of a message for people to open; "" while it is not known. `below` is the message in whose thread it
        is, if any.
        """

    def answers(self, refs: Collection[str]) -> Answers:
        """Read the emoji reactions that people have left on messages, and count the replies. A desk without reactions
        finds none.
        """


# --- catalogs --------------------------------------------------------------------------------------


LINK = "link"
"""The name of a cell beside those of `Cells`: the arXiv id by which a row names its paper, "" for none."""


@dataclass(frozen=True, slots=True)
class CellChange:
    """A change of one cell of a catalog row: its present text and the text that is to replace it.

    The row is that of `paper`, or if that is None, the one with `title`. `cell` is the name of a field of `Cells` or
    LINK.
    """

    paper: PaperId | None
    title: str
    cell: str
    before: str
    after: str


class Catalog(Protocol):
    """The catalog to which approved papers are added as rows, e.g. a Markdown file."""

    def ids(self) -> frozenset[PaperId]:
        """The ids of all papers that the catalog file mentions anywhere. Raises CatalogError."""

    def add(self, row: RowContent, at: datetime, approved: Sequence[ApprovedRow] = ()) -> CatalogRow:
        """Add a paper's row to the catalog unless it is there, and commit the file if it is in a git repository.
        Idempotent, also after a kill in the middle.

        `approved` are the rows of approved papers: the numbers of those that are missing from the file are not reused.
        Raises CatalogError.
        """

    def remove(self, row: RowContent, at: datetime, approved: Sequence[ApprovedRow] = ()) -> CatalogRow:
        """Remove a paper's row from the catalog and commit. Idempotent. `approved` are the rows of approved papers, as
        in `add`; if the row is missing already, its number may be used again. Raises CatalogError.
        """

    def whereabouts(self, approved: Sequence[ApprovedRow], at: datetime) -> Mapping[int, CatalogRow]:
        """Look for each approved paper's row on the branch that readers see, and return its state by candidate number.

        The state is ADDED or PRESENT (as recorded before) if the row is there, TAKEN_OUT if a commit removed it, LOST
        if no commit of the branch has it. A row recorded as removed (REMOVED, RETURNED) that is not there is REMOVED.
        Empty if rows are written to another copy of the catalog. Raises CatalogError.
        """

    def read(self) -> CatalogReading:
        """Read and parse the whole catalog file. Raises CatalogError."""

    def change(self, proposal: Proposal, at: datetime, *, again: bool) -> ProposalOutcome:
        """Carry out an accepted change of a cell and commit, if the cell still has the text that is to be replaced;
        nothing else is changed. `again` says that an earlier attempt may have been interrupted. Raises CatalogError.
        """

    def preview(self, row: RowContent) -> str:
        """The Markdown line that `add` would write for this row, to be shown to curators. Raises CatalogError."""


class Metadata(Protocol):
    """A client of a service that knows titles, authors and versions of papers, such as arXiv's search API."""

    name: str

    def lookup(self, ids: Iterable[PaperId]) -> Mapping[PaperId, Paper]:
        """Look up the newest version of each paper; papers unknown to the service are left out. Raises FeedError."""

    def search(self, query: Query) -> Sequence[Paper]:
        """Search the service for papers by title; the results may hold others too. Raises FeedError."""


class Enricher(Protocol):
    """A client of a service that gives figures about papers: citations, upvotes, stars or venues."""

    name: str

    def signals(
        self, papers: Sequence[PaperId], known: Mapping[PaperId, Sequence[Signal]], now: datetime
    ) -> Sequence[Signal]:
        """The service's figures about these papers; `known` are the figures from services asked before. Raises
        FeedError.
        """


class CitationIndex(Protocol):
    """A client of a service that knows which papers cite which, such as Semantic Scholar."""

    name: str

    def citing(self, papers: Sequence[PaperId], since: date) -> CitingPapers:
        """The arXiv papers published since a day that cite one of these. If the service fails midway, the result holds
        the error beside what was found before.
        """


class Remote(Protocol):
    """The git remote to which a catalog's commits are pushed. Nothing is ever forced, so nobody's commit is lost."""

    catalog: str

    def head(self) -> str:
        """The id of the last local commit on the catalog's branch, "" before the first; contacts nothing. Raises
        WatcherError.
        """

    def take_in(self, at: datetime) -> None:
        """Merge the remote branch, and the program's own open pull requests, into the local branch. Raises the same
        errors as `bring`.
        """

    def bring(self, at: datetime) -> Push:
        """Push the last commit to the remote, after merging what others have pushed; nothing changes if it is there
        already.

        Raises PushError, PushRefused, or CatalogError if people must merge; the local commits are kept.
        """


# --- rate limits ------------------------------------------------------------------------------------


class RateLimits(Protocol):
    """A rate limiter shared by all processes: units of each kind (requests, tokens) are used no faster than a service
    allows.
    """

    def take(self, units: Mapping[str, float]) -> None:
        """Wait until the rate limit allows these units (e.g. requests, tokens), and count them as used."""

    def correct(self, units: Mapping[str, float]) -> None:
        """Count units that were used beyond those passed to `take`; a negative number gives some back."""


# --- prefilters -------------------------------------------------------------------------------------


class Prefilter(Protocol):
    """A classifier of one topic that estimates how likely a paper belongs to it.

    `name` is the kind set in the configuration; `trained` identifies the trained model in use, "" if there is none.
    `usual` are its probabilities for typical announced papers, lowest first, from which the threshold is set as long as
    it has screened too few papers itself.
    """

    name: str
    trained: str
    usual: Sequence[float]

    def probability(self, paper: Paper) -> float | None:
        """The probability (0–1) that the paper belongs to the topic; None if the prefilter cannot tell."""


@dataclass(frozen=True, slots=True)
class TrainedPrefilter:
    """A trained classifier of papers for a topic as stored in a file: `content` is its serialized model, `name` is
    derived from it.
    """

    name: str
    content: bytes


# --- worker processes -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ModelJob:
    """A job for a worker process: ask the model about some papers of a topic, given by candidate number, for one stage
    of a run. `now` is the time of the run if it is not the present.
    """

    run: str
    stage: str
    topic: str
    numbers: tuple[int, ...]
    now: datetime | None = None

    @property
    def key(self) -> str:
        """The deduplication key of this job: the same for the same work on every machine, so that no job is queued
        twice.
        """
        return f"{self.run}/{self.stage}/{fingerprint(self.topic, *map(str, sorted(self.numbers)))}"


@dataclass(frozen=True, slots=True)
class JobResult:
    """The result of a worker's job: how many papers each step handled, the tokens used, errors, and the spending cap
    that stopped the job, if one did.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    failures: tuple[str, ...] = ()
    cap: Cap | None = None

    @property
    def failed(self) -> bool:
        """Whether the whole job failed: there are errors and no paper was handled."""
        return bool(self.failures) and not any(self.counts.values())


class WorkerPool(Protocol):
    """All worker processes of a deployment, among which a run distributes its model calls as jobs."""

    def capacity(self) -> int:
        """The number of jobs that all workers together can do at the same time; at least 1."""

    def map(self, jobs: Sequence[ModelJob], told: Callable[[JobResult], None]) -> Sequence[ModelJob]:
        """Run the jobs on the workers and call `told` with each result as it arrives; return the jobs that no worker
        did.

        After three jobs in a row in which everything failed, the jobs not yet begun are withdrawn, because the model
        server is probably down.
        """
