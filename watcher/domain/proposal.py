"""Proposals to change rows of the catalog, curators' decisions on them, and their outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from watcher.domain.attention import current_level
from watcher.domain.catalog_finding import Evidence, FindingKind
from watcher.domain.catalog_match import words
from watcher.domain.facts import Cells
from watcher.domain.paper import PaperId

DOCUMENT = "document"
"""The row key of proposals about the document as a whole."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed change of one cell of one row; without `after` it is a question that only people can answer.

    `before` is the part of the cell, as readers see it, that `after` would replace; if it is empty, `after` is added.
    `title` is the title in the row, "" for the document as a whole. `paper` is the row's paper if that is certain, and
    `true_title` its title. `cells` is the complete row if one is to be added.
    """

    kind: FindingKind
    cell: str
    before: str
    after: str | None
    title: str
    evidence: Evidence
    confidence: float
    paper: PaperId | None = None
    true_title: str = ""
    url: str = ""
    cells: Cells | None = None

    @property
    def gist(self) -> str | None:
        """The content that a decision is about. Figures change every week, so for attention it is the level alone."""
        if self.kind is FindingKind.ATTENTION and self.after:
            return current_level(self.after)
        return self.after

    @property
    def row(self) -> str:
        """A key of the row that stays the same when its title or number changes."""
        if self.paper is not None:
            return str(self.paper)
        # Without a paper the title is all there is; its letters stay the same when punctuation is corrected.
        return f"title:{''.join(words(self.title))}" if self.title else DOCUMENT


class ProposalVerdict(StrEnum):
    """A curator's decision. For a question, ACCEPT means that it was taken care of, REJECT that nothing needs to be
    done.
    """

    ACCEPT = "accept"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class ProposalDecision:
    """A curator's decision on a proposal. Decisions are append-only; the latest counts until the proposal has an
    outcome.
    """

    verdict: ProposalVerdict
    curator: str
    desk: str
    at: datetime


class Ending(StrEnum):
    """The possible outcomes of a proposal to change the catalog."""

    WRITTEN = "written"  # the cell was changed
    PRESENT = "present"  # somebody had changed it so already
    STALE = "stale"  # the cell no longer holds the text to be replaced
    BY_HAND = "by_hand"  # the cell's markup cannot be changed safely by a program
    OVERTAKEN = "overtaken"  # a later check found it settled, or proposed something else


@dataclass(frozen=True, slots=True)
class ProposalOutcome:
    """The outcome of a proposal; `commit` is empty if nothing was written or the file is in no repository."""

    change: Ending
    commit: str
    at: datetime


class ProposalState(StrEnum):
    """The state of a proposal, derived from the recorded facts and never stored."""

    OPEN = "open"
    ACCEPTED = "accepted"  # decided; the cell is not written yet
    REJECTED = "rejected"
    ANSWERED = "answered"  # a question that somebody took care of
    WRITTEN = "written"
    PRESENT = "present"
    STALE = "stale"
    BY_HAND = "by_hand"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A stored proposal with its latest decision and its outcome.

    `number` is the key in the store, `card` the number of the first proposal that was found for the same row at the
    same time. `trouble` is why the change could not be written yet, `events` counts all that happened to it.
    """

    number: int
    card: int
    proposal: Proposal
    at: datetime
    decision: ProposalDecision | None = None
    outcome: ProposalOutcome | None = None
    trouble: str = ""
    events: int = 0

    @property
    def state(self) -> ProposalState:
        """The state: the outcome if there is one, else the decision, else open."""
        if self.outcome is not None:
            return ProposalState(self.outcome.change)
        if self.decision is None:
            return ProposalState.OPEN
        if self.decision.verdict is ProposalVerdict.REJECT:
            return ProposalState.REJECTED
        return ProposalState.ANSWERED if self.proposal.after is None else ProposalState.ACCEPTED


@dataclass(frozen=True, slots=True)
class ProposalCard:
    """All proposals that were found for one row at the same time, as shown to curators."""

    number: int
    suggestions: tuple[Suggestion, ...]

    @property
    def open(self) -> tuple[Suggestion, ...]:
        """Its proposals that nobody has decided yet."""
        return tuple(one for one in self.suggestions if one.state is ProposalState.OPEN)

    @property
    def first(self) -> Proposal:
        """The first of its proposals; all are about the same row."""
        return self.suggestions[0].proposal

    @property
    def face(self) -> str:
        """A revision token of the card: it differs whenever the card must be drawn again."""
        return str(sum(one.events for one in self.suggestions))
