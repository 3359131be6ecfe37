"""Turns findings into proposals, and decides whether a proposal still applies to the catalog as it is now."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from watcher.domain.catalog import CatalogEntry, CatalogReading, Place, Section
from watcher.domain.catalog_finding import Finding, FindingKind
from watcher.domain.catalog_match import CONFIDENT, Match, same_title
from watcher.domain.cells import cells_of, check_cells
from watcher.domain.facts import Cells, Summary
from watcher.domain.paper import Paper
from watcher.domain.proposal import Proposal

# Kinds of change that the bot can write itself; all others are shown to people, who edit the file.
_WRITABLE = frozenset({
    FindingKind.TITLE, FindingKind.AUTHORS, FindingKind.LINK, FindingKind.YEAR, FindingKind.VENUE,
    FindingKind.SPELLING, FindingKind.ATTENTION, FindingKind.TOTAL,
})  # fmt: skip
_NOT_LOOKED_INTO = "低 (注目度は未調査)"  # low, "not investigated yet"; without the "new" of newly announced papers


def proposals(found: Iterable[Finding], truth: Mapping[Place, Match]) -> Iterator[Proposal]:
    """One proposal for each finding; `truth` maps an entry's place to the paper it is about."""
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
    """The row for a paper that stands below the table: the summary as people wrote it, the rest from the paper's
    metadata.
    """
    cells = replace(cells_of(paper, Summary(entry.summary, (), (), (), "", "")), attention=_NOT_LOOKED_INTO)
    return None if check_cells(cells) else cells


def row_of(reading: CatalogReading, proposal: Proposal) -> CatalogEntry | None:
    """The one row a proposal is about, found by its paper, else by its old or its true title; None if
    it is not unique.
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
    """Whether the catalog still holds the text that the proposal would replace."""
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
    """Whether the catalog already holds the proposed text."""
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
    """The text with every occurrence of the word `before` replaced by `after`."""
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
