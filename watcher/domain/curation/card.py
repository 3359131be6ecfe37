"""The card of a candidate, the daily digest, and the reminder of overdue cards, as any desk shows them; and the rules by
which a curator's verdict on a card is recorded, given the decisions before it (undo, several approvers).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from watcher.domain.budget import Cap, Usage
from watcher.domain.errors import NotYours
from watcher.domain.facts import (
    MISSING,
    Candidate,
    CatalogRow,
    Cells,
    Decision,
    Handover,
    Notice,
    Relevance,
    RowChange,
    Screening,
    Summary,
    Verdict,
    Verification,
    Violation,
)
from watcher.domain.papers.citations import CitedRow
from watcher.domain.papers.feeds import BROKEN, FeedReport
from watcher.domain.screening.measure import surprising
from watcher.domain.summaries.cells import plain
from watcher.domain.summaries.verification import SentenceEvidence, evidence_by_sentence, marked


class CardState(StrEnum):
    """The state of a card: open, put off, rejected, approved, in the catalog, missing from it, and so on. It is derived
    from the facts and never stored.
    """

    OPEN = "open"
    LATER = "later"
    ENDORSED = "endorsed"  # approved by some, but not yet by as many as it needs
    REJECTED = "rejected"
    APPROVED = "approved"  # decided; the row is on its way
    CATALOGED = "cataloged"  # decided; the row stands in the catalog
    MISSING = "missing"  # the row stood there and does no more: people say what is to become of it
    RETURNED = "returned"  # the row was taken out and stands there again: people say what is to become of it


EDITABLE = frozenset({CardState.OPEN, CardState.LATER})
"""States in which the cells of a card may still be edited: nobody has decided, or the decision was put off."""

WAITING = EDITABLE | {CardState.ENDORSED}
"""States in which a card still waits for decisions."""

ROW_QUESTIONS = frozenset({CardState.MISSING, CardState.RETURNED})
"""States in which people changed the catalog against the decision, so that a curator must say what is right."""

_UNAPPROVED = {
    Verdict.ENDORSE: CardState.ENDORSED,
    Verdict.LATER: CardState.LATER,
    Verdict.REJECT: CardState.REJECTED,
}


@dataclass(frozen=True, slots=True)
class Card:
    """A candidate as curators see it: paper, score, summary, and what they decided.

    `cells` holds the curators' revisions, `revision` counts them (for optimistic locking of edits), `trouble` is the
    last failure to write the row, `events` counts everything that happened to the card. `endorsers` are the curators
    whose approval is in force; while `rewriting`, another summary has been requested; `failed_rewrite` says why none
    came.

    If a model gave no answer about the paper, `handover` says why, and `relevance` or `summary` is None. While
    `retrying`, the model is to be asked once more. `replies` counts what people wrote in the thread of the card's
    message. `zone` is the time zone of the topic's people. `cites` are the catalog's rows by which the paper was found,
    empty if a feed announced it first.
    """

    candidate: Candidate
    relevance: Relevance | None
    summary: Summary | None
    cells: Cells
    decision: Decision | None = None
    row: CatalogRow | None = None
    revision: int = 0
    trouble: str = ""
    events: int = 0
    endorsers: tuple[str, ...] = ()
    rewriting: bool = False
    failed_rewrite: Handover | None = None
    screening: Screening | None = None
    handover: Handover | None = None
    retrying: bool = False
    replies: int = 0
    zone: str = "Asia/Tokyo"
    cites: tuple[CitedRow, ...] = ()

    @property
    def score(self) -> int | None:
        """The relevance score, 0–4; None if no model gave one."""
        return self.relevance.score if self.relevance else None

    @property
    def violations(self) -> tuple[Violation, ...]:
        """The rules of the style sheet that the model's summary breaks."""
        return self.summary.violations if self.summary else ()

    @property
    def evidence(self) -> tuple[str, ...]:
        """The quotes from the abstract on which the model's summary rests."""
        return self.summary.evidence if self.summary else ()

    @property
    def verification(self) -> Verification | None:
        """The result of checking the texts on the card against the abstract; None if they were not checked, or if a
        curator changed the summary. Verdicts on additional fields whose text a curator changed are left out.
        """
        found = self.summary.verification if self.summary else None
        if found is None or self.summary is None or self.cells.summary != plain(self.summary.summary_ja):
            return None
        own = self.cells.own
        kept = tuple(v for v in found.verdicts if not v.field or own.get(v.field) == plain(v.sentence))
        return found if len(kept) == len(found.verdicts) else replace(found, verdicts=kept)

    @property
    def is_unwritten(self) -> bool:
        """Whether the card has no summary by a model to show: the model gave none, or only one based on text that does
        not belong to the study.
        """
        return self.handover is not None or (self.summary is not None and not self.summary.summary_ja)

    @property
    def marked_summary(self) -> tuple[tuple[str, bool], ...]:
        """The summary cut into pieces, as (piece, whether verification found it unsupported by the abstract)."""
        return marked(self.cells.summary, self.verification.wrong if self.verification else ())

    @property
    def state(self) -> CardState:
        """The state of the card, from the latest decision and from whether it has been carried out in the catalog."""
        change = self.row.change if self.row is not None else RowChange.REMOVED
        verdict = self.decision.verdict if self.decision is not None else Verdict.UNDO
        if verdict is not Verdict.APPROVE and change is RowChange.RETURNED:
            return CardState.RETURNED
        if verdict is Verdict.UNDO:
            return CardState.ENDORSED if self.endorsers else CardState.OPEN
        if verdict is not Verdict.APPROVE:
            return _UNAPPROVED[verdict]
        if change in MISSING:
            return CardState.MISSING
        return CardState.CATALOGED if change in {RowChange.ADDED, RowChange.PRESENT} else CardState.APPROVED

    @property
    def until(self) -> date | None:
        """The day (in Tokyo) until which a curator put the card off; None if there is none."""
        return self.decision.until if self.decision is not None and self.state is CardState.LATER else None

    @property
    def probability(self) -> float | None:
        """The prefilter's probability that the paper belongs (0–1), None if it gave none."""
        return self.screening.probability if self.screening else None

    @property
    def sentence_evidence(self) -> tuple[SentenceEvidence, ...]:
        """Each sentence of the model's summary with the quotes from the abstract that support it."""
        return evidence_by_sentence(self.summary.summary_ja, self.summary.evidence) if self.summary else ()

    @property
    def etag(self) -> str:
        """A revision token (like an HTTP ETag), the count of events of the card: it changes whenever the card would be
        displayed differently. The store keeps the one that a desk last showed.
        """
        return str(self.events)


@dataclass(frozen=True, slots=True)
class Borderline:
    """A paper listed in a digest (the daily message): one that has a card, one scored just below the threshold, or one
    on which prefilter and score disagree. `number` is its candidate's; `score` is None if no model gave one. `cites`
    names the rows of the catalog that the paper cites if it was found by that, "" if a feed announced it first.
    """

    title: str
    url: str
    score: int | None
    reason_ja: str
    probability: float | None = None
    number: int = 0
    cites: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """One curator's decisions as counted in a digest: how many cards the curator approved, rejected and put off."""

    curator: str
    approved: int
    rejected: int
    put_off: int

    @property
    def total(self) -> int:
        """The number of all the curator's decisions."""
        return self.approved + self.rejected + self.put_off


@dataclass(frozen=True, slots=True)
class Swept:
    """The rejection of all remaining papers of a daily digest by one click: `sweep` is the id shared by its decisions,
    `count` how many of them are still in force, `at` when they were given (ISO format).
    """

    sweep: str
    curator: str
    at: str
    count: int


@dataclass(frozen=True, slots=True)
class Digest:
    """The daily message that opens a day at a desk: counts, states of the sources, failures, near misses.

    `decided` says who decided how much, `found` lists the papers that have cards, `borderline` those that get none
    although they were scored just below the threshold or the prefilter's probability was high (see `near_misses` and
    `disagreements`). `links` are the addresses of the posted cards, by the paper's URL; `swept` is the rejection of all
    remaining cards by one click, None if there was none. A `brief` digest is shown in one line. `cap` is the daily cap
    that stopped scoring, None if none did; `unlisted_year` is a year for which no holidays of arXiv are configured.
    `proposals` is the number of proposals that wait for a curator, `taken_out` that of approved rows that people
    removed from the catalog, `returned` that of removed rows that are back in it. `handed_over` is how many of the
    `cards` lack a summary because no model answers about the paper; `unread` are the announcement days whose papers
    were never read; `has_earlier` says that the topic had a digest on an earlier day. `triaged` is how many papers
    triage looked at, `named` how many of them it passed on to scoring. `zone` is the time zone in which times are
    shown.

    Counts cover everything since the previous digest, so that no run between two digests goes unreported. It has a
    field for each figure and list of the message, because it is stored and shown again as a whole.
    """

    day: date
    topic: str
    topic_title: str
    announced: int
    screened: int
    passed: int
    scored: int
    unscored: int
    carried_over: int
    relevant: int
    cards: int
    usage: Usage
    sources: tuple[FeedReport, ...] = ()
    borderline: tuple[Borderline, ...] = ()
    failures: tuple[str, ...] = field(default=())
    notices: tuple[Notice, ...] = ()
    unlisted_year: int | None = None
    recorded_replies: bool = False
    proposals: int = 0
    cap: Cap | None = None
    decided: tuple[Decided, ...] = ()
    found: tuple[Borderline, ...] = ()
    brief: bool = False
    taken_out: int = 0
    returned: int = 0
    handed_over: int = 0
    unread: tuple[date, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    swept: Swept | None = None
    triaged: int = 0
    named: int = 0
    has_earlier: bool = False
    zone: str = "Asia/Tokyo"

    @property
    def quiet(self) -> bool:
        """Whether the digest contains nothing that a curator would look at: no new papers and no failure."""
        news = self.cards or self.relevant or self.borderline or self.notices or self.unlisted_year
        return self.healthy and not (news or self.taken_out or self.returned)

    @property
    def near_misses(self) -> tuple[Borderline, ...]:
        """The papers scored just below the threshold; never one with score 0."""
        return tuple(one for one in self.borderline if one.score and not surprising(one.probability, one.score))

    @property
    def disagreements(self) -> tuple[Borderline, ...]:
        """The papers scored far below the threshold although the prefilter's probability was high."""
        return tuple(one for one in self.borderline if surprising(one.probability, one.score or 0))

    @property
    def healthy(self) -> bool:
        """Whether the digest may say that there was nothing today: every source was read completely, no announcement
        day is unread, nothing waits for a score, and nothing failed.
        """
        whole = all(s.state not in BROKEN and not s.error for s in self.sources)
        left = self.unscored or self.carried_over or self.handed_over or self.unread
        return bool(self.sources) and whole and not (left or self.failures or self.cap)

    @property
    def key(self) -> str:
        """The outbox key (idempotency key) of the digest, one for each day and topic, under which it is posted once."""
        return digest_key(self.topic, self.day)


def digest_key(topic: str, day: date) -> str:
    """The outbox key (idempotency key) of a topic's digest of a day, under which it is posted once."""
    return f"digest/{topic}/{day.isoformat()}"


@dataclass(frozen=True, slots=True)
class Overdue:
    """A card that has waited too long for a decision: `posted` is when it was first shown, `put_off` whether a curator
    chose "later". `number` is the candidate's, `card` the address of the card, "" for none, `until` the day to which it
    was put off.
    """

    title: str
    url: str
    score: int | None
    posted: datetime
    put_off: bool
    number: int = 0
    card: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """The message that lists the cards undecided for more than `days` days, oldest first; one for each day and topic.
    `zone` is the time zone in which times are shown.
    """

    day: date
    topic: str
    days: int
    cards: tuple[Overdue, ...]
    zone: str = "Asia/Tokyo"

    @property
    def key(self) -> str:
        """The outbox key (idempotency key) of the reminder, one for each day and topic, under which it is posted once."""
        return f"reminder/{self.topic}/{self.day.isoformat()}"


# What the record adds to a name: Slack's user id, and the desk for names typed on the web.
_ID = re.compile(r" \(([UW][A-Z0-9]+)\)$")
_DESK = re.compile(r"（[^）]*）$")


def bare_name(curator: str) -> str:
    """A curator's name without Slack id or desk: `hana (U01HANA)` and `hana（Web）` are both "hana"."""
    return _DESK.sub("", _ID.sub("", curator)) or curator


def same_curator(one: str, other: str) -> bool:
    """Whether two recorded names may be the same person: same id or same name.

    In doubt it is one person, so that nobody approves twice from two desks.
    """
    ids = [match[1] for match in map(_ID.search, (one, other)) if match]
    return (len(ids) == 2 and ids[0] == ids[1]) or bare_name(one).casefold() == bare_name(other).casefold()


def endorsers(decisions: Iterable[Decision]) -> tuple[str, ...]:
    """The curators whose approval of a card is in force, in order.

    An undo removes the curator's own approval. If that curator has none, it removes all, provided that one approver was
    enough at the time.
    """
    found: list[str] = []
    for decision in decisions:
        others = [name for name in found if not same_curator(name, decision.curator)]
        if decision.verdict in {Verdict.APPROVE, Verdict.ENDORSE}:
            found = [*others, decision.curator]
        elif decision.verdict is Verdict.REJECT:
            found = others
        elif decision.verdict is Verdict.UNDO:
            found = others if len(others) < len(found) or decision.needed > 1 else []
    return tuple(found)


def standing(decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    """The decisions on one card that are in force: the latest verdict, or every approval that has not been taken back.
    `decisions` are all of the card's, oldest first.
    """
    if not decisions:
        return ()
    if decisions[-1].verdict in {Verdict.REJECT, Verdict.LATER}:
        return (decisions[-1],)
    given = {d.curator: d for d in decisions if d.verdict in {Verdict.APPROVE, Verdict.ENDORSE}}
    return tuple(given[name] for name in endorsers(decisions))


def decision_to_record(before: Sequence[Decision], asked: Decision) -> Decision | None:
    """The decision to record when a curator gives the verdict `asked` after the card's earlier decisions `before`; None
    if it would change nothing.

    An approval that still needs another curator becomes an ENDORSE. The same verdict again is recorded only if its
    curator adds a reason, or if a card is put off until another day. Raises NotYours if several approvers are required
    and the decision in force is somebody else's.
    """
    # An approval that waits for another curator has a verdict of its own (ENDORSE). So "the latest decision counts" has
    # no exception in the queries, and changing the number of approvers reopens nothing.
    latest = before[-1] if before else None
    if latest is None:
        return None if asked.verdict is Verdict.UNDO else _approval(asked, ())
    if asked.verdict is Verdict.LATER and asked.until is not None and asked.until != latest.until:
        return asked
    if latest.verdict is asked.verdict:
        adds = bool(asked.reason) and asked.reason != latest.reason and asked.verdict is not Verdict.UNDO
        return asked if adds and same_curator(latest.curator, asked.curator) else _once_more(before, asked)
    standing = endorsers(before)
    if asked.needed > 1:
        _must_be_ones_own(latest, standing, asked)
    if asked.verdict is Verdict.APPROVE:
        return _approval(asked, standing)
    return asked


def _once_more(before: Sequence[Decision], asked: Decision) -> Decision | None:
    """A repeated undo, if several approvers each have an approval of their own to take back; else None."""
    if asked.verdict is not Verdict.UNDO:
        return None
    return asked if any(same_curator(name, asked.curator) for name in endorsers(before)) else None


def _must_be_ones_own(latest: Decision, standing: Sequence[str], asked: Decision) -> None:
    """Raises NotYours if the decision would take back an approval or rejection of other curators."""
    owners = [latest.curator] if latest.verdict is Verdict.REJECT else list(standing)
    if latest.verdict is Verdict.LATER or not owners:
        return
    rejected = latest.verdict is Verdict.REJECT and asked.verdict is not Verdict.REJECT
    if not (asked.verdict is Verdict.UNDO or rejected):
        return
    if not any(same_curator(name, asked.curator) for name in owners):
        raise NotYours("only its curator can take this back", about=owners[-1], remedy="ask them")


def _approval(asked: Decision, standing: Sequence[str]) -> Decision | None:
    """The approval as it is to be recorded: APPROVE if enough curators agree, else ENDORSE; None for a repeated one."""
    if asked.verdict is not Verdict.APPROVE:
        return asked
    others = [name for name in standing if not same_curator(name, asked.curator)]
    if len(others) + 1 >= asked.needed:
        return asked
    return replace(asked, verdict=Verdict.ENDORSE) if len(others) == len(standing) else None
