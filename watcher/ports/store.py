"""Port of the database: one Protocol for each subject, and `Store` with all of them. Methods are documented only here,
not in their implementation.

A candidate is a paper considered for one topic, named by a number; a card is a candidate as a message shows it to
curators; a desk is where they see it (Slack, web pages).
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
from watcher.domain.curation.card import Card, Digest, Overdue, Swept
from watcher.domain.curation.reactions import Key, Observation, Question, Sighting
from watcher.domain.curation.recall import AuditCard, Recall, ScreenedOut, TriageRecall
from watcher.domain.curation.related import Known
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
    LoneFailure,
    Nomination,
    Notice,
    Push,
    Relevance,
    Retry,
    Revision,
    Rewrite,
    Screening,
    Summary,
    Triage,
    TriageReading,
)
from watcher.domain.health import Alarm, Observations, Vitals
from watcher.domain.papers.citations import CitationSearch, CitedRow
from watcher.domain.papers.feeds import Account, FeedMemory, FeedReport, FeedRole, Span
from watcher.domain.papers.paper import Announcement, Paper, PaperId
from watcher.domain.papers.topic import Topic
from watcher.domain.prompts import Example
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
from watcher.ports.world import JobResult, Manner, Reply, Request


class PaperStore(Protocol):
    """The part of the database for announced papers, the candidates (paper and topic) made from them, the results of
    screening, notices about later versions, and papers that people nominated.
    """

    def announce(self, announcements: Sequence[Announcement], topics: Sequence[Topic], run: str, at: datetime) -> int:
        """Store announcements of papers that are new, and for each topic that watches the paper a candidate (the paper
        in that topic, under a number); return how many announcements were new.
        """

    def count_known(self, papers: Sequence[Paper]) -> int:
        """Count how many of these paper versions have been announced before."""

    def known_ids(self, papers: Sequence[Paper], topics: Sequence[Topic]) -> frozenset[PaperId]:
        """The ids, among these papers, of those that were announced before as new or cross-listed, in any version, and
        are candidates of every topic that watches their present categories.

        A paper of which only a replacement was announced is left out, because it never became a candidate; so is one
        that was since cross-listed into a category that another topic watches.
        """

    def cross_listed(self, papers: Sequence[Paper], topics: Sequence[Topic]) -> frozenset[PaperId]:
        """The ids, among these papers, of those that were announced before, have since been cross-listed into a
        category that one of the topics watches, and are not candidates of that topic.
        """

    def authors(self, papers: Collection[PaperId]) -> Mapping[PaperId, Sequence[str]]:
        """All authors of each of these papers, as its latest stored version names them; papers that are not stored are
        left out.
        """

    def to_screen(self, topic: str, limit: int, after: int = 0) -> Sequence[Candidate]:
        """The papers of a topic that have not been screened by keywords and classifier yet, with candidate numbers
        above `after`, oldest first.
        """

    def add_screenings(self, found: Sequence[tuple[int, Screening]], run: str, at: datetime) -> None:
        """Store the results of screening papers by keywords and classifier, by candidate number; existing ones are not
        changed.
        """

    def with_card(self, topic: str | None = None) -> frozenset[PaperId]:
        """The ids of papers that have been shown to curators, in one topic or in any."""

    def replacements(self, papers: AbstractSet[PaperId]) -> Sequence[Replacement]:
        """Later versions of these papers that curators have not been notified of, in the order they were announced."""

    def add_notices(self, notices: Sequence[Notice], run: str, at: datetime) -> None:
        """Store notices to curators about later versions of papers; existing ones are not changed."""

    def notices(self, since: datetime | None) -> Sequence[Notice]:
        """The notices to curators about later versions of papers since a time (by default all), oldest first."""

    def number_of(self, paper: PaperId, topic: str) -> int | None:
        """The number of a paper as a candidate of a topic, also if it was announced as another paper with the same DOI;
        None if the topic does not have it.
        """

    def numbers_of(self, paper: PaperId) -> Sequence[int]:
        """The numbers of a paper as a candidate, one for each topic that has it, also as another paper with the same
        DOI.
        """

    def nominate(self, numbers: Sequence[int], nomination: Nomination, run: str) -> None:
        """Record that a person nominated these papers (given as candidate numbers); a nomination that is in force is
        not changed.
        """

    def is_nominated_by_audit(self, number: int) -> bool:
        """Whether a paper was first nominated by a curator's answer in the audit of rejected papers, saying that it
        belongs.
        """

    def nominated_without_card(self, topic: str, desk: str) -> frozenset[int]:
        """The candidate numbers of nominated papers that have not been posted to curators at a desk (Slack,
        web …) yet.
        """

    def recent_probabilities(self, topic: str, trained: str, limit: int) -> Sequence[float]:
        """The probabilities that the trained classifier named `trained` gave the latest papers it screened, newest
        first; 1 for papers passed by a core keyword.
        """

    def taken_in(self, topic: str, limit: int | None = None) -> Sequence[tuple[Paper, date | None, bool | None]]:
        """The papers announced for a topic, newest first, at most `limit`: each with its day of announcement and
        whether the model found it relevant (None if it was not asked).
        """

    def known_before(self, papers: Sequence[PaperId], batch: datetime, now: datetime) -> frozenset[PaperId]:
        """The ids, among these papers, of those announced before the time `batch` at which a feed was published. Papers
        stored with a time after `now`, because a clock was ahead, count too.
        """


class FeedStore(Protocol):
    """The part of the database for the readings of feeds, for what each web feed held when it was last read, and for the
    record of which arXiv announcement days have been read completely.
    """

    def add_readings(
        self, reports: Sequence[FeedReport], run: str, at: datetime, roles: Sequence[FeedRole] | None = None
    ) -> None:
        """Store the result of reading each feed in a run. `roles` say how each reading counts in the record of
        announcement days (by default not at all).
        """

    def add_span(self, span: Span, role: FeedRole, run: str, at: datetime) -> None:
        """Record that a span of arXiv announcement days has been read completely; `role` says from which
        kind of source.
        """

    def account(self, now: datetime) -> Account:
        """The records, up to a time, from which it is computed which arXiv announcement days were never read."""

    def watched_since(self) -> Mapping[str, date]:
        """For each arXiv category the announcement day on which it was first read as part of a configured feed."""

    def watched_before(self) -> bool:
        """Whether any configured feed of arXiv was ever read."""

    def fresh_on(self, now: datetime) -> frozenset[str]:
        """The feeds from which, on the announcement day of `now`, a new day's papers (not an old batch again) were read
        without error.
        """

    def sources(self) -> Sequence[FeedReport]:
        """The result of the latest reading of every feed."""

    def memory(self, url: str) -> FeedMemory | None:
        """The remembered content of the feed at a URL from its last reading; None before the first."""

    def remember(self, memory: FeedMemory, run: str, at: datetime) -> None:
        """Remember the content of a feed, replacing that of the reading before. To be called only when everything in it
        is stored.
        """

    def add_harvest(self, name: str, feed: str, reached: datetime, run: str, at: datetime) -> None:
        """Record how far a past span of days has been read from a feed, for the purpose `name`, so that an interrupted
        harvest can continue there.
        """

    def harvested(self, name: str) -> Mapping[str, datetime]:
        """How far each feed has been harvested for a purpose, as last recorded by `add_harvest`."""


class ScoringStore(Protocol):
    """The part of the database for the model's relevance scores, and for the batches in which papers are sent to be
    scored.
    """

    def batches(
        self,
        topic: str,
        size: int,
        budget: int | None,
        only: AbstractSet[int] | None = None,
        at: datetime | None = None,
    ) -> Sequence[Batch]:
        """Groups of a topic's papers that wait for a score, each for one request to the model: first those formed
        earlier, then new ones, highest priority first.

        `budget` limits the number of papers returned, None does not. With `only`, batches with any of these candidates
        are returned, and they may contain others. New batches are stored with the time `at`, by default now.
        """

    def unscored(self, *topics: str) -> tuple[int, int]:
        """How many papers of these topics wait for a score, as two numbers: those in a batch for the model, and those
        in none yet.
        """

    def judged(self, topic: str, prompt: str, asked: str) -> Sequence[tuple[int, Relevance]]:
        """Scores that a topic can reuse for its waiting papers, by candidate number: given to the same paper version,
        for any topic, by the same prompt (its hash) and the same model (the name by which it was asked).
        """

    def unassign(self, batches: Sequence[int]) -> None:
        """Dissolve batches that were put together for scoring but never sent to the model, so that on another day the
        most promising papers come first again.
        """

    def add_relevances(
        self, found: Sequence[tuple[int, Relevance]], missed: Sequence[Failure], run: str, at: datetime
    ) -> None:
        """Store the scores from one reply of the model, and failures of the papers missing from it, in one
        transaction.
        """

    def examples(self, topic: str, until: datetime) -> Sequence[Example]:
        """Curators' decisions on a topic's papers as few-shot examples for the scoring prompt: approvals and rejections
        from before a time that are still in force, newest first.

        An approval without a reason gets the model's reason, which the curator accepted; a rejection without one gets
        none, because the model's would be wrong. Suspicious papers are left out, because an example is in the prompt of
        every other paper.
        """


class TriageStore(Protocol):
    """The part of the database for triage, in which the model reads one line of each paper that screening did not pass:
    the batches sent, how the answers were read, and the outcome for each paper.
    """

    def open_batches(self, topic: str, only: AbstractSet[int] | None = None) -> Sequence[TriageBatch]:
        """Batches of papers for triage (each for one model request) that were stored and have no answer yet, oldest
        first; with `only`, those that hold one of these candidates.
        """

    def waiting(self, topic: str, limit: int | None, run: str) -> Sequence[tuple[Candidate, int]]:
        """The papers that wait for triage (the model's look at one line of each) and are in no unanswered batch, latest
        first, at most `limit`, each with the number of runs in which no answer about it was accepted. Papers for which
        that happened in this run are left out.
        """

    def judged(self, topic: str, prompt: str, asked: str) -> Sequence[tuple[int, Triage]]:
        """Outcomes of triage (the model's look at one line per paper) that a topic can reuse for its waiting papers, by
        candidate number: given to the same paper version, for any topic, by the same prompt (its hash) and the same
        model (the name by which it was asked).
        """

    def add_batches(self, topic: str, batches: Sequence[TriageBatch], run: str, at: datetime) -> None:
        """Store batches of papers that are shown to the model as one line each (triage); done before the
        model is asked.
        """

    def add(self, found: Sequence[tuple[int, Triage]], run: str, at: datetime) -> None:
        """Store outcomes of triage (whether the model, shown one line of a paper, named it) by candidate number;
        existing ones are not changed.
        """

    def add_reading(
        self,
        batch: TriageBatch,
        reading: TriageReading,
        found: Sequence[tuple[int, Triage]],
        halves: Sequence[TriageBatch],
        run: str,
        at: datetime,
    ) -> None:
        """Store how the model's answer about a triage batch was read, with the outcomes `found` in it and the `halves`
        of the batch that are to be asked about again, in one transaction.

        Papers that are in neither got no acceptable answer in this run; after several such runs they are sent to
        scoring. A batch whose answer was stored before is not changed.
        """

    def named(self, topic: str) -> frozenset[int]:
        """The numbers of candidates that triage sent on to scoring and that are in no batch for scoring yet."""

    def outcomes(self, topic: str) -> Mapping[str, tuple[bool, bool]]:
        """For each paper of a topic for which screening and triage are done, by its key: whether screening passed it,
        and whether it is scored because of either.
        """

    def planted(self, topic: str, since: datetime) -> Mapping[str, datetime]:
        """When papers known to belong were last hidden in a triage batch to test the model's answer, by paper key,
        after a time.
        """

    def known(self, topic: str, papers: AbstractSet[PaperId]) -> Sequence[KnownPaper]:
        """Papers known to belong to a topic, to be hidden in triage batches as a test: those approved for it, and those
        of `papers` (the catalog's) whose abstracts are stored. Suspicious ones are left out, because they would be in
        one request with other papers.
        """

    def untriaged(self, *topics: str) -> tuple[int, int]:
        """How many papers of these topics wait for triage (the model's look at one line of each), as two numbers: those
        in a batch, and those in none yet.
        """


class HandoverStore(Protocol):
    """The part of the database for papers on which the model fails while it answers about others, and which are
    therefore handed over to curators without its answer.
    """

    def add_failure(self, number: int, failure: LoneFailure, run: str, at: datetime) -> bool:
        """Record that the model failed on a paper (given as candidate number) when asked about it alone; counted at
        most once per run. True if this was the last allowed failure, so that the paper goes to curators without an
        answer.
        """

    def failed_alone(self, topic: str, stage: str, run: str) -> frozenset[int]:
        """The candidate numbers of papers on which the model failed in this run when asked about each alone, not
        counting failures from before a curator requested another attempt.
        """

    def share_failures(self, topic: str, prompt: str, asked: str, run: str, at: datetime) -> None:
        """Copy to a topic the model's failures that other topics recorded about the same paper versions with the same
        prompt and model: those of this run, and those of earlier runs unless a curator of this topic requested another
        attempt.
        """

    def add_retry(self, number: int, retry: Retry) -> bool:
        """Store a curator's request to ask the model again about a paper that came without its answer; False if one is
        already open. Raises UsageError for a paper about which the model has answered.
        """


class SummaryStore(Protocol):
    """The part of the database for the summaries that the model writes, and for curators' requests for another one."""

    def to_summarize(self, topic: str) -> Sequence[tuple[Candidate, Relevance, int]]:
        """A topic's relevant papers that have no summary, each with its score and its number of failures; fewest
        failures first, then best score first.
        """

    def add(self, number: int, summary: Summary, run: str, at: datetime) -> None:
        """Store the summary of a paper, by its candidate number; an existing one is not changed."""

    def add_rewrite(self, number: int, rewrite: Rewrite) -> bool:
        """Store a curator's request for another summary; False if an earlier request is still open. Raises
        UsageError.
        """

    def to_rewrite(self, topic: str) -> Sequence[tuple[int, Candidate, Relevance, int]]:
        """Open requests of curators for another summary as (number of the request, candidate, relevance, attempt),
        oldest first. `attempt` grows with every request and failure, so that each asks the model anew instead of
        reusing a cached reply.
        """

    def add_failed_rewrite(self, wish: int, number: int, failure: LoneFailure, run: str, at: datetime) -> bool:
        """Record that the model failed on a request for another summary (number `wish`) while it answered other
        requests; True if this was the last allowed failure, so that the request is closed.
        """
        ...

    def add_rewritten(self, wish: int, number: int, summary: Summary, run: str, at: datetime) -> None:
        """Store the summary written for a curator's request (number `wish`); an existing one is not changed."""


class HistoryStore(Protocol):
    """The part of the database that lists what happened to a paper, and what curators did."""

    def changes(self, number: int) -> Sequence[Revision]:
        """All changes of the texts that a paper gets in the catalog, oldest first. A rewritten summary counts as one
        change by the person who requested it; the number of changes is the card's `revision`.
        """

    def acts(self, count: int, skip: int = 0) -> Sequence[Act]:
        """The decisions, edits and requests of all curators, newest first: at most `count`, without the
        newest `skip`.
        """

    def of(self, paper: PaperId) -> Sequence[HistoryEntry]:
        """Everything recorded about a paper, from announcement to catalog row, in order of time."""


class CardStore(Protocol):
    """The part of the database for cards (messages that show papers to curators) and for curators' decisions."""

    def known(self, topic: str) -> Sequence[Known]:
        """All papers of a topic that have been shown to curators, with summary, verdict and catalog row of each, newest
        first.
        """

    def to_post(self, topic: str, desk: str) -> Sequence[int]:
        """The candidate numbers of a topic's papers to be posted to curators at a desk (Slack, web …): those that have
        a summary or go to curators without one, and no message there.

        If a paper has been decided (at another desk), it is included only if its message may already be here because
        its post was interrupted, since it must show the decision.
        """

    def add(self, number: int, posted: CardPosted, etag: str, run: str) -> None:
        """Record that a paper was posted to curators, and the etag (revision token) of the state that the
        message shows.
        """

    def stale(self, desk: str, topic: str | None = None) -> Sequence[tuple[int, str]]:
        """The messages at a desk (Slack, web …) that no longer show the present state of their paper, as (candidate
        number, message address), of a topic or of all; the latest decided come first.
        """

    def is_stale(self, number: int, desk: str) -> bool:
        """Whether a paper's state (decision, texts …) changed since its message at a desk was last updated."""

    def mark_shown(self, number: int, desk: str, etag: str) -> None:
        """Record the etag (revision token) of the state that a paper's message at a desk (Slack, web …) shows now."""

    def get(self, number: int) -> Card:
        """Everything that curators are shown about a paper (its card), by candidate number, built from what was
        recorded. Raises UsageError if it was never shown.
        """

    def all(self, topic: str | None = None) -> Sequence[Card]:
        """All cards (papers shown to curators), of one topic or of all, newest day first, best score first
        within a day.
        """

    def handed_over(self) -> Sequence[Card]:
        """The cards of papers that ever came to curators without a model's answer, newest day first."""

    def decide(self, number: int, decision: Decision) -> bool:
        """Record a curator's decision about a paper, as `domain.curation.verdicts.decision_to_record` derives it from
        the verdict; False if it changes nothing (a double click).

        Approving a paper again whose catalog row is missing requests that the row is put back; rejecting one again
        whose row has come back requests its removal.
        """

    def reject_open(self, numbers: Sequence[int], decision: Decision) -> Sequence[int]:
        """Reject, in one transaction, all of these papers that were posted and are undecided; return their candidate
        numbers.
        """

    def undo_sweep(self, sweep: str, decision: Decision) -> Sequence[int]:
        """Undo, in one transaction, a rejection of all remaining papers of a digest (`sweep` is the id shared by its
        decisions), as far as it is still in force; return the papers' candidate numbers.
        """

    def swept(self, numbers: Sequence[int]) -> Swept | None:
        """The latest rejection of all remaining papers of a digest at once that includes one of these papers; None if
        there is none or none of its decisions is still in force.
        """

    def revise(self, number: int, revisions: Sequence[Revision], based_on: int | None) -> None:
        """Record a curator's edits of a paper's texts for the catalog, in one transaction. Raises EditConflict if the
        texts changed since `based_on` (optimistic locking).
        """

    def places(self, desk: str) -> Mapping[int, tuple[str, str]]:
        """Where papers are posted at a desk (Slack, web …), by candidate number: the message's address, and the address
        of the digest in whose thread it is ("" for none).
        """

    def add_discussions(self, desk: str, replies: Mapping[int, int], at: datetime) -> Sequence[int]:
        """Record how many replies people have written in the threads of papers' messages, by candidate number; return
        the numbers for which the count changed.
        """

    def at(self, desk: str, ref: str) -> int | None:
        """The candidate number of the paper that the message with this address (ref) at a desk (Slack, web …) shows, or
        None.
        """

    def count_posted(self, topic: str, desk: str, since: datetime) -> int:
        """How many of a topic's papers were posted to curators at a desk (Slack, web …) since a time."""

    def overdue(self, topic: str, desk: str, before: datetime, today: date) -> Sequence[Overdue]:
        """The papers posted to curators before a time that still wait for a verdict, oldest first. One that a curator
        put off until a day is included from that day on.
        """


class ReactionStore(Protocol):
    """The part of the database for emoji reactions seen on messages that show papers, and for the decisions made from
    them.
    """

    def last(self, number: int, desk: str) -> Mapping[Key, Sighting]:
        """Every emoji reaction on a paper's message at a desk, as it was last seen."""

    def observe(
        self, number: int, desk: str, seen: Observation, *, needed: int, fits: bool, at: datetime
    ) -> Sequence[Sighting]:
        """Compare the emoji reactions on a paper's message with those last seen, and record the differences and the
        decisions that follow from them in one transaction (see `domain.curation.reactions.react`); return the
        differences.

        `needed` is how many curators must agree, `fits` whether the paper's texts can be written to a catalog row.
        """

    def watched(self, desk: str, since: datetime) -> Mapping[str, int]:
        """The messages at a desk (Slack …) whose emoji reactions are to be read, as candidate numbers by message
        address: papers posted or decided after a time, and those still undecided.
        """

    def to_ask(self, desk: str) -> Sequence[tuple[Question, str]]:
        """Questions to post about reactions that led to no decision, each with the address of the message they are
        about, oldest first. Questions already sent, and those about papers decided since, are left out.
        """


class AuditStore(Protocol):
    """The part of the database for the weekly audit: random samples of papers that screening rejected, and curators'
    answers whether they belong.
    """

    def screened_out(self, topic: str, since: datetime, until: datetime) -> Sequence[ScreenedOut]:
        """The papers of a topic that screening rejected between two times, whether or not they were drawn
        for an audit.
        """

    def add_samples(self, topic: str, drawn: Sequence[tuple[int, AuditSample]], run: str, at: datetime) -> None:
        """Store the papers drawn for a topic's audit in a week, by candidate number, in one transaction; the sample of
        a week that is stored already is not changed.
        """

    def cards(self, topic: str | None = None, weeks: Sequence[str] | None = None) -> Sequence[AuditCard]:
        """The papers drawn for weekly audits of rejected papers (of a topic, of some weeks), with curators' answers,
        newest week first.
        """

    def card(self, number: int) -> AuditCard:
        """One paper of a weekly audit of rejected papers, with curators' answers, by candidate number. Raises
        UsageError if it was not drawn for an audit.
        """

    def add_lines(self, lines: Sequence[tuple[int, AuditLine]], run: str, at: datetime) -> None:
        """Store Japanese translations of the titles of audited papers by candidate number; existing ones are not
        changed.
        """

    def add_answer(self, number: int, answer: AuditAnswer) -> bool:
        """Record a curator's answer whether an audited paper belongs; False if the same one is already in force (a
        double click).
        """

    def to_audit(self, topic: str, desk: str) -> Sequence[int]:
        """The candidate numbers of papers drawn for the audit that are in no audit message at this desk (Slack, web …).

        If a paper has been answered about meanwhile, it is included only if its message may already be at the desk
        because its post was interrupted, since it must show the answer.
        """

    def stale(self, desk: str, topic: str | None = None) -> Sequence[tuple[int, str]]:
        """The audited papers that were answered about since their message at a desk was last updated, as (candidate
        number, address of the message), of a topic or of all.
        """

    def mark_shown(self, number: int, desk: str, ref: str, answers: int) -> None:
        """Record the address (ref) of the audit message that shows a paper at a desk, and how many answers the message
        shows.
        """


class CatalogStore(Protocol):
    """The part of the database for rows of the Markdown catalog: which decisions have been carried out in the file, and
    which rows are still there; for the host whose copy of the file is written to; and for pushes to git remotes.
    """

    def to_write(self, topic: str) -> Sequence[tuple[int, bool]]:
        """The papers whose latest decision has not been carried out in the catalog file, as (candidate number, whether
        a row is to be there). A row that people had written before the program found it (PRESENT) is never removed by
        it.
        """

    def intend(self, number: int, at: datetime) -> bool:
        """Record that a paper's catalog row is about to be added or removed, so that an interruption is noticed; False
        if an earlier change is still unfinished.
        """

    def wanted_elsewhere(self, number: int, topics: Sequence[str] | None = None) -> bool:
        """Whether another topic (of these, if given) has approved the same paper, so that its catalog row must stay."""

    def add_row(self, number: int, row: CatalogRow) -> None:
        """Record a change of a paper's catalog row, e.g. that it was added or removed."""

    def approved(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        """The catalog rows of approved papers (of these topics, if given), in the file or missing, as last known."""

    def missing(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        """The rows of approved papers that were found missing from the catalog file and about which no curator has
        decided yet.
        """

    def withdrawn(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        """The catalog rows of papers whose approval was taken back (of these topics, if given), whether removed or
        found in the file again.
        """

    def returned(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        """The rows of papers whose approval was taken back that were found in the catalog again and about which no
        curator has decided yet.
        """

    def update_row(self, row: ApprovedRow, now: CatalogRow) -> bool:
        """Record that a catalog row was found missing or found again; False, recording nothing, if its recorded state
        is no longer that of `row`.
        """

    def additions(self) -> Mapping[PaperId, datetime]:
        """For each paper whose row is in the catalog now, the time at which the program added it."""

    def owner(self, catalog: str) -> str:
        """The id of the host's copy of a catalog file that rows are written to; "" before the first row."""

    def claim(self, catalog: str, mark: str, at: datetime) -> str:
        """Make a host's copy of a catalog file (by its id `mark`) the one that rows are written to, unless another copy
        has been chosen; return the id of the chosen one.
        """

    def set_owner(self, catalog: str, mark: str, at: datetime) -> None:
        """Make a host's copy of a catalog file (by its id `mark`) the one that rows are written to, in place of the
        former one.
        """

    def add_push(self, push: Push, run: str) -> None:
        """Record that a catalog's git remote accepted a commit, or why it did not."""

    def last_push(self, catalog: str | None = None) -> Push | None:
        """The latest successful push of a catalog to its git remote, or of any catalog."""

    def push_failures(self, catalog: str | None = None) -> list[Failure]:
        """The errors because of which a catalog (by default any) could not be pushed; none once a later
        push succeeded.
        """


class ProposalStore(Protocol):
    """The part of the database for suggested changes of existing catalog rows, and for what came of them."""

    def add(self, proposals: Sequence[Proposal], run: str, at: datetime) -> int:
        """Store suggested changes of catalog rows and return how many were new.

        An open one is not added twice, and a rejected one never again (same row, cell and `after`; for a question, same
        `before`). A new one closes an open one about the same cell with another text.
        """

    def get(self, number: int) -> Suggestion:
        """A suggested change of the catalog, with its decision and outcome. Raises UsageError if there is none."""

    def all(self, *, settled: bool = False) -> Sequence[Suggestion]:
        """The suggested changes of the catalog that were neither rejected nor carried out, oldest first; with `settled`
        all there ever were.
        """

    def card(self, card: int) -> Sequence[Suggestion]:
        """The suggested changes found together about one catalog row, by the number of their group."""

    def decide(self, number: int, decision: ProposalDecision) -> bool:
        """Record a curator's decision on a suggested change; False if the same verdict is already in force. Raises
        UsageError once the change has been carried out or dropped.
        """

    def to_change(self) -> Sequence[int]:
        """The numbers of suggested changes that curators accepted and that have not been carried out in the catalog."""

    def add_outcome(self, number: int, outcome: ProposalOutcome) -> None:
        """Record what came of a suggested change of the catalog; a final outcome is not changed."""

    def add_failure(self, number: int, error: str, run: str, at: datetime) -> None:
        """Record that an accepted change of the catalog could not be carried out yet; repeating the same error adds
        nothing.
        """

    def count_open(self) -> int:
        """How many suggested changes of the catalog wait for a curator's decision."""

    def to_show(self, desk: str) -> Sequence[int]:
        """The numbers of groups of suggested changes of the catalog to be posted at a desk (Slack, web …), oldest
        first: those with an undecided one, and those whose post was interrupted.
        """

    def stale(self, desk: str) -> Sequence[tuple[int, str]]:
        """The messages with suggested changes of the catalog that no longer show their present state at a desk, as
        (group number, message address).
        """

    def mark_shown(self, card: int, desk: str, ref: str, etag: str, at: datetime) -> None:
        """Record the address (ref) of the message that shows a group of suggested changes at a desk, and the etag
        (revision token) of its content.
        """


class OutboxStore(Protocol):
    """The part of the database for the outbox, which makes sure that a message is sent only once: an intent is stored
    under the message's key before sending, and the message's address (ref) after it.
    """

    unsure_since: datetime | None
    """Since when messages may have been sent of which no intent is stored here; None for never."""

    def intend(self, key: str, desk: str, at: datetime) -> datetime | None:
        """Record that the message with this key is about to be sent. Returns None if it was certainly not sent before;
        else the time since which an earlier attempt may have sent it.
        """

    def sent(self, key: str) -> str | None:
        """The address (ref) of the message that was sent under this key; None if none is known to be sent."""

    def record_sent(self, key: str, ref: str, at: datetime) -> None:
        """Record that the message with this key was sent, and its address (ref) at the desk (e.g. Slack's
        timestamp).
        """


class SessionStore(Protocol):
    """The part of the database for sign-outs from the web pages: sessions that were ended although their cookies have
    not expired.
    """

    def end_session(self, session: str, at: datetime) -> None:
        """Record that the web session with this id was signed out; records 15 days older than `at` are deleted."""

    def has_ended(self, session: str) -> bool:
        """Whether the web session with this id was signed out."""


class DeskStore(SessionStore, Protocol):
    """The part of the database for what desks keep about people: sign-outs from the web pages, options for the Home tab
    in Slack, and OAuth installations of the Slack app with the state values of those in progress.
    """

    def preferences(self, person: str) -> Sequence[str]:
        """The options that a person has chosen for their Home tab in Slack."""

    def put_preferences(self, person: str, choices: Sequence[str]) -> None:
        """Store a person's options for their Home tab in Slack, replacing earlier ones."""

    def put_installation(self, team: str, content: str, at: datetime) -> None:
        """Store a workspace's installation of the Slack app (its encrypted tokens), replacing an earlier one."""

    def installation(self, team: str) -> str | None:
        """The stored installation of the Slack app in a workspace, or None."""

    def remove_installation(self, team: str) -> None:
        """Delete the installation of a workspace that uninstalled the app."""

    def add_state(self, state: str, now: datetime, expires: datetime) -> None:
        """Store the OAuth state value of an installation in progress until it expires; expired ones are deleted."""

    def pop_state(self, state: str, now: datetime) -> bool:
        """Check that an OAuth state value belongs to an installation in progress and has not expired; it is deleted, so
        it is valid once.
        """


class RunStore(Protocol):
    """The part of the database for runs of the pipeline and for failures in them."""

    def add_failure(self, failure: Failure, run: str, at: datetime) -> None:
        """Record an error of a pipeline stage, with one paper or with a whole topic."""

    def failures(self, stage: str | None = None, topic: str | None = None) -> Sequence[Failure]:
        """The latest error of every paper that is held up by it, and the errors of pushes; of one stage or topic if
        given.
        """

    def start(self, run: str, at: datetime) -> None:
        """Record that a run began; a scheduled run that is repeated begins again under the same id."""

    def finish(self, report: RunReport) -> None:
        """Record the report with which a run ended."""

    def report(self, run: str) -> RunReport | None:
        """The report of the run with this id, the last one if it was repeated; None if it has not ended."""

    def last(self) -> RunReport | None:
        """The report of the latest pipeline run that has ended, by the real clock even if it was given another time
        (`--now`); None before the first.
        """

    def unfinished(self, since: datetime) -> Sequence[str]:
        """The ids of pipeline runs that began after a time and never ended."""


class WaitingStore(Protocol):
    """The part of the database that counts the papers waiting for each stage of the pipeline."""

    def mark_done(self) -> None:
        """Mark papers as inactive if no stage up to summarizing will process them again.

        This is an optimization: queries for waiting papers then skip those of past years.
        """

    def counts(self, topics: Sequence[str], desk: str) -> Mapping[str, int]:
        """How many papers of these topics wait for each stage of the pipeline, by the stage's name; `desk` is where
        they are posted (Slack, web …).
        """

    def to_follow(self, desk: str) -> Mapping[str, AbstractSet[Waits]]:
        """For each topic, which kinds of work (see Waits) are left to do after curators' decisions; topics without any
        are left out.
        """


class MonitoringStore(Protocol):
    """The part of the database that computes the figures of a deployment, for the command `status`, for monitoring and for
    alarm rules, and that records which alarms were sent to the operator.
    """

    def vitals(self, topics: Sequence[str], desk: str, now: datetime) -> Vitals:
        """Compute the figures of a deployment for these topics (by slug) and for their messages at a desk: what waits
        and since when, failures, cost.
        """

    def observations(self, topics: Sequence[str], desk: str, now: datetime) -> Observations:
        """The current measurements of the deployment that the alarm rules are checked against."""

    def add_alarm(self, alarm: Alarm) -> bool:
        """Record that an alarm was raised, repeated or cleared; False if another process has already done so."""

    def last_alarms(self) -> Sequence[Alarm]:
        """The latest record of each kind of alarm, whether it was raised, repeated or cleared."""

    def standing_alarms(self) -> Sequence[Alarm]:
        """The latest record of each alarm that has been raised and not cleared."""

    def told_before(self, alarm: Alarm) -> Sequence[Alarm]:
        """The earlier records of an alarm since it was last raised, oldest first."""


class ReportStore(Protocol):
    """The part of the database that computes daily digests, weekly reports and estimates of recall from what was
    recorded, and keeps the posted digests.
    """

    def digest(self, topic: Topic, day: date, since: datetime | None, recorded: bool) -> Digest:
        """Build the digest of what happened in a topic since a time. Its notices (later versions, withdrawals) are
        about papers of all topics.
        """

    def last_digest(self, topic: str | None = None, before: date | None = None) -> tuple[Digest, datetime] | None:
        """The digest posted last (of a topic; before a day), and the time up to which it reports."""

    def digest_of_day(self, topic: str, day: date) -> Digest | None:
        """A topic's digest of a day as it was posted last, or None."""

    def put_digest(self, digest: Digest, ref: str, at: datetime) -> None:
        """Store a digest as it was posted in the message `ref`; an update of the day's digest replaces it and moves the
        time up to which it reports.
        """

    def weekly(self, topic: Topic, week: Week) -> WeeklyReport:
        """Compute a topic's weekly report from the records as they are now: the week's counts, and estimates of what
        screening misses, from the audit samples up to that week.
        """

    def recalls(self, topic: str, week: Week) -> tuple[Recall, TriageRecall]:
        """Two estimates of how large a part of a topic's papers is found, over RECALL_WEEKS weeks that end with the
        given one: by screening and triage together, from audit samples, and by triage, from known papers hidden among
        new ones.
        """


class ReplyStore(Protocol):
    """The part of the database that caches model replies. A reply is stored before it is used, so that none is paid for
    twice.
    """

    def reply(self, key: str) -> Reply | None:
        """The cached reply to a model request, by the request's key, or None."""

    def add_reply(self, key: str, request: Request, reply: Reply, at: datetime) -> None:
        """Store a model's reply under the request's key, and return only when it is on disk."""


class AbilityStore(Protocol):
    """The part of the database that remembers which form of request (Manner) each model server accepts, by (base_url,
    model).
    """

    def manner(self, base_url: str, model: str) -> tuple[Manner, datetime] | None:
        """The form of request that a model server accepts and when that was learned, or None if nothing is known."""

    def put_manner(self, base_url: str, model: str, manner: Manner, at: datetime) -> None:
        """Store the form of request that a model server accepts."""


class SpendingStore(Protocol):
    """The part of the database that counts tokens and US dollars spent on model calls against the daily caps, for all
    processes together. A day is one in Tokyo.
    """

    def reserve(self, most: Spending, caps: Caps, at: datetime) -> int | Cap:
        """Reserve the most that a call can cost; return the reservation's number, or the cap that it would exceed.

        If two processes reserve at the same time close to a cap, both may be refused.
        """

    def settle(self, number: int, spent: Spending) -> None:
        """Replace a reservation of spending by what the call really cost; one that is never settled counts in full."""

    def spent(self, at: datetime) -> Spending:
        """The tokens and US dollars spent on the day (in Tokyo) of a time, reservations included."""


class ModelStore(ReplyStore, AbilityStore, SpendingStore, Protocol):
    """The part of the database for calls of language models: cached replies, the form of request that each server
    accepts, and spending.
    """

    def usage(self, since: datetime | None = None) -> Usage:
        """Tokens and cost of all model calls since a time, by default of all ever made."""


class ServiceStore(Protocol):
    """The part of the database for services such as Semantic Scholar: counts the requests against budgets and caches their
    answers for about a quarter of a year; figures about papers (citations, stars, venues), and the catalog cells
    filled from them.
    """

    def begin_request(
        self, service: str, purpose: str, request: str, *, most: int, since: datetime, at: datetime
    ) -> int:
        """Record that a request (given by its hash) is about to be sent, and return its number; 0 if the budget is used
        up, that is if `most` requests were sent for this purpose since a time.
        """

    def finish_request(self, number: int, answer: bytes) -> None:
        """Store the answer to a request to a service; a request without an answer has failed or is in progress."""

    def answer(self, service: str, request: str, since: datetime) -> bytes | None:
        """The cached answer of a service to the same request (by hash), if it was sent at or after a time, or None."""

    def count_requests(self, purpose: str, since: datetime) -> int:
        """The number of requests to services sent for a purpose since a time, failed ones included."""

    def add_signals(self, signals: Sequence[Signal]) -> None:
        """Store figures (citations, stars, venues) that services gave about papers, with source and time."""

    def signals(self, papers: Collection[PaperId], since: datetime | None = None) -> Sequence[Signal]:
        """For each of these papers the latest figures (citations, stars, venues) from every service, after a time or of
        any time.
        """

    def add_enrichments(self, found: Mapping[int, Enrichment], run: str, at: datetime) -> None:
        """Store, by candidate number, the venue and attention for the catalog that were derived from services' figures;
        existing ones are not changed.
        """


class CitationStore(Protocol):
    """The part of the database for papers found because they cite a topic's catalog, and for the weekly searches that
    find them.
    """

    def add(
        self,
        topic: str,
        pairs: Collection[tuple[PaperId, PaperId]],
        rows: Mapping[PaperId, CitedRow],
        service: str,
        run: str,
        at: datetime,
    ) -> None:
        """Store which papers cite which, as pairs (citing, cited), with the catalog `rows` of the cited ones; pairs
        stored already are not changed.
        """

    def to_take_in(self, topic: str, since: datetime, limit: int) -> Sequence[PaperId]:
        """Papers found since a time to cite a topic's catalog that the topic has not considered yet; those that cite
        most rows come first.
        """

    def remove(self, topic: str, papers: Collection[PaperId]) -> None:
        """Delete the stored citations by these papers, which turned out not to exist or to be in the
        catalog themselves.
        """

    def count_taken_in(self, topic: str, since: datetime) -> int:
        """How many papers a topic took in since a time because they cite its catalog, not from feeds."""

    def add_search(self, topic: str, search: CitationSearch, run: str, at: datetime) -> None:
        """Record how a weekly search for papers that cite the catalog ended at one service."""

    def searches(self, topic: str, week: str) -> Sequence[CitationSearch]:
        """The latest record, at each service, of a topic's search for citing papers in a week, by the
        service's name.
        """


class Locks(Protocol):
    """Locks by key that hold between all threads and processes of a deployment."""

    def hold(self, key: str) -> AbstractContextManager[None]:
        """Wait for the lock named `key` and hold it until the block ends. Raises DatabaseError.

        A process that dies releases its locks; one that is merely slow keeps them.
        """


class CoordinationStore(Protocol):
    """The part of the database by which processes coordinate: results of jobs that workers leave for the process that
    leads the run, and backoff, pauses after failures of a service or action.
    """

    def put_result(self, job: str, result: JobResult, at: datetime) -> None:
        """Store the result of a worker's job under the job's key."""

    def has_result(self, job: str) -> bool:
        """Whether the result of the job with this key has been stored."""

    def pop_results(self, jobs: Sequence[str]) -> Mapping[str, JobResult]:
        """Return and delete the results of these jobs, by key; jobs without a result are left out."""

    def pop_run_results(self, run: str) -> Sequence[JobResult]:
        """Return and delete the results of all jobs of a run."""

    def is_paused(self, name: str, now: datetime) -> bool:
        """Whether the service or action called `name` must not be tried at this time, because it failed lately."""

    def pause(self, name: str, now: datetime, pauses: Sequence[timedelta]) -> None:
        """Record a failure of the service or action called `name` and pause it: for the first of these durations after
        the first failure, for the next one after each further failure.
        """

    def resume_all(self) -> None:
        """Forget all failures, so that nothing is paused. Done when a single-process deployment starts, because its
        operator then wants everything tried at once.
        """

    def resume(self, name: str) -> None:
        """Forget the failures of the service or action called `name` after a success, so that it is not paused."""


class RetentionStore(Protocol):
    """The part of the database that deletes texts (prompts, abstracts) whose retention period is over."""

    def purge(self, questions_before: datetime | None, abstracts_before: datetime | None) -> Mapping[str, int]:
        """Delete old texts: prompts sent to models, and abstracts of papers that screening rejected, each from before a
        time (None deletes nothing). Returns how many of each were deleted.

        Replies stay, so that none is paid for again. A paper keeps its abstract if it passed, was nominated or audited,
        or still waits for screening.
        """


class Store:
    """The database, with one attribute for each subject (`store.cards`, `store.runs` …). Every method is one
    transaction. Raises DatabaseError.
    """

    papers: PaperStore
    feeds: FeedStore
    triage: TriageStore
    scoring: ScoringStore
    summaries: SummaryStore
    handovers: HandoverStore
    cards: CardStore
    audits: AuditStore
    reactions: ReactionStore
    outbox: OutboxStore
    desks: DeskStore
    catalog: CatalogStore
    proposals: ProposalStore
    history: HistoryStore
    runs: RunStore
    waiting: WaitingStore
    monitoring: MonitoringStore
    reports: ReportStore
    models: ModelStore
    citations: CitationStore
    services: ServiceStore
    locks: Locks
    coordination: CoordinationStore
    retention: RetentionStore
