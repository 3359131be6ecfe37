"""What the line asks of its memory: a part for each subject, and all of them together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Protocol

from watcher.domain.budget import Cap, Caps, Spending, Usage
from watcher.domain.catalog.attention import Signal
from watcher.domain.catalog.proposals import Proposal, ProposalDecision, ProposalOutcome, Suggestion
from watcher.domain.curation.audit import AuditCard, ScreenedOut
from watcher.domain.curation.card import Card, Digest, Overdue
from watcher.domain.curation.related import Known
from watcher.domain.curation.weekly import Week, WeeklyReport
from watcher.domain.facts import (
    ApprovedRow,
    AuditAnswer,
    AuditSample,
    Candidate,
    CardPosted,
    CatalogRow,
    Decision,
    Enrichment,
    Nomination,
    Notice,
    Push,
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
from watcher.ports.prefilters import Lesson, TrainedPrefilter
from watcher.ports.queue import Tally
from watcher.ports.records import Act, Batch, Failure, HistoryEntry, Replacement, RunReport
from watcher.ports.world import Manner, Reply, Request


class PaperStore(Protocol):
    """What feeds announced, the candidates it made, their screenings, and news about papers already known."""

    def announce(self, announcements: Sequence[Announcement], topics: Sequence[Topic], run: str, at: datetime) -> int:
        """Add announcements not yet known and the candidates they make; gives how many were new."""

    def count_known(self, papers: Sequence[Paper]) -> int:
        """How many of these paper versions have been announced before."""

    def known_ids(self, papers: Sequence[Paper], topics: Sequence[Topic]) -> frozenset[PaperId]:
        """Which of these papers have been announced as news (new or cross) before, in any version, and are candidates
        of every one of the topics that takes them as they are now.

        A paper of which only a replacement was seen is not among them: nobody has looked at it yet. Nor is one that
        was cross-listed since into a category that another topic watches.
        """

    def cross_listed(self, papers: Sequence[Paper], topics: Sequence[Topic]) -> frozenset[PaperId]:
        """Which of these papers, announced before, have come into a category since that one of the topics watches, and
        are no candidates of it.
        """

    def add_harvest(self, name: str, feed: str, reached: datetime, run: str, at: datetime) -> None:
        """Add how far a feed has been harvested, for the purpose `name`."""

    def harvested(self, name: str) -> Mapping[str, datetime]:
        """How far each feed has been harvested for a purpose, by what was added last."""

    def to_screen(self, topic: str, limit: int, after: int = 0) -> Sequence[Candidate]:
        """Candidates without a screening, oldest first, of those numbered higher than `after`."""

    def add_screenings(self, found: Sequence[tuple[int, Screening]], run: str, at: datetime) -> None:
        """Add screenings by candidate number; one that exists stays as it is."""

    def with_card(self, topic: str | None = None) -> frozenset[PaperId]:
        """The papers that have a card, of a topic or of any."""

    def replacements(self, papers: AbstractSet[PaperId]) -> Sequence[Replacement]:
        """Later versions of these papers of which no notice was given, in the order they were announced."""

    def add_notices(self, notices: Sequence[Notice], run: str, at: datetime) -> None:
        """Add notices; one that was given stays as it is."""

    def notices(self, since: datetime | None) -> Sequence[Notice]:
        """The notices given after a moment (or ever), oldest first."""

    def number_of(self, paper: PaperId, topic: str) -> int | None:
        """The number of the candidate made from a paper for a topic, or None."""

    def numbers_of(self, paper: PaperId) -> Sequence[int]:
        """Numbers of the candidates made from a paper."""


class DayStore(Protocol):
    """How feeds did, and which of arXiv's announcement days are accounted for."""

    def add_readings(
        self, reports: Sequence[FeedReport], run: str, at: datetime, roles: Sequence[FeedRole] | None = None
    ) -> None:
        """Add how every feed did in a run, each in its role (by default one that says nothing of days)."""

    def add_span(self, span: Span, role: FeedRole, run: str, at: datetime) -> None:
        """Add the fact that announcement days are accounted for, by feeds, by the full list or by history."""

    def account(self, now: datetime) -> Account:
        """Everything known of announcement days, as of a moment."""

    def watched_before(self) -> bool:
        """Whether a configured feed was ever read."""

    def fresh_on(self, now: datetime) -> frozenset[str]:
        """The feeds that were read fresh and to the last entry on the feed day of a moment."""

    def known_before(self, papers: Sequence[PaperId], batch: datetime, now: datetime) -> frozenset[PaperId]:
        """Which of these papers had been announced to us before a batch was; or later than `now`, when a clock was
        ahead.
        """

    def sources(self) -> Sequence[FeedReport]:
        """How every feed did when it was last read."""


class ScoringStore(Protocol):
    """Batches of candidates that wait for a score, and the scores."""

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

    def unscored(self, *topics: str) -> tuple[int, int]:
        """(candidates given to a batch but without a verdict, candidates no batch had room for)."""

    def judged(self, topic: str, prompt: str, asked: str) -> Sequence[tuple[int, Relevance]]:
        """What is known of candidates that wait for a score: a judgement of the same paper version, made for any
        topic from the same prompt (by its hash) by the same model (by the name it was asked by).
        """

    def unassign(self, batches: Sequence[int]) -> None:
        """Undo the assignment of batches that were never asked, so that the most promising go first another day."""

    def add_relevances(
        self, found: Sequence[tuple[int, Relevance]], missed: Sequence[Failure], run: str, at: datetime
    ) -> None:
        """Add the verdicts of one reply and what it failed to answer, together."""

    def examples(self, topic: str, until: datetime) -> Sequence[Example]:
        """Approvals and rejections of a topic made before a moment that stand, the latest first.

        An approval without a reason has the model's, which the curator let stand; a rejection's would be wrong.
        Suspicious papers are left out: an example stands beside every other paper.
        """


class HandoverStore(Protocol):
    """Papers that a model gives no answer about: its failures, and what was handed over to curators."""

    def add_failure(self, number: int, failure: LoneFailure, run: str, at: datetime) -> bool:
        """Add that a model failed on a candidate alone, once a run; True where it was one too many and the paper goes to
        the curators.
        """

    def failed_alone(self, topic: str, stage: str, run: str) -> frozenset[int]:
        """The candidates on which a model failed alone in this run already, since anybody asked to try again."""

    def share_failures(self, topic: str, prompt: str, asked: str, run: str, at: datetime) -> None:
        """Take over for a topic how often a model failed on the same paper versions by the same prompt elsewhere: in
        this run, and in earlier ones unless somebody asked here to try again.
        """

    def add_retry(self, number: int, retry: Retry) -> bool:
        """Have the model asked once more about a paper that was handed over; False where that is so already. Raises
        UsageError for one that was not.
        """


class NominationStore(Protocol):
    """Papers put forward by hand."""

    def add(self, numbers: Sequence[int], nomination: Nomination, run: str) -> None:
        """Add the fact that candidates were put forward by hand; an earlier nomination that holds stays as it is."""

    def is_by_audit(self, number: int) -> bool:
        """Whether a candidate was put forward by an answer of the audit, and by nobody before."""

    def without_card(self, topic: str, desk: str) -> frozenset[int]:
        """Numbers of nominated candidates that have no card at a desk yet."""


class ReplyStore(Protocol):
    """Model replies, written durably before anything else is done with them."""

    def get(self, key: str) -> Reply | None:
        """The recorded reply to a request, or None."""

    def add(self, key: str, request: Request, reply: Reply, at: datetime) -> None:
        """Write a reply; returns when it is on the disk."""

    def usage(self, since: datetime | None = None) -> Usage:
        """What model calls took since a moment, or ever."""


class AbilityStore(Protocol):
    """In what manner a model server was found to take questions, remembered per (base_url, model)."""

    def get(self, base_url: str, model: str) -> tuple[Manner, datetime] | None:
        """The manner and when it was learned, or None when nothing was."""

    def put(self, base_url: str, model: str, manner: Manner, at: datetime) -> None:
        """Remember the manner."""


class SummaryStore(Protocol):
    """Summaries, and the rewrites that curators asked for."""

    def to_summarize(self, topic: str) -> Sequence[tuple[Candidate, Relevance, int]]:
        """Relevant candidates without a summary, fewest failures and best score first, with the count of failures."""

    def add(self, number: int, summary: Summary, run: str, at: datetime) -> None:
        """Add a summary; one that exists stays as it is."""

    def add_rewrite(self, number: int, rewrite: Rewrite) -> bool:
        """Add a wish for another summary; False while an earlier one is still open. Raises UsageError."""

    def to_rewrite(self, topic: str) -> Sequence[tuple[int, Candidate, Relevance, int]]:
        """(wish, candidate, relevance, attempt) of open wishes for another summary, oldest first.

        `attempt` grows with every wish and failure, so that each is a new question.
        """

    def add_rewritten(self, wish: int, number: int, summary: Summary, run: str, at: datetime) -> None:
        """Add the summary that a wish brought; one that exists stays as it is."""


class HistoryStore(Protocol):
    """What happened to a paper or a card, and who did it."""

    def changes(self, number: int) -> Sequence[Revision]:
        """Everything that changed a card's cells, oldest first; a rewritten summary counts as one change by whoever
        asked for it, so that there are as many as the card's `revision` says.
        """

    def acts(self, count: int, skip: int = 0) -> Sequence[Act]:
        """Every decision, revision and wish of a curator, newest first."""

    def of(self, paper: PaperId) -> Sequence[HistoryEntry]:
        """All facts of a paper in order of time."""


class CardStore(Protocol):
    """Cards at the desks, and what curators decided."""

    def known(self, topic: str) -> Sequence[Known]:
        """Every paper of a topic that has a card, with what became of it, newest first."""

    def to_post(self, topic: str, desk: str) -> Sequence[int]:
        """Numbers of summarized candidates without a card at this desk: of those that were decided meanwhile only
        the ones whose card may stand there already, since it must show the decision.
        """

    def add(self, number: int, posted: CardPosted, etag: str, run: str) -> None:
        """Add the fact that a card was posted showing `etag`."""

    def stale(self, desk: str, topic: str | None = None) -> Sequence[tuple[int, str]]:
        """(number, ref) of cards, of a topic or of all, whose facts changed since the desk last showed them."""

    def mark_shown(self, number: int, desk: str, etag: str) -> None:
        """Record the etag of what a desk now shows."""

    def get(self, number: int) -> Card:
        """A candidate's card from its facts. Raises UsageError if it has none."""

    def all(self, topic: str | None = None) -> Sequence[Card]:
        """All cards, newest day first, best score first within a day."""

    def decide(self, number: int, decision: Decision) -> bool:
        """Add a decision as `domain.verdicts.decision_to_record` takes it; False when it changes nothing (a double click). An
        approval again of a paper whose row is missing asks for the row, a rejection of one whose row stands again for
        its removal.
        """

    def revise(self, number: int, revisions: Sequence[Revision], based_on: int | None) -> None:
        """Add changed cells together. Raises EditConflict when the cells changed since `based_on`."""

    def refs(self, desk: str) -> Mapping[int, str]:
        """Where cards stand at a desk, by number."""

    def count_posted(self, topic: str, desk: str, since: datetime) -> int:
        """How many cards of a topic a desk has shown since a moment."""

    def overdue(self, topic: str, desk: str, before: datetime) -> Sequence[Overdue]:
        """Cards a desk showed before a moment that still wait for a verdict, oldest first."""


class PreferenceStore(Protocol):
    """What each person wants to see."""

    def get(self, person: str) -> Sequence[str]:
        """What somebody chose to see."""

    def put(self, person: str, choices: Sequence[str]) -> None:
        """Keep what somebody chose; what was chosen before is replaced."""


class CatalogRowStore(Protocol):
    """Which decisions the catalog has followed, and whether its rows still stand."""

    def to_catalog(self, topic: str) -> Sequence[tuple[int, bool]]:
        """(number, wanted) of candidates whose latest decision the catalog has not followed yet.

        A row that stood there before the bot (PRESENT) is never taken out by it.
        """

    def intend(self, number: int, at: datetime) -> bool:
        """Record that a row is about to be added; False when an earlier intent still stands open."""

    def wanted_elsewhere(self, number: int, topics: Sequence[str] | None = None) -> bool:
        """Whether a candidate of the same paper in another topic (of these, if told) is approved and holds the row."""

    def add(self, number: int, row: CatalogRow) -> None:
        """Add the fact that the catalog followed a decision."""

    def approved(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        """The rows of approved papers (of these topics, if told) that stand or are missing, as last known."""

    def missing(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        """Those of the approved rows that were found missing and that nobody has said anything of."""

    def withdrawn(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        """The rows of papers whose approval was withdrawn (of these topics, if told): taken out, or standing again."""

    def returned(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        """Those of the withdrawn rows that were found standing again and that nobody has said anything of."""

    def update(self, row: ApprovedRow, now: CatalogRow) -> bool:
        """Add the fact that a row is missing, or stands again; False when it is no longer as it was known."""

    def additions(self) -> Mapping[PaperId, datetime]:
        """When the bot added which of the papers whose rows stand now."""


class CatalogOwnerStore(Protocol):
    """Which copy of a catalog its rows are written to: several hosts may have one."""

    def get(self, catalog: str) -> str:
        """The mark of the copy that a catalog's rows are written to; "" before the first row."""

    def claim(self, catalog: str, mark: str, at: datetime) -> str:
        """Make this copy the one, unless one is it already; gives the mark of the one."""

    def move(self, catalog: str, mark: str, at: datetime) -> None:
        """Make this copy the one from now on."""


class PushStore(Protocol):
    """What the catalogs' remotes took, and what they did not take."""

    def add(self, push: Push, run: str) -> None:
        """Add the fact that a catalog's remote holds a commit, or did not take it."""

    def last(self, catalog: str | None = None) -> Push | None:
        """What a catalog's remote, or any, took last."""

    def failures(self, catalog: str | None = None) -> list[Failure]:
        """What keeps a catalog, or each of them, from being pushed; nothing once a push came after it."""


class RunStore(Protocol):
    """Runs and what failed."""

    def add_failure(self, failure: Failure, run: str, at: datetime) -> None:
        """Record a failure."""

    def failures(self, stage: str | None = None, topic: str | None = None) -> Sequence[Failure]:
        """The latest failure of every candidate (of a topic) that still waits (for a stage) because of one."""

    def start(self, run: str, at: datetime) -> None:
        """Record that a run began; a slot that is tried again begins again."""

    def finish(self, report: RunReport) -> None:
        """Record how a run ended."""

    def report(self, run: str) -> RunReport | None:
        """How the run with this id ended, the last time if it was tried again; None if it has not."""

    def last(self) -> RunReport | None:
        """The run that ended last, whatever time it was told it was."""

    def unfinished(self, since: datetime) -> Sequence[str]:
        """The runs that began after a moment and never ended, by id."""


class DigestStore(Protocol):
    """Digests, gathered from the facts and kept as they were posted."""

    def gather(self, topic: Topic, day: date, since: datetime | None, recorded: bool) -> Digest:
        """Gather what happened to a topic since a moment into a digest; notices are of all topics' papers."""

    def last(self, topic: str | None = None, before: date | None = None) -> tuple[Digest, datetime] | None:
        """The latest digest posted (of a topic, of an earlier day) and the moment it covers up to."""

    def put(self, digest: Digest, ref: str, at: datetime) -> None:
        """Keep a posted digest as it is shown; an update of the day's digest moves the moment it covers up to."""


class WaitingStore(Protocol):
    """What waits for each stage."""

    def mark_done(self) -> None:
        """Mark candidates as no longer active where no stage before the desk will ask for them again, by the facts:
        queries for what waits need not pass over the candidates of years.
        """

    def counts(self, topics: Sequence[str], desk: str) -> Mapping[str, int]:
        """How many candidates of all these topics wait for each stage."""

    def to_follow(self, desk: str) -> frozenset[str]:
        """The topics of which something waits for the catalog, for another summary, or to be shown at a desk."""


class VitalStore(Protocol):
    """The figures of a deployment."""

    def gather(self, topics: Sequence[str], desk: str, now: datetime) -> Vitals:
        """How the line over these topics (by slug) stands, with its cards at a desk."""


class AlarmStore(Protocol):
    """Alarms: the signs that they are made of, and what was told of them."""

    def signs(self, topics: Sequence[str], desk: str, now: datetime) -> Observations:
        """What the rules look at."""

    def add(self, alarm: Alarm) -> bool:
        """Add the fact that an alarm was opened, reminded of or closed; False when another process has done so."""

    def last(self) -> Sequence[Alarm]:
        """The last fact of each kind of alarm."""

    def standing(self) -> Sequence[Alarm]:
        """The last fact of each alarm that is not closed."""

    def told_before(self, alarm: Alarm) -> Sequence[Alarm]:
        """The facts of an alarm of this kind since it was last opened, before this one."""


class AuditStore(Protocol):
    """Audit samples of what was screened out, and curators' answers."""

    def screened_out(self, topic: str, since: datetime, until: datetime) -> Sequence[ScreenedOut]:
        """What was screened out from a moment up to another, drawn already or not."""

    def add_samples(self, topic: str, drawn: Sequence[tuple[int, AuditSample]], run: str, at: datetime) -> None:
        """Add a week's draw as a whole; where one of the topic and week exists, it stays as it is."""

    def cards(self, topic: str | None = None, weeks: Sequence[str] | None = None) -> Sequence[AuditCard]:
        """The audit sample (of a topic, of some weeks) with its answers, newest week first."""

    def card(self, number: int) -> AuditCard:
        """A candidate of the audit sample. Raises UsageError for any other."""

    def add_answer(self, number: int, answer: AuditAnswer) -> bool:
        """Add an answer; False when the same one stands already (a double click)."""

    def to_audit(self, topic: str, desk: str) -> Sequence[int]:
        """Numbers of the sample without a card at this desk; of those answered meanwhile only the ones whose card may
        stand there already, since it must show the answer.
        """

    def stale(self, desk: str, topic: str | None = None) -> Sequence[tuple[int, str]]:
        """(number, ref) of audit cards, of a topic or of all, that were answered since the desk last showed them."""

    def mark_shown(self, number: int, desk: str, ref: str, answers: int) -> None:
        """Record where an audit card stands at a desk and how many answers it shows."""


class ReportStore(Protocol):
    """Weekly reports."""

    def gather(self, topic: Topic, week: Week) -> WeeklyReport:
        """What happened in a week and, of the weeks up to it, what the audit says; as the facts stand now."""


class ProposalStore(Protocol):
    """Proposed changes of rows that stand already, and what became of them."""

    def add(self, proposals: Sequence[Proposal], run: str, at: datetime) -> int:
        """Add proposals; gives how many were new. One that stands open is not added twice, and one that was rejected
        (the same row, cell and `after`; of a question `before`) never again. An open one about the same cell that says
        otherwise is overtaken.
        """

    def get(self, number: int) -> Suggestion:
        """A proposal with what became of it. Raises UsageError if there is none."""

    def all(self, *, settled: bool = False) -> Sequence[Suggestion]:
        """Those of which nothing has come yet and nobody has refused, oldest first; or all of them."""

    def card(self, card: int) -> Sequence[Suggestion]:
        """The proposals found together under one card's number, in order."""

    def decide(self, number: int, decision: ProposalDecision) -> bool:
        """Add a decision; False when the same verdict already stands. Raises UsageError once something came of it."""

    def to_change(self) -> Sequence[int]:
        """Accepted proposals that the catalog has not followed yet."""

    def add_outcome(self, number: int, outcome: ProposalOutcome) -> None:
        """Add what came of a proposal; one that ended stays as it is."""

    def add_failure(self, number: int, error: str, run: str, at: datetime) -> None:
        """Record that an accepted proposal could not be carried out yet; the same trouble again is no new fact."""

    def count_open(self) -> int:
        """How many wait for a curator."""

    def to_show(self, desk: str) -> Sequence[int]:
        """Cards with something open, or that may stand at this desk already, of which it is not known, oldest first."""

    def stale(self, desk: str) -> Sequence[tuple[int, str]]:
        """(card, ref) of cards whose facts changed since this desk last showed them."""

    def mark_shown(self, card: int, desk: str, ref: str, etag: str, at: datetime) -> None:
        """Record where a desk shows a card, and how it looks."""


class PrefilterStore(Protocol):
    """Trained prefilters, and what they learn from."""

    def recent_probabilities(self, topic: str, trained: str, limit: int) -> Sequence[float]:
        """What a trained prefilter gave the candidates it screened last; 1 where a core keyword decided."""

    def taken_in(self, topic: str, limit: int | None = None) -> Sequence[tuple[Paper, date | None, bool | None]]:
        """Every candidate's paper, the day of its announcement, and whether a model found it relevant, where one did;
        newest first, as many as `limit`.
        """

    def lessons(self, topic: str) -> Sequence[Lesson]:
        """The latest decision on every card, where it is approve or reject, oldest first."""

    def add(self, topic: str, trained: TrainedPrefilter, at: datetime) -> None:
        """Keep a trained prefilter; one of this name stays as it is."""

    def choose(self, topic: str, name: str, reason: str, at: datetime) -> None:
        """Add the choice of a kept prefilter; the latest holds. Raises UsageError if there is none of this name."""

    def in_use(self, topic: str) -> str:
        """The name of the one chosen last; empty when none ever was."""

    def get(self, topic: str, name: str) -> TrainedPrefilter:
        """A kept prefilter. Raises UsageError if there is none of this name."""

    def all(self, topic: str) -> Sequence[tuple[str, datetime, dict[str, object]]]:
        """(name, when kept, evidence) of all of them, oldest first."""


class SignalStore(Protocol):
    """What services said of papers, with source and time, and what it makes of cells."""

    def add(self, signals: Sequence[Signal]) -> None:
        """Keep what a service said."""

    def latest(self, papers: Collection[PaperId], since: datetime | None = None) -> Sequence[Signal]:
        """The latest signal of every source for each of these papers (after a moment, or ever)."""

    def add_enrichments(self, found: Mapping[int, Enrichment], run: str, at: datetime) -> None:
        """Add what the services' figures make of candidates' cells; one that stands stays as it is."""


class SpendingStore(Protocol):
    """What model calls take, held against a day's caps by every process together. Days are Tokyo's."""

    def reserve(self, most: Spending, caps: Caps, at: datetime) -> int | Cap:
        """Set aside the most that a call can take; the reservation's number, or the cap it would go beyond.

        Of processes that ask at the same time at the very edge of a cap, two may both go without.
        """

    def settle(self, number: int, spent: Spending) -> None:
        """Put what a call took in the place of its reservation; one that is never settled counts in full."""

    def spent(self, at: datetime) -> Spending:
        """What the day of a moment has taken so far, reservations included."""


class OutboxStore(Protocol):
    """The outbox: an intent stands before an outside effect, its ref after it."""

    def intend(self, key: str, desk: str, at: datetime) -> datetime | None:
        """Record that `key` is about to be sent. None the first time; else when it was first intended."""

    def sent(self, key: str) -> str | None:
        """The ref under which `key` was sent, or None."""

    def record_sent(self, key: str, ref: str, at: datetime) -> None:
        """Record that `key` stands at the desk under `ref`."""


class InstallationStore(Protocol):
    """Installations by workspace, and the states of those under way."""

    def put(self, team: str, content: str, at: datetime) -> None:
        """Keep what a workspace granted; what it granted before is replaced."""

    def get(self, team: str) -> str | None:
        """What a workspace granted last, or None."""

    def remove(self, team: str) -> None:
        """Forget what a workspace granted: it has taken the bot out."""

    def add_state(self, state: str, now: datetime, expires: datetime) -> None:
        """Remember that an installation began; those expired are forgotten."""

    def pop_state(self, state: str, now: datetime) -> bool:
        """Whether an installation under way has this state; it can be taken once."""


class ResultStore(Protocol):
    """Results of pieces done by other processes, until the one who runs the line takes them."""

    def put(self, piece: str, tally: Tally, at: datetime) -> None:
        """Keep the result of a piece."""

    def has(self, piece: str) -> bool:
        """Whether there is a result of a piece."""

    def pop(self, pieces: Sequence[str]) -> Mapping[str, Tally]:
        """Take out the results of these pieces, as far as there are any."""

    def pop_run(self, run: str) -> Sequence[Tally]:
        """Take out the results of all pieces of a run."""


class BackoffStore(Protocol):
    """Pauses after failures, kept by all processes of a deployment together."""

    def is_paused(self, name: str, now: datetime) -> bool:
        """Whether what `name` stands for is not to be tried at a moment."""

    def pause(self, name: str, now: datetime, pauses: Sequence[timedelta]) -> None:
        """It failed: pause for the first of these, after every further failure for the next one."""

    def clear_all(self) -> None:
        """Forget all failures: who starts the only process again wants everything tried at once."""

    def clear(self, name: str) -> None:
        """It succeeded: forget its failures."""


class RetentionStore(Protocol):
    """Texts that need not be kept for ever."""

    def purge(self, questions_before: datetime | None, abstracts_before: datetime | None) -> Mapping[str, int]:
        """Empty the questions put to models, and the abstracts of papers that screening put aside, from before a moment.

        A reply stays, so that it is not paid again; a paper that passed, was put forward, was audited or still waits for
        screening keeps its abstract. None forgets nothing. Gives how many texts went.
        """


class Locks(Protocol):
    """Mutual exclusion over all processes of a deployment."""

    def hold(self, key: str) -> AbstractContextManager[None]:
        """Wait until nobody else holds the lock named `key`, and hold it until the block ends. Raises DatabaseError.

        A process that dies frees what it held; one that is merely slow keeps it.
        """


class Store:
    """The facts, a part for each subject. Every method is one transaction. Raises DatabaseError."""

    locks: Locks
    papers: PaperStore
    days: DayStore
    scoring: ScoringStore
    handovers: HandoverStore
    nominations: NominationStore
    replies: ReplyStore
    abilities: AbilityStore
    summaries: SummaryStore
    history: HistoryStore
    cards: CardStore
    preferences: PreferenceStore
    catalog_rows: CatalogRowStore
    owners: CatalogOwnerStore
    pushes: PushStore
    runs: RunStore
    digests: DigestStore
    waiting: WaitingStore
    vitals: VitalStore
    alarms: AlarmStore
    audits: AuditStore
    reports: ReportStore
    proposals: ProposalStore
    prefilters: PrefilterStore
    signals: SignalStore
    spending: SpendingStore
    outbox: OutboxStore
    installations: InstallationStore
    results: ResultStore
    backoff: BackoffStore
    retention: RetentionStore
