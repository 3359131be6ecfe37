"""Port of the database: one Protocol for each subject, and `Store` with all of them. Methods are documented only here,
not in their implementation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Protocol

from watcher.domain.budget import Cap, Caps, Spending, Usage
from watcher.domain.catalog.attention import Signal
from watcher.domain.catalog.proposals import Proposal, ProposalDecision, ProposalOutcome, Suggestion
from watcher.domain.curation.audit import AuditCard, Recall, ScreenedOut
from watcher.domain.curation.card import Card, Digest, Overdue, Swept
from watcher.domain.curation.reactions import Key, Observation, Question, Sighting
from watcher.domain.curation.related import Known
from watcher.domain.curation.triage_recall import TriageRecall
from watcher.domain.curation.weekly import Week, WeeklyReport
from watcher.domain.facts import (
    ApprovedRow,
    AuditAnswer,
    AuditLine,
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
    Triage,
    TriageReading,
)
from watcher.domain.handover import LoneFailure, Retry
from watcher.domain.operations.alarm import Alarm, Observations
from watcher.domain.operations.vitals import Vitals
from watcher.domain.papers.announcement_days import Account, FeedRole, Span
from watcher.domain.papers.citations import CitationSearch, CitedRow
from watcher.domain.papers.feeds import FeedMemory, FeedReport
from watcher.domain.papers.paper import Announcement, Paper, PaperId
from watcher.domain.papers.topic import Topic
from watcher.domain.screening.examples import Example
from watcher.ports.queue import JobResult
from watcher.ports.records import (
    Act,
    Batch,
    Failure,
    HistoryEntry,
    KnownPaper,
    Replacement,
    RunReport,
    TriageBatch,
    Waits,
)
from watcher.ports.world import Manner, Reply, Request


class PaperStore(Protocol):
    """The part of the store for announcements, the candidates made from them, their screenings, and notices about later
    versions.
    """

    def announce(self, announcements: Sequence[Announcement], topics: Sequence[Topic], run: str, at: datetime) -> int:
        """Add announcements that are not stored yet, and a candidate for each topic that takes them; return how many
        were new.
        """

    def count_known(self, papers: Sequence[Paper]) -> int:
        """Count how many of these paper versions have been announced before."""

    def known_ids(self, papers: Sequence[Paper], topics: Sequence[Topic]) -> frozenset[PaperId]:
        """Those of these papers that have been announced before as news (new or cross-listed), in any version, and are
        candidates of every topic that takes them in their present categories.

        A paper of which only a replacement was announced is not among them, because it never became a candidate; nor is
        one that was since cross-listed into a category that another topic watches.
        """

    def cross_listed(self, papers: Sequence[Paper], topics: Sequence[Topic]) -> frozenset[PaperId]:
        """Those of these papers that were announced before, have since been cross-listed into a category that one of
        the topics watches, and are not candidates of that topic.
        """

    def authors(self, papers: Collection[PaperId]) -> Mapping[PaperId, Sequence[str]]:
        """All authors of those of these papers that are stored, as the latest version names them."""

    def add_harvest(self, name: str, feed: str, reached: datetime, run: str, at: datetime) -> None:
        """Record up to which day a feed has been harvested, for the purpose `name`, so that an interrupted harvest can
        continue.
        """

    def harvested(self, name: str) -> Mapping[str, datetime]:
        """The day up to which each feed has been harvested for a purpose, as last recorded."""

    def to_screen(self, topic: str, limit: int, after: int = 0) -> Sequence[Candidate]:
        """Candidates without a screening, with numbers above `after`, oldest first."""

    def add_screenings(self, found: Sequence[tuple[int, Screening]], run: str, at: datetime) -> None:
        """Add the results of screening by candidate number; existing ones are not changed."""

    def with_card(self, topic: str | None = None) -> frozenset[PaperId]:
        """The ids of papers that have a card, in one topic or in any."""

    def replacements(self, papers: AbstractSet[PaperId]) -> Sequence[Replacement]:
        """Later versions of these papers for which no notice has been given, in the order they were announced."""

    def add_notices(self, notices: Sequence[Notice], run: str, at: datetime) -> None:
        """Add notices about later versions of papers; existing ones are not changed."""

    def notices(self, since: datetime | None) -> Sequence[Notice]:
        """The notices about later versions of papers given after a time, or all of them, oldest first."""

    def number_of(self, paper: PaperId, topic: str) -> int | None:
        """The number of the candidate made from a paper for a topic, or from another paper with the same DOI; or None."""

    def numbers_of(self, paper: PaperId) -> Sequence[int]:
        """The numbers of the candidates made from a paper, or from another with the same DOI, one for each topic."""


class FeedMemoryStore(Protocol):
    """The part of the store for what each feed held when it was last read."""

    def get(self, url: str) -> FeedMemory | None:
        """What is remembered of the feed at an address; None before its first reading."""

    def put(self, memory: FeedMemory, run: str, at: datetime) -> None:
        """Remember a reading in the place of the one before. Only when everything in it is stored."""


class DayStore(Protocol):
    """The part of the store for the readings of feeds, and for the arXiv announcement days that have been read
    completely.
    """

    def add_readings(
        self, reports: Sequence[FeedReport], run: str, at: datetime, roles: Sequence[FeedRole] | None = None
    ) -> None:
        """Record the result of reading each feed in a run, and the role of the reading in accounting for announcement
        days (by default none).
        """

    def add_span(self, span: Span, role: FeedRole, run: str, at: datetime) -> None:
        """Record that a span of announcement days has been read completely: from feeds, from arXiv's full list
        (OAI-PMH), or by a backfill.
        """

    def account(self, now: datetime) -> Account:
        """All records about announcement days up to a time, from which the unread days are computed."""

    def watched_since(self) -> Mapping[str, date]:
        """The feed day on which each of arXiv's categories was first read as part of a configured feed."""

    def watched_before(self) -> bool:
        """Whether any of the configured feeds was ever read."""

    def fresh_on(self, now: datetime) -> frozenset[str]:
        """The feeds from which, on the feed day of a time, a new batch (not an old one again) was read to its last
        entry.
        """

    def known_before(self, papers: Sequence[PaperId], batch: datetime, now: datetime) -> frozenset[PaperId]:
        """Those of these papers that had been announced before a batch was published, or that are stored with a time
        later than `now` because a clock was ahead.
        """

    def sources(self) -> Sequence[FeedReport]:
        """The report on the latest reading of every feed."""


class ScoringStore(Protocol):
    """The part of the store for batches of candidates that wait for a score, and for the scores."""

    def batches(
        self,
        topic: str,
        size: int,
        budget: int | None,
        only: AbstractSet[int] | None = None,
        at: datetime | None = None,
    ) -> Sequence[Batch]:
        """Batches that wait for a score: first those assigned earlier, then new ones, highest priority first.

        `budget` limits the number of candidates returned, None does not. With `only`, batches with any of these
        candidates are returned, and they may contain others. New batches are assigned at the time `at`, by default now.
        """

    def unscored(self, *topics: str) -> tuple[int, int]:
        """Two numbers of candidates that have no score: those in a batch, and those for which no batch had room."""

    def judged(self, topic: str, prompt: str, asked: str) -> Sequence[tuple[int, Relevance]]:
        """Scores that can be reused for candidates that wait for one: given to the same paper version, for any topic,
        by the same prompt (its hash) and the same model (the name by which it was asked).
        """

    def unassign(self, batches: Sequence[int]) -> None:
        """Dissolve the scoring batches about which the model was never asked, so that another day begins with the most
        promising candidates again.
        """

    def add_relevances(
        self, found: Sequence[tuple[int, Relevance]], missed: Sequence[Failure], run: str, at: datetime
    ) -> None:
        """Add the scores of one reply, and the failures of candidates it left out, in one transaction."""

    def examples(self, topic: str, until: datetime) -> Sequence[Example]:
        """The topic's approvals and rejections from before a time that are still in force, newest first, as few-shot
        examples for the scoring prompt.

        An approval without a reason gets the model's reason, which the curator accepted; a rejection without one gets
        none, because the model's would be wrong. Suspicious papers are left out, because an example is in the prompt of
        every other paper.
        """


class TriageStore(Protocol):
    """The part of the store for triage: its batches, the model's answers about them, and the outcome for each paper."""

    def open_batches(self, topic: str, only: AbstractSet[int] | None = None) -> Sequence[TriageBatch]:
        """Triage batches that were recorded and have no answer yet, oldest first; with `only`, those that hold one of
        these candidates.
        """

    def waiting(self, topic: str, limit: int | None, run: str) -> Sequence[tuple[Candidate, int]]:
        """The candidates that wait for triage and are in no open batch, each with the number of runs in which it stayed
        unread; latest first, at most `limit`. Those that stayed unread in this run are left out.
        """

    def judged(self, topic: str, prompt: str, asked: str) -> Sequence[tuple[int, Triage]]:
        """Outcomes of triage that can be reused for candidates that wait for it: given to the same paper version, for
        any topic, by the same prompt (its hash) and the same model (the name by which it was asked).
        """

    def add_batches(self, topic: str, batches: Sequence[TriageBatch], run: str, at: datetime) -> None:
        """Record triage batches; done before any model is asked about them."""

    def add(self, found: Sequence[tuple[int, Triage]], run: str, at: datetime) -> None:
        """Add outcomes of triage by candidate number; existing ones are not changed."""

    def add_reading(
        self,
        batch: TriageBatch,
        reading: TriageReading,
        found: Sequence[tuple[int, Triage]],
        halves: Sequence[TriageBatch],
        run: str,
        at: datetime,
    ) -> None:
        """Record how the answer about a triage batch was read, with the outcomes `found` in it and the `halves` that
        are asked about once more, in one transaction.

        Papers that are in neither stayed unread in this run; those that did so too often are scored. A batch whose
        answer was read before is not changed.
        """

    def named(self, topic: str) -> frozenset[int]:
        """The candidates that triage sent to scoring and that are in no scoring batch yet."""

    def outcomes(self, topic: str) -> Mapping[str, tuple[bool, bool]]:
        """For each paper that has passed screening and triage, by key: whether screening passed it, and whether it is
        scored because of either.
        """

    def planted(self, topic: str, since: datetime) -> Mapping[str, datetime]:
        """When each known paper, by its key, was last hidden in a triage batch, from a time on."""

    def known(self, topic: str, papers: AbstractSet[PaperId]) -> Sequence[KnownPaper]:
        """Papers with an abstract that are known to belong to a topic: those approved for it, and `papers` of the
        catalog. Suspicious ones are left out, because a plant is in one request with other papers.
        """

    def untriaged(self, *topics: str) -> tuple[int, int]:
        """Two numbers of candidates that have no outcome of triage: those in a batch, and those for which no batch had
        room.
        """


class HandoverStore(Protocol):
    """The part of the store for papers about which the model gives no answer: its failures, and handovers to
    curators.
    """

    def add_failure(self, number: int, failure: LoneFailure, run: str, at: datetime) -> bool:
        """Record that a model failed on a candidate alone, at most once per run; True if this was the last allowed
        failure, so that the paper is handed over to curators.
        """

    def failed_alone(self, topic: str, stage: str, run: str) -> frozenset[int]:
        """The candidates on which a model failed alone in this run, not counting failures from before a retry was
        requested.
        """

    def share_failures(self, topic: str, prompt: str, asked: str, run: str, at: datetime) -> None:
        """Copy to a topic the failures that other topics recorded about the same paper versions with the same prompt:
        those of this run, and those of earlier runs unless a retry was requested in this topic.
        """

    def add_retry(self, number: int, retry: Retry) -> bool:
        """Record a request to ask the model again about a paper that was handed over; False if one is already open.
        Raises UsageError for a paper that was not handed over.
        """


class NominationStore(Protocol):
    """The part of the store for papers that people nominated."""

    def add(self, numbers: Sequence[int], nomination: Nomination, run: str) -> None:
        """Record that candidates were nominated by a person; a nomination that is in force is not changed."""

    def is_by_audit(self, number: int) -> bool:
        """Whether a candidate was first nominated by an answer to an audit sample."""

    def without_card(self, topic: str, desk: str) -> frozenset[int]:
        """The numbers of nominated candidates that have no card at a desk yet."""


class ReplyStore(Protocol):
    """The part of the store that is the cache of model replies; a reply is written before anything else is done with
    it.
    """

    def get(self, key: str) -> Reply | None:
        """The cached model reply to a request, or None."""

    def add(self, key: str, request: Request, reply: Reply, at: datetime) -> None:
        """Store a model's reply in the cache, and return only when it is on disk."""

    def usage(self, since: datetime | None = None) -> Usage:
        """Tokens and cost of all model calls since a time, or of all there were."""


class AbilityStore(Protocol):
    """The part of the store that remembers which form of request (Manner) each model server accepts, by (base_url,
    model).
    """

    def get(self, base_url: str, model: str) -> tuple[Manner, datetime] | None:
        """The form of request that a model server accepts and when that was learned, or None if nothing is known."""

    def put(self, base_url: str, model: str, manner: Manner, at: datetime) -> None:
        """Store the form of request that a model server accepts."""


class SummaryStore(Protocol):
    """The part of the store for summaries and for curators' requests to rewrite them."""

    def to_summarize(self, topic: str) -> Sequence[tuple[Candidate, Relevance, int]]:
        """Relevant candidates without a summary, each with its number of failures; fewest failures first, then best
        score first.
        """

    def add(self, number: int, summary: Summary, run: str, at: datetime) -> None:
        """Add the summary of a candidate; an existing one is not changed."""

    def add_rewrite(self, number: int, rewrite: Rewrite) -> bool:
        """Record a curator's request for another summary; False if an earlier request is still open. Raises
        UsageError.
        """

    def to_rewrite(self, topic: str) -> Sequence[tuple[int, Candidate, Relevance, int]]:
        """Open requests for another summary as (request, candidate, relevance, attempt), oldest first.

        `attempt` grows with every request and failure, so that each asks the model anew instead of reusing a cached
        reply.
        """

    def add_failed_rewrite(self, wish: int, number: int, failure: LoneFailure, run: str, at: datetime) -> bool:
        """Record that the model failed on a rewrite request while it answered other requests; True if this was the last
        allowed failure, so that the request is closed.
        """
        ...

    def add_rewritten(self, wish: int, number: int, summary: Summary, run: str, at: datetime) -> None:
        """Add the summary written for a curator's request; an existing one is not changed."""


class HistoryStore(Protocol):
    """The part of the store that lists what happened to a paper or card, and who did it."""

    def changes(self, number: int) -> Sequence[Revision]:
        """All changes of a card's cells, oldest first. A rewritten summary counts as one change by the person who
        requested it, so that there are as many changes as the card's `revision` says.
        """

    def acts(self, count: int, skip: int = 0) -> Sequence[Act]:
        """All decisions, edits and rewrite requests of curators, newest first."""

    def of(self, paper: PaperId) -> Sequence[HistoryEntry]:
        """All facts recorded about a paper, in order of time."""


class CardStore(Protocol):
    """The part of the store for cards at the desks and for curators' decisions."""

    def known(self, topic: str) -> Sequence[Known]:
        """All papers of a topic that have a card, with what became of each, newest first."""

    def to_post(self, topic: str, desk: str) -> Sequence[int]:
        """The numbers of candidates that have a summary and no card at this desk.

        Of those that were decided in the meantime (at another desk), only the ones whose card may already be here
        because its post was interrupted, since it must show the decision.
        """

    def add(self, number: int, posted: CardPosted, etag: str, run: str) -> None:
        """Record that a card was posted, and the etag (revision token) of the state it shows."""

    def stale(self, desk: str, topic: str | None = None) -> Sequence[tuple[int, str]]:
        """The (number, ref) of cards, of a topic or of all, whose content changed since the desk last showed them; those
        that were decided last come first.
        """

    def is_stale(self, number: int, desk: str) -> bool:
        """Whether a card changed since the desk last showed it."""

    def mark_shown(self, number: int, desk: str, etag: str) -> None:
        """Record the etag (revision token) of a card in the state that a desk shows now."""

    def get(self, number: int) -> Card:
        """A candidate's card, built from its facts. Raises UsageError if it has none."""

    def all(self, topic: str | None = None) -> Sequence[Card]:
        """All cards, newest day first, best score first within a day."""

    def handed_over(self) -> Sequence[Card]:
        """The cards that ever came to curators without a model's answer, in the same order."""

    def decide(self, number: int, decision: Decision) -> bool:
        """Record a curator's decision on a card, as `domain.curation.verdicts.decision_to_record` turns it into a fact;
        False if it changes nothing (a double click).

        Another approval of a paper whose row is missing requests that the row is put back; a rejection of one whose row
        has come back requests its removal.
        """

    def reject_open(self, numbers: Sequence[int], decision: Decision) -> Sequence[int]:
        """Record a rejection of each of these candidates whose card is undecided, in one transaction; return which."""

    def undo_sweep(self, sweep: str, decision: Decision) -> Sequence[int]:
        """Undo those decisions of a sweep (the rejection of all remaining papers of a digest) that are still in force,
        in one transaction; return the candidates.
        """

    def swept(self, numbers: Sequence[int]) -> Swept | None:
        """The latest sweep (rejection of all remaining papers of a digest) among these candidates, if any of its
        decisions is still in force.
        """

    def revise(self, number: int, revisions: Sequence[Revision], based_on: int | None) -> None:
        """Record edited cells of a card, in one transaction. Raises EditConflict if the cells changed since `based_on`
        (optimistic locking).
        """

    def places(self, desk: str) -> Mapping[int, tuple[str, str]]:
        """Where cards are posted at a desk, by candidate number: the message's ref, and the ref of the digest in whose
        thread it is.
        """

    def add_discussions(self, desk: str, replies: Mapping[int, int], at: datetime) -> Sequence[int]:
        """Record how many replies people have written in the threads of cards; return the candidates for which the
        number changed.
        """

    def at(self, desk: str, ref: str) -> int | None:
        """The candidate whose card has this address (ref) at a desk, or None."""

    def count_posted(self, topic: str, desk: str, since: datetime) -> int:
        """The number of a topic's cards that were posted to a desk since a time."""

    def overdue(self, topic: str, desk: str, before: datetime, today: date) -> Sequence[Overdue]:
        """Cards that were posted to a desk before a time and still wait for a verdict, oldest first. One that was put off
        until a day is among them from that day on, and not before.
        """


class ReactionStore(Protocol):
    """The part of the store for emoji reactions that were seen on cards, and for what came of them."""

    def last(self, number: int, desk: str) -> Mapping[Key, Sighting]:
        """The last sighting of every emoji reaction on a candidate's card at a desk."""

    def observe(
        self, number: int, desk: str, seen: Observation, *, needed: int, fits: bool, at: datetime
    ) -> Sequence[Sighting]:
        """Compare the reactions on a card with those last seen, and record the difference and the decisions it makes in
        one transaction (see `domain.curation.reactions.react`); return the new sightings.

        `needed` is how many curators must agree, `fits` whether the card's cells can be in a catalog row.
        """

    def watched(self, desk: str, since: datetime) -> Mapping[str, int]:
        """The cards whose reactions are worth reading, as candidates by ref: those posted or decided after a time at a
        desk, and those that still wait for a verdict.
        """

    def to_ask(self, desk: str) -> Sequence[tuple[Question, str]]:
        """Questions to ask about reactions that led to no decision, each with the ref of its card, oldest first;
        without those that were sent, and those about cards that were decided since.
        """


class PreferenceStore(Protocol):
    """The part of the store for what each person chose to see in their Home tab."""

    def get(self, person: str) -> Sequence[str]:
        """The choices that a person has stored about their Home tab."""

    def put(self, person: str, choices: Sequence[str]) -> None:
        """Store a person's choices about their Home tab, replacing earlier ones."""


class SessionStore(Protocol):
    """The part of the store for sessions of the web desk that were signed out although their cookies have not
    expired.
    """

    def end(self, session: str, at: datetime) -> None:
        """Record that the web session with this id was signed out; records 15 days older than `at` are deleted."""

    def has_ended(self, session: str) -> bool:
        """Whether the web session with this id was signed out."""


class CatalogRowStore(Protocol):
    """The part of the store for the catalog's rows: which decisions have been carried out in the file, and which rows
    are still there.
    """

    def to_catalog(self, topic: str) -> Sequence[tuple[int, bool]]:
        """(number, wanted) of candidates whose latest decision has not been carried out in the catalog; `wanted` says
        whether a row is to be there.

        A row that people had written before the bot found it (PRESENT) is never removed by the bot.
        """

    def intend(self, number: int, at: datetime) -> bool:
        """Record the intent to add or remove a catalog row; False if an earlier intent is still open."""

    def wanted_elsewhere(self, number: int, topics: Sequence[str] | None = None) -> bool:
        """Whether the same paper is approved in another topic (of these, if given), which therefore needs the row."""

    def add(self, number: int, row: CatalogRow) -> None:
        """Record a new state of a candidate's catalog row, e.g. that it was added or removed."""

    def approved(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        """The rows of approved papers (of these topics, if given), in the catalog or missing, as last known."""

    def missing(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        """The rows of approved papers that were found missing from the catalog and about which no curator has decided
        yet.
        """

    def withdrawn(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        """The rows of papers whose approval was withdrawn (of these topics, if given): removed, or back in the catalog."""

    def returned(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        """The rows of withdrawn papers that were found in the catalog again and about which no curator has decided yet."""

    def update(self, row: ApprovedRow, now: CatalogRow) -> bool:
        """Record that a catalog row was found missing or found again; False if its known state has changed in the
        meantime.
        """

    def additions(self) -> Mapping[PaperId, datetime]:
        """The time at which the bot added each paper whose row is in the catalog now."""


class CatalogOwnerStore(Protocol):
    """The part of the store that says which copy of a catalog the bot writes to, because several hosts may each have a
    copy.
    """

    def get(self, catalog: str) -> str:
        """The marker of the copy that a catalog's rows are written to; "" before the first row."""

    def claim(self, catalog: str, mark: str, at: datetime) -> str:
        """Choose this copy of a catalog to be written to, unless another one has been chosen; return the marker of the
        chosen one.
        """

    def move(self, catalog: str, mark: str, at: datetime) -> None:
        """Choose this copy of a catalog to be written to from now on, instead of the former one."""


class PushStore(Protocol):
    """The part of the store for pushes of the catalogs' commits to their git remotes, successful or not."""

    def add(self, push: Push, run: str) -> None:
        """Record that a catalog's git remote accepted a commit, or why it did not."""

    def last(self, catalog: str | None = None) -> Push | None:
        """The latest successful push of a catalog to its git remote, or of any catalog."""

    def failures(self, catalog: str | None = None) -> list[Failure]:
        """The errors that keep a catalog (or any) from being pushed; none once a later push succeeded."""


class RunStore(Protocol):
    """The part of the store for runs of the pipeline and for what failed in them."""

    def add_failure(self, failure: Failure, run: str, at: datetime) -> None:
        """Record that a stage failed, on a candidate or as a whole."""

    def failures(self, stage: str | None = None, topic: str | None = None) -> Sequence[Failure]:
        """The latest failure of every candidate that cannot go on because of it; of one topic or stage, if given."""

    def start(self, run: str, at: datetime) -> None:
        """Record that a run began; the run of a scheduled slot that is repeated begins again under the same id."""

    def finish(self, report: RunReport) -> None:
        """Record the report with which a run ended."""

    def report(self, run: str) -> RunReport | None:
        """The report of the run with this id, the last one if it was repeated; None if it has not ended."""

    def last(self) -> RunReport | None:
        """The report of the run that ended last by the real clock, even if it was given another time (`--now`)."""

    def unfinished(self, since: datetime) -> Sequence[str]:
        """The ids of runs that began after a time and never ended."""


class DigestStore(Protocol):
    """The part of the store that builds daily digests from the facts, and keeps them as they were posted."""

    def gather(self, topic: Topic, day: date, since: datetime | None, recorded: bool) -> Digest:
        """Build the digest of what happened in a topic since a time; its notices are about papers of all topics."""

    def last(self, topic: str | None = None, before: date | None = None) -> tuple[Digest, datetime] | None:
        """The latest digest that was posted (of a topic; before a day), and the time up to which it reports."""

    def of_day(self, topic: str, day: date) -> Digest | None:
        """A topic's digest of a day as it was posted last, or None."""

    def put(self, digest: Digest, ref: str, at: datetime) -> None:
        """Store a digest as it was posted; an update of the day's digest replaces it and moves the time up to which it
        reports.
        """


class WaitingStore(Protocol):
    """The part of the store that computes which candidates wait for each stage."""

    def mark_done(self) -> None:
        """Mark candidates as inactive if no stage before the desk will take them again.

        This is an optimization: queries for what waits then skip the candidates of past years.
        """

    def counts(self, topics: Sequence[str], desk: str) -> Mapping[str, int]:
        """The number of candidates of all these topics that wait for each stage."""

    def to_follow(self, desk: str) -> Mapping[str, AbstractSet[Waits]]:
        """The topics in which something is left to do after curators' decisions (see Waits), and what."""


class VitalStore(Protocol):
    """The part of the store that computes a deployment's figures for `status` and monitoring."""

    def gather(self, topics: Sequence[str], desk: str, now: datetime) -> Vitals:
        """The figures of a deployment for these topics (by slug) and for their cards at a desk: what waits and since
        when, failures, cost.
        """


class AlarmStore(Protocol):
    """The part of the store for alarms: the state that the alarm rules are checked against, and which alarms were sent."""

    def signs(self, topics: Sequence[str], desk: str, now: datetime) -> Observations:
        """The measurements of the deployment that the alarm rules are checked against."""

    def add(self, alarm: Alarm) -> bool:
        """Record that an alarm was raised, repeated or cleared; False if another process has already done so."""

    def last(self) -> Sequence[Alarm]:
        """The latest record of each kind of alarm, whether it is in force or over."""

    def standing(self) -> Sequence[Alarm]:
        """The latest record of each alarm that has been raised and not cleared."""

    def told_before(self, alarm: Alarm) -> Sequence[Alarm]:
        """The earlier records of an alarm of this kind since it was last raised."""


class AuditStore(Protocol):
    """The part of the store for audit samples of papers that screening rejected, and for curators' answers."""

    def screened_out(self, topic: str, since: datetime, until: datetime) -> Sequence[ScreenedOut]:
        """The papers that screening rejected between two times, whether already sampled for the audit or not."""

    def add_samples(self, topic: str, drawn: Sequence[tuple[int, AuditSample]], run: str, at: datetime) -> None:
        """Store the audit sample drawn for a week in one transaction; an existing sample of the topic and week is not
        changed.
        """

    def cards(self, topic: str | None = None, weeks: Sequence[str] | None = None) -> Sequence[AuditCard]:
        """The papers of audit samples (of a topic, of some weeks) with their answers, newest week first."""

    def card(self, number: int) -> AuditCard:
        """One paper of an audit sample with its answers. Raises UsageError for a candidate that is in no sample."""

    def add_lines(self, lines: Sequence[tuple[int, AuditLine]], run: str, at: datetime) -> None:
        """Store the Japanese lines of sampled papers' titles by candidate number; existing ones are not changed."""

    def add_answer(self, number: int, answer: AuditAnswer) -> bool:
        """Record a curator's answer about a sampled paper; False if the same one is already in force (a double
        click).
        """

    def to_audit(self, topic: str, desk: str) -> Sequence[int]:
        """The numbers of sampled candidates that are in no audit message at this desk.

        Of those answered in the meantime, only the ones whose message may already be at the desk because its post was
        interrupted, since it must show the answer.
        """

    def stale(self, desk: str, topic: str | None = None) -> Sequence[tuple[int, str]]:
        """The (number, ref of the audit message) of sampled papers, of a topic or of all, that were answered since the
        desk last showed them.
        """

    def mark_shown(self, number: int, desk: str, ref: str, answers: int) -> None:
        """Record the ref of the audit message that shows a sampled paper at a desk, and how many answers it shows."""


class ReportStore(Protocol):
    """The part of the store that computes weekly reports and estimates of recall."""

    def gather(self, topic: Topic, week: Week) -> WeeklyReport:
        """Compute the weekly report of a topic from the facts as they are now: what happened in the week, and the
        estimates from the audit samples up to it.
        """

    def recalls(self, topic: str, week: Week) -> tuple[Recall, TriageRecall]:
        """Two estimates of a topic's recall over RECALL_WEEKS weeks that end with the given one: of screening and
        triage together, from the audit samples, and of triage, from known papers.
        """


class ProposalStore(Protocol):
    """The part of the store for proposed changes of existing catalog rows, and for their outcomes."""

    def add(self, proposals: Sequence[Proposal], run: str, at: datetime) -> int:
        """Add proposals and return how many were new.

        An open proposal is not added twice, and a rejected one never again (same row, cell and `after`; for a question,
        same `before`). A new proposal closes an open one about the same cell with another text.
        """

    def get(self, number: int) -> Suggestion:
        """A proposal to change the catalog, with its decision and outcome. Raises UsageError if there is none."""

    def all(self, *, settled: bool = False) -> Sequence[Suggestion]:
        """The proposals without an outcome that nobody has rejected, oldest first; or all there ever were."""

    def card(self, card: int) -> Sequence[Suggestion]:
        """The proposals of one group (those found together about a row), in order."""

    def decide(self, number: int, decision: ProposalDecision) -> bool:
        """Record a curator's decision on a proposal; False if the same verdict is already in force. Raises UsageError
        once the proposal has an outcome.
        """

    def to_change(self) -> Sequence[int]:
        """Accepted proposals to change the catalog that have not been carried out."""

    def add_outcome(self, number: int, outcome: ProposalOutcome) -> None:
        """Record the outcome of a proposal to change the catalog; a final one is not changed."""

    def add_failure(self, number: int, error: str, run: str, at: datetime) -> None:
        """Record that an accepted proposal could not be carried out yet; repeating the same error adds nothing."""

    def count_open(self) -> int:
        """The number of proposals to change the catalog that wait for a curator."""

    def to_show(self, desk: str) -> Sequence[int]:
        """Groups of proposals to be posted to this desk, oldest first: those with an open proposal, and those whose
        post was intended but never confirmed.
        """

    def stale(self, desk: str) -> Sequence[tuple[int, str]]:
        """The (group number, ref) of proposal messages whose content changed since this desk last showed them."""

    def mark_shown(self, card: int, desk: str, ref: str, etag: str, at: datetime) -> None:
        """Record the address (ref) of a proposal message at a desk and the etag (revision token) of what it shows."""


class PrefilterStore(Protocol):
    """The part of the store with the probabilities that prefilters gave, and with announced papers to measure them
    on.
    """

    def recent_probabilities(self, topic: str, trained: str, limit: int) -> Sequence[float]:
        """The probabilities that a trained prefilter gave the latest candidates it screened; 1 for those that a core
        keyword let pass.
        """

    def taken_in(self, topic: str, limit: int | None = None) -> Sequence[tuple[Paper, date | None, bool | None]]:
        """The papers that were announced, each with its day of announcement and whether the model found it relevant
        (None if it was not asked); newest first, at most `limit`.
        """


class SignalStore(Protocol):
    """The part of the store for signals, the figures that services such as Semantic Scholar gave about papers, and the
    cells filled from them.
    """

    def add(self, signals: Sequence[Signal]) -> None:
        """Store the figures that services gave about papers, with their source and time."""

    def latest(self, papers: Collection[PaperId], since: datetime | None = None) -> Sequence[Signal]:
        """The latest figures of every service for each of these papers (after a time, or of any time)."""

    def add_enrichments(self, found: Mapping[int, Enrichment], run: str, at: datetime) -> None:
        """Record the cells (venue, attention) that were filled from services' figures for candidates; existing ones are
        not changed.
        """


class ServiceRequestStore(Protocol):
    """The part of the store for requests to services such as Semantic Scholar: it counts them against a budget for each
    purpose and keeps their answers for about a quarter.
    """

    def begin(self, service: str, purpose: str, request: str, *, most: int, since: datetime, at: datetime) -> int:
        """Record that a request (by its hash) is about to be sent, and return its number; 0 if `most` requests were sent
        for this purpose since a time.
        """

    def finish(self, number: int, answer: bytes) -> None:
        """Store the answer to a request to a service; a request without an answer has failed or is in progress."""

    def answer(self, service: str, request: str, since: datetime) -> bytes | None:
        """The latest answer of a service to a request that was sent at or after a time, or None."""

    def sent(self, purpose: str, since: datetime) -> int:
        """The number of requests to services sent for a purpose since a time, failed ones included."""


class CitationStore(Protocol):
    """The part of the store for papers that cite rows of a topic's catalog, and for the weekly searches for them."""

    def add(
        self,
        topic: str,
        pairs: Collection[tuple[PaperId, PaperId]],
        rows: Mapping[PaperId, CitedRow],
        service: str,
        run: str,
        at: datetime,
    ) -> None:
        """Record that papers cite others, given as pairs (citing, cited), with the catalog `rows` of the cited ones; what
        is recorded already stays as it is.
        """

    def to_take_in(self, topic: str, since: datetime, limit: int) -> Sequence[PaperId]:
        """Papers found to cite the catalog since a time that are not candidates of the topic yet, those that cite most
        rows first.
        """

    def remove(self, topic: str, papers: Collection[PaperId]) -> None:
        """Delete the citations recorded of papers that turn out not to exist, or to be in the catalog."""

    def count_taken_in(self, topic: str, since: datetime) -> int:
        """The number of a topic's candidates that were found by citations since a time."""

    def add_search(self, topic: str, search: CitationSearch, run: str, at: datetime) -> None:
        """Record how a week's search for citing papers ended at a service."""

    def searches(self, topic: str, week: str) -> Sequence[CitationSearch]:
        """The latest search for citing papers at each service for a topic in a week, by name of the service."""


class SpendingStore(Protocol):
    """The part of the store that counts what model calls spend against the daily caps, for all processes together. Days
    are those of Tokyo.
    """

    def reserve(self, most: Spending, caps: Caps, at: datetime) -> int | Cap:
        """Reserve the most that a call can cost; return the reservation's number, or the cap that it would exceed.

        If two processes reserve at the same time close to a cap, both may be refused.
        """

    def settle(self, number: int, spent: Spending) -> None:
        """Replace a reservation of spending by what the call really used; one that is never settled counts in full."""

    def spent(self, at: datetime) -> Spending:
        """The tokens and US dollars spent on the day of a time, reservations included."""


class OutboxStore(Protocol):
    """The part of the store for the outbox: an intent is stored before a message is sent, and the message's ref after
    it.
    """

    unsure_since: datetime | None
    """Since when messages may have been sent of which no intent is stored here; None for never."""

    def intend(self, key: str, desk: str, at: datetime) -> datetime | None:
        """Record the intent to send the message with this key. Returns None the first time, else the time of the first
        intent, or the time since which messages may have been sent that are not stored.
        """

    def sent(self, key: str) -> str | None:
        """The ref of the message that was sent under an outbox key, or None."""

    def record_sent(self, key: str, ref: str, at: datetime) -> None:
        """Record that the message with this key was sent and has this ref at the desk."""


class InstallationStore(Protocol):
    """The part of the store for installations of the Slack app (OAuth) by workspace, and for the state values of
    installations in progress.
    """

    def put(self, team: str, content: str, at: datetime) -> None:
        """Store a workspace's installation of the Slack app, replacing an earlier one."""

    def get(self, team: str) -> str | None:
        """The latest installation of the Slack app in a workspace, or None."""

    def remove(self, team: str) -> None:
        """Delete the installation of a workspace that uninstalled the app."""

    def add_state(self, state: str, now: datetime, expires: datetime) -> None:
        """Store the OAuth state value of an installation in progress; expired ones are deleted."""

    def pop_state(self, state: str, now: datetime) -> bool:
        """Whether this OAuth state value belongs to an installation in progress. It is deleted, so it is valid once."""


class ResultStore(Protocol):
    """The part of the store in which workers leave the results of jobs until the process that leads the run takes
    them.
    """

    def put(self, job: str, result: JobResult, at: datetime) -> None:
        """Store the result of a worker's job."""

    def has(self, job: str) -> bool:
        """Whether the result of a worker's job has been stored."""

    def pop(self, jobs: Sequence[str]) -> Mapping[str, JobResult]:
        """Return and delete the results of these jobs, as far as they have been stored."""

    def pop_run(self, run: str) -> Sequence[JobResult]:
        """Return and delete the results of all jobs of a run."""


class BackoffStore(Protocol):
    """The part of the store for backoff: pauses after failures, shared by all processes of a deployment."""

    def is_paused(self, name: str, now: datetime) -> bool:
        """Whether the service or action called `name` must not be tried at this time, because it failed lately."""

    def pause(self, name: str, now: datetime, pauses: Sequence[timedelta]) -> None:
        """Record a failure of `name`: the first one pauses it for the first of these durations, each further one for
        the next.
        """

    def clear_all(self) -> None:
        """Forget all failures, so that nothing is paused; done when the only process starts, because the operator then
        wants everything tried at once.
        """

    def clear(self, name: str) -> None:
        """Forget the failures of `name` after a success, so that it is not paused."""


class RetentionStore(Protocol):
    """The part of the store that deletes texts (prompts, abstracts) whose retention period is over."""

    def purge(self, questions_before: datetime | None, abstracts_before: datetime | None) -> Mapping[str, int]:
        """Empty the prompts sent to models, and the abstracts of papers that screening rejected, from before a time
        each; return how many texts were emptied. None as a time deletes nothing.

        Replies stay, so that none is paid for again. A paper keeps its abstract if it passed, was nominated or audited,
        or still waits for screening.
        """


class Locks(Protocol):
    """Locks by key that hold between all threads and processes of a deployment."""

    def hold(self, key: str) -> AbstractContextManager[None]:
        """Wait for the lock named `key` and hold it until the block ends. Raises DatabaseError.

        A process that dies releases its locks; one that is merely slow keeps them.
        """


class Store:
    """The database, with one attribute for each subject (`store.cards`, `store.runs` …). Every method is one
    transaction. Raises DatabaseError.
    """

    locks: Locks
    papers: PaperStore
    days: DayStore
    feeds: FeedMemoryStore
    scoring: ScoringStore
    triage: TriageStore
    handovers: HandoverStore
    nominations: NominationStore
    replies: ReplyStore
    abilities: AbilityStore
    summaries: SummaryStore
    history: HistoryStore
    cards: CardStore
    reactions: ReactionStore
    preferences: PreferenceStore
    sessions: SessionStore
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
    service_requests: ServiceRequestStore
    citations: CitationStore
    spending: SpendingStore
    outbox: OutboxStore
    installations: InstallationStore
    results: ResultStore
    backoff: BackoffStore
    retention: RetentionStore
