"""Suggested changes of rows that stand in the catalog already, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from watcher.domain.attention import standing_level
from watcher.domain.catalog_finding import Evidence, FindingKind
from watcher.domain.catalog_match import words
from watcher.domain.facts import Cells
from watcher.domain.paper import PaperId

DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A suggested change of one cell of one row; without `after` a question that only people can answer.

    `before` is the piece of the cell, as readers see it, that `after` would replace; an empty one is added. `paper`
    is the one the row is about, as far as that is sure, and `true_title` its title; `title` is what the row bears.
    A row without a title is the document as a whole. `cells` is the whole row, where one is to be added.
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
        """What of it a verdict is about: figures change every week, so of attention the level alone."""
        if self.kind is FindingKind.ATTENTION and self.after:
            return standing_level(self.after)
        return self.after

    @property
    def row(self) -> str:
        """The row by a name that outlives a change of its title or number."""
        if self.paper is not None:
            return str(self.paper)
        return f"title:{''.join(words(self.title))}" if self.title else DOCUMENT


class ProposalVerdict(StrEnum):
    """What a curator says of a proposal. Of a question: that it was seen to, or that nothing need be done."""

    ACCEPT = "accept"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class ProposalDecision:
    """Who gave which verdict on a proposal when; append-only, the latest wins until something came of it."""

    verdict: ProposalVerdict
    curator: str
    desk: str
    at: datetime


class Ending(StrEnum):
    """What came of a proposal."""

    WRITTEN = "written"  # the cell was changed
    PRESENT = "present"  # somebody had changed it so already
    STALE = "stale"  # the cell no longer holds what was to be replaced
    BY_HAND = "by_hand"  # the cell's markup leaves no safe way to change it
    OVERTAKEN = "overtaken"  # a later look found it settled, or proposed something else


@dataclass(frozen=True, slots=True)
class ProposalOutcome:
    """How a proposal ended; `commit` is empty when nothing was written or the file is in no repository."""

    change: Ending
    commit: str
    at: datetime


class ProposalState(StrEnum):
    """How a proposal stands, derived from the facts and never stored."""

    OPEN = "open"
    ACCEPTED = "accepted"  # decided; the cell is on its way
    REJECTED = "rejected"
    ANSWERED = "answered"  # a question that somebody saw to
    WRITTEN = "written"
    PRESENT = "present"
    STALE = "stale"
    BY_HAND = "by_hand"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A recorded proposal with what people and the catalog made of it.

    `number` is the store's key, `card` the number of the first one found together with it for the same row; `events`
    counts what happened to it.
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
        """What came of it first, then what was decided."""
        if self.outcome is not None:
            return ProposalState(self.outcome.change)
        if self.decision is None:
            return ProposalState.OPEN
        if self.decision.verdict is ProposalVerdict.REJECT:
            return ProposalState.REJECTED
        return ProposalState.ANSWERED if self.proposal.after is None else ProposalState.ACCEPTED


@dataclass(frozen=True, slots=True)
class ProposalCard:
    """What was found together for one row, as curators see it."""

    number: int
    suggestions: tuple[Suggestion, ...]

    @property
    def open(self) -> tuple[Suggestion, ...]:
        """Those nobody has decided yet."""
        return tuple(one for one in self.suggestions if one.state is ProposalState.OPEN)

    @property
    def first(self) -> Proposal:
        """Any of its proposals: all are about the same row."""
        return self.suggestions[0].proposal

    @property
    def face(self) -> str:
        """A token that changes whenever the card should look different."""
        return str(sum(one.events for one in self.suggestions))
