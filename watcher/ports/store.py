"""What the line asks of its memory: the facts, the outbox, the replies, the accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import Protocol

from watcher.domain.budget import Usage
from watcher.domain.curation.card import Card, Digest, Overdue
from watcher.domain.curation.related import Known
from watcher.domain.facts import (
    ApprovedRow,
    Candidate,
    CardPosted,
    CatalogRow,
    Decision,
    Notice,
    Relevance,
    Revision,
    Rewrite,
    Screening,
    Summary,
)
from watcher.domain.handover import LoneFailure, Retry
from watcher.domain.operations.alarm import Alarm, Observations
from watcher.domain.operations.vitals import Vitals
from watcher.domain.papers.announcement_days import Account, FeedRole, Span
from watcher.domain.papers.feeds import FeedReport
from watcher.domain.papers.paper import Announcement, Paper, PaperId
from watcher.domain.papers.topic import Topic
from watcher.domain.screening.examples import Example
from watcher.ports.audits import AuditStore
from watcher.ports.enrichers import SignalStore
from watcher.ports.inquiries import FrontStore
from watcher.ports.prefilters import PrefilterStore
from watcher.ports.proposals import ProposalStore
from watcher.ports.queue import Exclusion, TallyStore
from watcher.ports.records import Act, Batch, Failure, HistoryEntry, Replacement, RunReport
from watcher.ports.remote import Pushes


class DayStore(Protocol):
    """The part of the memory that accounts for announcement days."""

    def add_readings(
        self, reports: Sequence[FeedReport], run: str, at: datetime, roles: Sequence[FeedRole] | None = None
    ) -> None:
        """Add how every feed did in a run, each in its role (by default one that says nothing of days)."""
        ...

    def add_span(self, span: Span, role: FeedRole, run: str, at: datetime) -> None:
        """Add the fact that announcement days are accounted for, by feeds, by the full list or by history."""
        ...

    def account(self, now: datetime) -> Account:
        """Everything known of announcement days, as of a moment."""
        ...

    def watched_before(self) -> bool:
        """Whether a configured feed was ever read."""
        ...

    def fresh_on(self, now: datetime) -> frozenset[str]:
        """The feeds that were read fresh and to the last entry on the feed day of a moment."""
        ...

    def known_before(self, papers: Sequence[PaperId], batch: datetime, now: datetime) -> frozenset[PaperId]:
        """Which of these papers had been announced to us before a batch was; or later than `now`, when a clock was
        ahead.
        """
        ...


class VitalStore(Protocol):
    """The part of the memory that tells how a deployment does."""

    def vitals(self, topics: Sequence[str], desk: str, now: datetime) -> Vitals:
        """How the line over these topics (by slug) stands, with its cards at a desk."""
        ...


class AlarmStore(VitalStore, Protocol):
    """The part of the memory that is about alarms."""

    def signs(self, topics: Sequence[str], desk: str, now: datetime) -> Observations:
        """What the rules look at."""
        ...

    def add_alarm(self, alarm: Alarm) -> bool:
        """Add the fact that an alarm was opened, reminded of or closed; False when another process has done so."""
        ...

    def last_alarms(self) -> Sequence[Alarm]:
        """The last fact of each kind of alarm."""
        ...

    def standing_alarms(self) -> Sequence[Alarm]:
        """The last fact of each alarm that is not closed."""
        ...

    def told_before(self, alarm: Alarm) -> Sequence[Alarm]:
        """The facts of an alarm of this kind since it was last opened, before this one."""
        ...


class AlarmDesk(Protocol):
    """Where alarms are told."""

    name: str

    def find(self, key: str, since: datetime) -> str | None:
        """The ref of a message already posted under this outbox key at or after `since`, else None."""
        ...

    def show_alarm(self, key: str, alarm: Alarm) -> str:
        """Tell of an alarm once; gives the message's ref. Raises DeskError / DeskRefused."""
        ...


class InstallationStore(Protocol):
    """Installations by workspace, and the states of those under way. Every method is one transaction."""

    def keep_installation(self, team: str, content: str, at: datetime) -> None:
        """Keep what a workspace granted; what it granted before is replaced."""
        ...

    def installation(self, team: str) -> str | None:
        """What a workspace granted last, or None."""
        ...

    def forget_installation(self, team: str) -> None:
        """Forget what a workspace granted: it has taken the bot out."""
        ...

    def add_state(self, state: str, now: datetime, expires: datetime) -> None:
        """Remember that an installation began; those expired are forgotten."""
        ...

    def take_state(self, state: str, now: datetime) -> bool:
        """Whether an installation under way has this state; it can be taken once."""
        ...


class Intents(Exclusion, Protocol):
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


class FollowStore(Protocol):
    """What is not as people decided yet."""

    def to_follow(self, desk: str) -> frozenset[str]:
        """The topics of which something waits for the catalog, for another summary, or to be shown at a desk."""
        ...

    def stale_cards(self, desk: str, topic: str | None = None) -> Sequence[tuple[int, str]]:
        """(number, ref) of cards, of a topic or of all, whose facts changed since the desk last showed them."""
        ...

    def shown(self, number: int, desk: str, face: str) -> None:
        """Record what face a desk now shows."""
        ...


class CurationStore(Protocol):
    """The part of the store that curators act on. Every method is one transaction."""

    def add_decision(self, number: int, decision: Decision) -> bool:
        """Add a decision as `domain.verdicts.decision_to_record` takes it; False when it changes nothing (a double click). An
        approval again of a paper whose row is missing asks for the row, a rejection of one whose row stands again for
        its removal.
        """
        ...

    def add_revisions(self, number: int, revisions: Sequence[Revision], based_on: int | None) -> None:
        """Add changed cells together. Raises EditConflict when the cells changed since `based_on`."""
        ...

    def add_rewrite(self, number: int, rewrite: Rewrite) -> bool:
        """Add a wish for another summary; False while an earlier one is still open. Raises UsageError."""
        ...

    def add_retry(self, number: int, retry: Retry) -> bool:
        """Have the model asked once more about a paper that was handed over; False where that is so already. Raises
        UsageError for one that was not.
        """
        ...

    def to_rewrite(self, topic: str) -> Sequence[tuple[int, Candidate, Relevance, int]]:
        """(wish, candidate, relevance, attempt) of open wishes for another summary, oldest first."""
        ...

    def add_rewritten(self, wish: int, number: int, summary: Summary, run: str, at: datetime) -> None:
        """Add the summary that a wish brought; one that exists stays as it is."""
        ...

    def changes(self, number: int) -> Sequence[Revision]:
        """What changed a card's cells, oldest first, a rewritten summary as one change; as many as its `revision`."""
        ...

    def with_cards(self, topic: str) -> Sequence[Known]:
        """Every paper of a topic that has a card, with what became of it, newest first."""
        ...

    def acts(self, count: int, skip: int = 0) -> Sequence[Act]:
        """Every decision, revision and wish of a curator, newest first."""
        ...

    def card(self, number: int) -> Card:
        """A candidate's card from its facts. Raises UsageError if it has none."""
        ...

    def cards(self, topic: str | None = None) -> Sequence[Card]:
        """All cards, newest first."""
        ...


class Store(
    Intents,
    TallyStore,
    Pushes,
    ProposalStore,
    AuditStore,
    CurationStore,
    FollowStore,
    FrontStore,
    SignalStore,
    PrefilterStore,
    AlarmStore,
    DayStore,
    Protocol,
):
    """The facts. Every method is one transaction."""

    # collect
    def announce(self, announcements: Sequence[Announcement], topics: Sequence[Topic], run: str, at: datetime) -> int:
        """Add announcements not yet known and the candidates they make; gives how many were new."""
        ...

    def known(self, papers: Sequence[Paper]) -> int:
        """How many of these paper versions have been announced before."""
        ...

    def known_ids(self, papers: Sequence[Paper], topics: Sequence[Topic]) -> frozenset[PaperId]:
        """Which of these papers have been announced as news (new or cross) before, in any version, and are candidates
        of every one of the topics that takes them as they are now.

        A paper of which only a replacement was seen is not among them: nobody has looked at it yet. Nor is one that
        was cross-listed since into a category that another topic watches.
        """
        ...

    def cross_listed(self, papers: Sequence[Paper], topics: Sequence[Topic]) -> frozenset[PaperId]:
        """Which of these papers, announced before, have come into a category since that one of the topics watches, and
        are no candidates of it.
        """
        ...

    def add_harvest(self, name: str, feed: str, reached: datetime, run: str, at: datetime) -> None:
        """Add how far a feed has been harvested, for the purpose `name`."""
        ...

    def harvested(self, name: str) -> Mapping[str, datetime]:
        """How far each feed has been harvested for a purpose, by what was added last."""
        ...

    # later versions
    def met(self, topic: str | None = None) -> frozenset[PaperId]:
        """The papers that have a card, of a topic or of any."""
        ...

    def replacements(self, papers: AbstractSet[PaperId]) -> Sequence[Replacement]:
        """Later versions of these papers of which no notice was given, in the order they were announced."""
        ...

    def add_notices(self, notices: Sequence[Notice], run: str, at: datetime) -> None:
        """Add notices; one that was given stays as it is."""
        ...

    def notices(self, since: datetime | None) -> Sequence[Notice]:
        """The notices given after a moment (or ever), oldest first."""
        ...

    # screen
    def to_screen(self, topic: str, limit: int, after: int = 0) -> Sequence[Candidate]:
        """Candidates without a screening, oldest first, of those numbered higher than `after`."""
        ...

    def add_screenings(self, found: Sequence[tuple[int, Screening]], run: str, at: datetime) -> None:
        """Add screenings by candidate number; one that exists stays as it is."""
        ...

    # score
    def batches(
        self,
        topic: str,
        size: int,
        budget: int | None,
        only: AbstractSet[int] | None = None,
        at: datetime | None = None,
    ) -> Sequence[Batch]:
        """Batches that wait for a score: first those assigned before, then new ones, best priority first.
        `budget` bounds the number of candidates given out, None does not. `only` are the candidates asked for, whose
        batches may hold others. New ones are assigned at the moment `at`, by default now.
        """
        ...

    def judged(self, topic: str, prompt: str, asked: str) -> Sequence[tuple[int, Relevance]]:
        """What is known of candidates that wait for a score: a judgement of the same paper version, made for any
        topic from the same prompt (by its hash) by the same model (by the name it was asked by).
        """
        ...

    def give_back(self, batches: Sequence[int]) -> None:
        """Undo the assignment of batches that were never asked, so that the most promising go first another day."""
        ...

    def add_relevances(
        self, found: Sequence[tuple[int, Relevance]], missed: Sequence[Failure], run: str, at: datetime
    ) -> None:
        """Add the verdicts of one reply and what it failed to answer, together."""
        ...

    def examples(self, topic: str, until: datetime) -> Sequence[Example]:
        """Approvals and rejections of a topic made before a moment that stand, the latest first."""
        ...

    # what no model answers
    def add_lone_failure(self, number: int, failure: LoneFailure, run: str, at: datetime) -> bool:
        """Add that a model failed on a candidate alone, once a run; True where it was one too many and the paper goes to
        the curators.
        """
        ...

    def failed_alone(self, topic: str, stage: str, run: str) -> frozenset[int]:
        """The candidates on which a model failed alone in this run already, since anybody asked to try again."""
        ...

    def share_lone_failures(self, topic: str, prompt: str, asked: str, run: str, at: datetime) -> None:
        """Take over for a topic how often a model failed on the same paper versions by the same prompt elsewhere: in
        this run, and in earlier ones unless somebody asked here to try again.
        """
        ...

    # summarize
    def to_summarize(self, topic: str) -> Sequence[tuple[Candidate, Relevance, int]]:
        """Relevant candidates without a summary, fewest failures and best score first, with the count of failures."""
        ...

    def add_summary(self, number: int, summary: Summary, run: str, at: datetime) -> None:
        """Add a summary; one that exists stays as it is."""
        ...

    # post
    def to_post(self, topic: str, desk: str) -> Sequence[int]:
        """Numbers of summarized candidates that have no card at this desk and wait for no decision elsewhere."""
        ...

    def posted(self, topic: str, desk: str, since: datetime) -> int:
        """How many cards of a topic a desk has shown since a moment."""
        ...

    def overdue(self, topic: str, desk: str, before: datetime) -> Sequence[Overdue]:
        """Cards a desk showed before a moment that still wait for a verdict, oldest first."""
        ...

    def add_card(self, number: int, posted: CardPosted, face: str, run: str) -> None:
        """Add the fact that a card was posted showing `face`."""
        ...

    # catalog
    def to_catalog(self, topic: str) -> Sequence[tuple[int, bool]]:
        """(number, wanted) of candidates whose latest decision the catalog has not followed yet."""
        ...

    def intend_row(self, number: int, at: datetime) -> bool:
        """Record that a row is about to be added; False when an earlier intent still stands open."""
        ...

    def wanted_elsewhere(self, number: int, topics: Sequence[str] | None = None) -> bool:
        """Whether a candidate of the same paper in another topic (of these, if told) is approved and holds the row."""
        ...

    def add_row(self, number: int, row: CatalogRow) -> None:
        """Add the fact that the catalog followed a decision."""
        ...

    def approved_rows(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        """The rows of approved papers (of these topics, if told) that stand or are missing, as last known."""
        ...

    def missing_rows(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        """Those of them that were found missing and that nobody has said anything of."""
        ...

    def withdrawn_rows(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        """The rows of papers whose approval was withdrawn (of these topics, if told): taken out, or standing again."""
        ...

    def returned_rows(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        """Those of them that were found standing again and that nobody has said anything of."""
        ...

    def row_seen(self, row: ApprovedRow, now: CatalogRow) -> bool:
        """Add the fact that a row is missing, or stands again; False when it is no longer as it was known."""
        ...

    def additions(self) -> Mapping[PaperId, datetime]:
        """When the bot added which of the papers whose rows stand now."""
        ...

    # accounts
    def fail(self, failure: Failure, run: str, at: datetime) -> None:
        """Record a failure."""
        ...

    def failures(self, stage: str | None = None) -> Sequence[Failure]:
        """The latest failure of every candidate that still waits because of one."""
        ...

    def unscored(self, *topics: str) -> tuple[int, int]:
        """(candidates given to a batch but without a verdict, candidates no batch had room for)."""
        ...

    def waiting(self, topic: str, desk: str) -> Mapping[str, int]:
        """How many candidates wait for each stage."""
        ...

    def waiting_in(self, topics: Sequence[str], desk: str) -> Mapping[str, int]:
        """How many candidates of all these topics wait for each stage."""
        ...

    def let_go(self) -> None:
        """Note which candidates no stage before the desk will ask for again; what is left is found sooner."""
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

    def run_report(self, run: str) -> RunReport | None:
        """How the run with this id ended, the last time if it was tried again; None if it has not."""
        ...

    def last_run(self) -> RunReport | None:
        """The run that ended last."""
        ...

    def sources(self) -> Sequence[FeedReport]:
        """How every feed did when it was last read."""
        ...

    def usage(self, since: datetime | None = None) -> Usage:
        """What model calls took since a moment, or ever."""
        ...

    def digest_for(self, topic: Topic, day: date, since: datetime | None, recorded: bool) -> Digest:
        """Gather what happened to a topic since a moment into a digest; notices are of all topics' papers."""
        ...

    def last_digest(self, topic: str | None = None, before: date | None = None) -> tuple[Digest, datetime] | None:
        """The latest digest posted (of a topic, of an earlier day) and the moment it covers up to."""
        ...

    def add_digest(self, digest: Digest, ref: str, at: datetime) -> None:
        """Keep a posted digest as it is shown; the day's earlier content is replaced."""
        ...
