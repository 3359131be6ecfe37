"""Turns the findings of a check into proposals, and decides whether a proposal still applies to the present catalog."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from watcher.domain.catalog.attention import current_level
from watcher.domain.catalog.catalog import CatalogEntry, CatalogReading, Place, Section
from watcher.domain.catalog.check import Evidence, Finding, FindingKind
from watcher.domain.catalog.match import CONFIDENT, Match, same_title
from watcher.domain.facts import Cells, Summary
from watcher.domain.papers.paper import Paper, PaperId
from watcher.domain.summaries.cells import cells_of, check_cells
from watcher.domain.text import title_words

DOCUMENT = "document"
"""The row key of proposals about the document as a whole."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed change of one cell of one catalog row; without `after` it is a question that only people can answer.

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
        """The essence of the proposal, `after`; proposals with the same gist count as the same. For attention it is the
        level alone, because the figures change every week.
        """
        if self.kind is FindingKind.ATTENTION and self.after:
            return current_level(self.after)
        return self.after

    @property
    def row(self) -> str:
        """A key that identifies the proposal's catalog row and stays the same when its title or number changes."""
        if self.paper is not None:
            return str(self.paper)
        # Without a paper the title is all there is; its letters stay the same when punctuation is corrected.
        return f"title:{''.join(title_words(self.title))}" if self.title else DOCUMENT


class ProposalVerdict(StrEnum):
    """A curator's decision on a proposal to change the catalog. For a question, ACCEPT means that it was taken care of,
    REJECT that nothing needs to be done.
    """

    ACCEPT = "accept"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class ProposalDecision:
    """A curator's decision on a proposal to change the catalog. Decisions are append-only; the latest counts until the
    proposal has an outcome.
    """

    verdict: ProposalVerdict
    curator: str
    desk: str
    at: datetime


class Ending(StrEnum):
    """The possible outcomes of a proposal to change the catalog, e.g. written, already present, no longer applicable,
    left to people.
    """

    WRITTEN = "written"  # the cell was changed
    PRESENT = "present"  # somebody had changed it so already
    STALE = "stale"  # the cell no longer holds the text to be replaced
    BY_HAND = "by_hand"  # the cell's markup cannot be changed safely by a program
    OVERTAKEN = "overtaken"  # a later check found it settled, or proposed something else


@dataclass(frozen=True, slots=True)
class ProposalOutcome:
    """The outcome of a proposal to change the catalog; `commit` is empty if nothing was written or the file is in no
    repository.
    """

    change: Ending
    commit: str
    at: datetime


class ProposalState(StrEnum):
    """The state of a proposal to change the catalog: open, accepted, rejected, answered, or its outcome (e.g. written).
    It is derived from the recorded facts and never stored.
    """

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
    """A stored proposal to change the catalog, with its latest decision and its outcome.

    `number` is the key in the store, `card` the number of the first proposal that was found for the same row at the
    same time. `trouble` is why the change could not be written yet, `events` counts everything that happened to the
    proposal.
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
        """The state of the proposal: its outcome if it has one, else the curator's decision, else open."""
        if self.outcome is not None:
            return ProposalState(self.outcome.change)
        if self.decision is None:
            return ProposalState.OPEN
        if self.decision.verdict is ProposalVerdict.REJECT:
            return ProposalState.REJECTED
        return ProposalState.ANSWERED if self.proposal.after is None else ProposalState.ACCEPTED


@dataclass(frozen=True, slots=True)
class ProposalCard:
    """The proposals that a check found for one catalog row, shown to curators together."""

    number: int
    suggestions: tuple[Suggestion, ...]

    @property
    def open(self) -> tuple[Suggestion, ...]:
        """The proposals on this card that no curator has decided yet."""
        return tuple(one for one in self.suggestions if one.state is ProposalState.OPEN)

    @property
    def first(self) -> Proposal:
        """The first proposal of this card; all of its proposals are about the same row."""
        return self.suggestions[0].proposal

    @property
    def etag(self) -> str:
        """A revision token (like an HTTP ETag) of the card: it changes whenever the card would be displayed
        differently.
        """
        return str(sum(one.events for one in self.suggestions))


# Kinds of change that the bot can write itself; all others are shown to people, who edit the file.
_WRITABLE = frozenset({
    FindingKind.TITLE, FindingKind.AUTHORS, FindingKind.LINK, FindingKind.YEAR, FindingKind.VENUE,
    FindingKind.SPELLING, FindingKind.ATTENTION, FindingKind.TOTAL,
})  # fmt: skip
_NOT_LOOKED_INTO = "低 (注目度は未調査)"  # low, "not investigated yet"; without the "new" of newly announced papers


def proposals(found: Iterable[Finding], truth: Mapping[Place, Match]) -> Iterator[Proposal]:
    """Turn the findings of a catalog check into proposals, one for each; `truth` maps an entry's place to the paper it
    is about.
    """
    for finding in found:
        entry = finding.entry
        match = truth.get(entry.place) if entry else None
        paper = match.paper if match and (match.by_id or match.confidence >= CONFIDENT) else None
        cells = _row(entry, paper) if entry and paper and finding.kind is FindingKind.UNLISTED else None
        after = finding.proposal if finding.kind in _WRITABLE else None
        yield Proposal(
            kind=finding.kind,
            cell=finding.cell,
            before=finding.stands,
            after=cells.title if cells else after,
            title=entry.title if entry else "",
            evidence=finding.evidence,
            confidence=finding.confidence,
            paper=paper.id if paper else next(iter(entry.ids), None) if entry else None,
            true_title=paper.title if paper else "",
            url=paper.url if paper else "",
            cells=cells,
        )


def _row(entry: CatalogEntry, paper: Paper) -> Cells | None:
    """The cells of a new table row for a paper that people listed below the table: their summary, the rest from its
    metadata.
    """
    cells = replace(cells_of(paper, Summary(entry.summary, (), (), (), "", "")), attention=_NOT_LOOKED_INTO)
    return None if check_cells(cells) else cells


def row_of(reading: CatalogReading, proposal: Proposal) -> CatalogEntry | None:
    """Find the catalog entry that a proposal is about: by the paper's id, else, among entries without an id, by the old
    or the corrected title. None if no entry or several match.
    """
    named = [entry for entry in reading.entries if proposal.paper in entry.ids]
    titled = [
        entry
        for entry in reading.entries
        if not entry.ids
        and any(title and same_title(entry.title, title) for title in (proposal.title, proposal.true_title))
    ]
    found = named or titled
    return found[0] if len(found) == 1 else None  # of two rows nobody can say which is meant


def still_applies(reading: CatalogReading, proposal: Proposal) -> bool:
    """Whether the catalog still holds the text that a proposal would replace."""
    if proposal.kind is FindingKind.TOTAL:
        return reading.total is not None and str(reading.total.count) == proposal.before
    entry = row_of(reading, proposal)
    if entry is None:
        return False
    match proposal.kind:
        case FindingKind.UNLISTED:
            return entry.place.section is Section.ADDITIONS
        case FindingKind.LINK:
            return not entry.ids and proposal.before in "\n".join(entry.notes)
        case FindingKind.SPELLING:
            return _word(proposal.before).search(entry.summary) is not None
        case _:
            return _text(entry, proposal.cell) == proposal.before


def already_applied(reading: CatalogReading, proposal: Proposal) -> bool:
    """Whether the catalog already holds the text that a proposal would write; False for a question, which proposes no
    text.
    """
    if proposal.after is None:
        return False
    if proposal.kind is FindingKind.TOTAL:
        return reading.total is not None and str(reading.total.count) == proposal.after
    entry = row_of(reading, proposal)
    return entry is not None and _says(entry, proposal, proposal.after)


def _says(entry: CatalogEntry, proposal: Proposal, after: str) -> bool:
    """Whether the entry already holds the proposed text `after`."""
    match proposal.kind:
        case FindingKind.UNLISTED:
            return entry.place.section is Section.TABLE
        case FindingKind.LINK:
            return proposal.paper in entry.ids
        case FindingKind.SPELLING:
            return not _word(proposal.before).search(entry.summary) and bool(_word(after).search(entry.summary))
        case _:
            return _text(entry, proposal.cell) == after


def respelled(text: str, before: str, after: str) -> str:
    """Replace the word `before` by `after` everywhere in a text; longer words that contain it stay."""
    return _word(before).sub(lambda _: after, text)


def _word(piece: str) -> re.Pattern[str]:
    """A pattern for the piece as a whole word."""
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(piece)}(?![A-Za-z0-9])")


def _text(entry: CatalogEntry, cell: str) -> str:
    """The text of a cell of the entry, by its name in `Cells`."""
    if cell == "year":
        return "" if entry.year is None else str(entry.year)
    if cell == "categories":
        return "、".join(entry.categories)
    return str(getattr(entry, cell))
