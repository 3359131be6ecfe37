"""What the line asks of its memory: the facts, the outbox, the replies, the accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import Protocol

from watcher.domain.card import Digest, FeedReport, Usage
from watcher.domain.examples import Example
from watcher.domain.facts import (
    ApprovedRow,
    Candidate,
    CardPosted,
    CatalogRow,
    Notice,
    Relevance,
    Screening,
    Summary,
)
from watcher.domain.handover import LoneFailure
from watcher.domain.paper import Announcement, Paper, PaperId
from watcher.domain.reminder import Overdue
from watcher.domain.topic import Topic
from watcher.ports.audits import AuditStore
from watcher.ports.crew import TallyStore
from watcher.ports.curation_store import CurationStore
from watcher.ports.days import DayStore
from watcher.ports.enrichers import SignalStore
from watcher.ports.following import FollowStore
from watcher.ports.inquiries import FrontStore
from watcher.ports.outbox import Intents
from watcher.ports.prefilters import PrefilterStore
from watcher.ports.proposals import ProposalStore
from watcher.ports.records import Batch, Failure, HistoryEntry, Replacement, RunReport
from watcher.ports.remote import Pushes
from watcher.ports.vitals import AlarmStore


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

    def newest_before(self, moment: datetime) -> PaperId | None:
        """The paper with the newest of arXiv's ids among those announced to us before a moment."""
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
