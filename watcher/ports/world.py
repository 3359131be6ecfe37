"""What the line asks of the world: sources, models, desks, the catalog, and who does the work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

from watcher.domain.budget import Usage
from watcher.domain.catalog.attention import Signal
from watcher.domain.catalog.catalog import CatalogReading
from watcher.domain.catalog.match import Query
from watcher.domain.catalog.proposals import Proposal, ProposalCard, ProposalOutcome
from watcher.domain.curation.audit import AuditCard
from watcher.domain.curation.card import Card, Digest, Reminder
from watcher.domain.curation.weekly import WeeklyReport
from watcher.domain.errors import WatcherError
from watcher.domain.facts import ApprovedRow, CatalogRow, Cells, Push
from watcher.domain.operations.alarm import Alarm
from watcher.domain.papers.paper import Announcement, Paper, PaperId

Clock = Callable[[], datetime]
"""Gives the present moment, always with a time zone. `now` is never read inside a stage."""


# --- sources ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reading:
    """What one feed gave. `error` means nothing of it may be believed; `broken` lists entries that could
    not be read while their neighbours could. `reached` is how far a list in the order of days has come,
    `first_versions` are the papers in it that have no later version, each with the day (UTC) of its last change.
    `by_day` says whether the feed follows arXiv's announcement days.
    """

    feed: str
    announcements: tuple[Announcement, ...] = ()
    error: WatcherError | None = None
    broken: tuple[str, ...] = ()
    announced_on: date | None = None
    reached: date | None = None
    first_versions: tuple[tuple[date, PaperId], ...] = ()
    by_day: bool = True


class Source(Protocol):
    """An organisation's announcing service."""

    name: str

    def read(self) -> Iterable[Reading]:
        """Read every feed once. Failures come as `Reading.error`; one bad feed never hides another."""


@dataclass(frozen=True, slots=True)
class Window:
    """What to catch up with: everything announced in some categories since a day (UTC).

    `left_off` says for feeds of an attempt that was cut short how far they had come; `oldest` is the first paper of the
    first batch that was ever read.
    """

    since: date
    categories: frozenset[str]
    left_off: Mapping[str, date] = field(default_factory=dict)
    oldest: PaperId | None = None


class CatchUp(Source, Protocol):
    """A window read from a source that forgets no day.

    After `read`, `complete_as_of` is the moment up to which nothing of the window is missing, None when any of its
    feeds failed.
    """

    complete_as_of: datetime | None


CatchUps = Callable[[Window], CatchUp]


Throttle = Callable[[str], AbstractContextManager[None]]
"""Asked with a host for a turn: the request is sent and its answer read inside the `with` block."""


# --- language models -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a language model. The static `system` part comes first so that servers cache it.

    `attempt` makes an intended repetition a new question; the same request twice is the same question. One that is put
    `once` is not repeated when it fails as one of many might: who asks puts another one then.
    """

    stage: str
    system: str
    user: str
    schema_name: str
    schema: Mapping[str, Any]
    attempt: int = 0
    once: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's answer as text, unchecked. `finish` is the server's word (stop, length …). `mended` is the JSON that a
    text with broken syntax was meant to be, as far as a library can tell.
    """

    text: str
    model: str
    finish: str
    usage: Usage
    mended: str = ""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a question is put to a model server; the values here are how it is put to an unknown one.

    `format` is the response format, `limit` the field that bounds an answer (empty: the dialect's own), `most` the
    longest answer in tokens that the server was found to allow, `system` whether it takes a system message, `without`
    the fields it does not know.
    """

    format: str = "json_schema"
    limit: str = ""
    most: int | None = None
    system: bool = True
    without: tuple[str, ...] = ()


class LanguageModel(Protocol):
    """Anything that answers a Request. `name` is what facts record; `recorded` says replies come from a file."""

    name: str
    recorded: bool

    def ask(self, request: Request) -> Reply:
        """Answer, or raise ModelError, ModelRefused or QuestionRefused."""


# --- desks -----------------------------------------------------------------------------------------


Message = Card | Digest | Reminder | AuditCard | WeeklyReport | ProposalCard | Alarm
"""What a desk can be sent. Each desk renders a message by its type."""


class Desk(Protocol):
    """Where people are shown messages. A ref is the desk's own address of a message; methods raise DeskError, or
    DeskRefused where a person must act first.
    """

    name: str

    def find(self, key: str, since: datetime, below: str = "") -> str | None:
        """The ref of a message already sent under this outbox key at or after `since`, else None: the look before any
        resend. It is looked for beside and `below` the message with this ref.
        """

    def send(self, key: str, message: Message, below: str = "") -> str:
        """Send a message under an outbox key, `below` the message with this ref if any; gives its ref."""

    def update(self, ref: str, look: Callable[[], Message]) -> None:
        """Make a message tell the truth: what `look` gives when its turn has come, so that of several updates the last
        shows the latest. Idempotent.
        """


# --- catalogs --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowContent:
    """What is to stand in the catalog for a paper."""

    id: PaperId
    cells: Cells
    url: str


LINK = "link"
"""A cell beside those of `Cells`: the arXiv id by which a row names its own paper, "" for none."""


@dataclass(frozen=True, slots=True)
class CellChange:
    """What one cell of a row says, as its reader sees it, and what it is to say.

    The row is that of `paper`, or where it names none the one titled `title`. `cell` is a name of `Cells` or LINK.
    """

    paper: PaperId | None
    title: str
    cell: str
    before: str
    after: str


class Catalog(Protocol):
    """The document that approved papers extend."""

    def ids(self) -> frozenset[PaperId]:
        """Every paper the document names, wherever in it. Raises CatalogError."""

    def add(self, row: RowContent, at: datetime, approved: Sequence[ApprovedRow] = ()) -> CatalogRow:
        """Make the row stand exactly once, and commit it where the file is in a repository. Doing it again,
        or going on after a kill in the middle, changes nothing more. The numbers of `approved` rows that are missing
        are kept for them. Raises CatalogError.
        """

    def remove(self, row: RowContent, at: datetime, approved: Sequence[ApprovedRow] = ()) -> CatalogRow:
        """Take the paper's row out again, under the same promises; the number of one that is missing becomes free."""

    def whereabouts(self, approved: Sequence[ApprovedRow], at: datetime) -> Mapping[int, CatalogRow]:
        """What became of rows, by candidate, in the branch that readers see: each stands as it came (ADDED, PRESENT), or
        is TAKEN_OUT, by a commit where one is known, or LOST; one that was known as taken out (REMOVED, RETURNED) stands
        or is REMOVED. Nothing where this is not the copy that rows go to.
        Raises CatalogError.
        """

    def read(self) -> CatalogReading:
        """Everything the document says. Raises CatalogError."""

    def change(self, proposal: Proposal, at: datetime, *, again: bool) -> ProposalOutcome:
        """Carry out an accepted proposal, under the same promises, if the cell still says what it would replace; nothing
        else changes. `again` says that an earlier try may have been cut short. Raises CatalogError.
        """

    def preview(self, row: RowContent) -> str:
        """The line that `add` would write now. Raises CatalogError."""


class Metadata(Protocol):
    """What the world says of papers the catalog holds already."""

    name: str

    def lookup(self, ids: Iterable[PaperId]) -> Mapping[PaperId, Paper]:
        """The newest version of each paper; those the service does not know are left out. Raises FeedError."""

    def search(self, query: Query) -> Sequence[Paper]:
        """Papers that may be meant by a title of uncertain wording. Raises FeedError."""


class Enricher(Protocol):
    """A service that counts something about papers."""

    name: str

    def signals(
        self, papers: Sequence[PaperId], known: Mapping[PaperId, Sequence[Signal]], now: datetime
    ) -> Sequence[Signal]:
        """What it says of these papers; `known` is what others said. Raises FeedError."""


class Remote(Protocol):
    """The catalog's remote. Nothing is ever forced, and no commit of anybody is lost."""

    catalog: str

    def head(self) -> str:
        """The last commit here, "" before the first. Contacts nothing. Raises WatcherError."""

    def bring(self, at: datetime) -> Push:
        """Bring the last commit to the remote, taking in first what others pushed. Done already, it changes nothing.

        Raises PushError, PushRefused, or CatalogError where people must merge; the commits are kept.
        """


# --- the engine ------------------------------------------------------------------------------------


class RateLimits(Protocol):
    """Units let through no faster than an outside service allows to all processes together."""

    def take(self, units: Mapping[str, float]) -> None:
        """Wait for room for so many units of each kind, and fill it."""

    def correct(self, units: Mapping[str, float]) -> None:
        """Fill in (or, negative, give back) what something took beyond what was taken for it."""


Unit = TypeVar("Unit")


class Engine(Protocol):
    """Decides who works on what next; the facts alone say what is left to do."""

    def each(
        self, units: Sequence[Unit], work: Callable[[Unit], None], concurrency: int = 1
    ) -> Sequence[tuple[Unit, WatcherError]]:
        """Do the work for every unit; gives what failed. After a refusal that asking again cannot mend, or
        in an outage, the units not yet begun are left for another time.
        """
