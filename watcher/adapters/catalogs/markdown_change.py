"""Carries out an accepted proposal (to change a cell of a Markdown catalog), leaving every other byte as it is."""

from __future__ import annotations

import re

from watcher.adapters.catalogs.markdown_cells import cell_text, with_cell
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.adapters.catalogs.markdown_layout import read_document, with_total
from watcher.adapters.catalogs.markdown_lines import read_lines
from watcher.adapters.catalogs.markdown_place import place_for, with_row
from watcher.adapters.catalogs.markdown_render import entry_text, wanted_by
from watcher.adapters.catalogs.markdown_row import link_of
from watcher.domain.catalog.catalog import CatalogReading, Section, Span
from watcher.domain.catalog.check import FindingKind
from watcher.domain.catalog.proposals import Ending, Proposal, already_applied, respelled, row_of, still_applies
from watcher.domain.catalog.shape import DEFAULT, Shape
from watcher.domain.errors import CatalogConflict, CatalogError
from watcher.domain.summaries.cells import check_cells
from watcher.ports import LINK, CellChange, RowContent


def with_proposal(data: bytes, proposal: Proposal, about: str, shape: Shape = DEFAULT) -> tuple[bytes, Ending]:
    """Carry out an accepted proposal in the bytes of a catalog file, and return the new bytes and the outcome; `about`
    names the file in errors.

    The bytes change only if the outcome is WRITTEN, and only after the result has been parsed and compared. Raises
    CatalogError if the file is no catalog.
    """
    reading = read_entries(data, about, shape)
    if already_applied(reading, proposal):
        return data, Ending.PRESENT
    if proposal.after is None or not still_applies(reading, proposal):
        return data, Ending.STALE
    if proposal.kind is FindingKind.TOTAL:
        return _with_total(data, int(proposal.after), about, shape), Ending.WRITTEN
    try:
        after = _with_new_row if proposal.kind is FindingKind.UNLISTED else _with_cell
        return after(data, reading, proposal, about), Ending.WRITTEN
    except CatalogConflict:
        return data, Ending.STALE
    except CatalogError:
        return data, Ending.BY_HAND


def _with_total(data: bytes, total: int, about: str, shape: Shape) -> bytes:
    """The file with another stated total."""
    document = read_document(read_lines(data, about), about, shape)
    lines = list(document.lines)
    if document.total is not None:
        lines[document.total] = with_total(lines[document.total], total, shape)
    return b"".join(lines)


def _with_cell(data: bytes, reading: CatalogReading, proposal: Proposal, about: str) -> bytes:
    """The file with one cell changed. Raises CatalogError if anything else would change."""
    entry, after = row_of(reading, proposal), proposal.after or ""
    if entry is None or entry.place.section is not Section.TABLE:
        raise CatalogError("no row of the table", about=proposal.row)
    cell = proposal.cell
    if proposal.kind is FindingKind.LINK and proposal.paper:
        cell, after = LINK, proposal.paper.native
    elif proposal.kind is FindingKind.SPELLING:
        after = respelled(entry.summary, proposal.before, after)
    named = proposal.paper if proposal.paper in entry.ids else None
    return with_cell(data, CellChange(named, entry.title, cell, cell_text(entry, cell), after), about, reading.shape)


def _with_new_row(data: bytes, reading: CatalogReading, proposal: Proposal, about: str) -> bytes:
    """The file with a paper moved from the notes below the table into a row, in order of year; numbers and total
    follow.

    Raises CatalogError if anything else would change or the row would be invalid.
    """
    entry, paper, cells = row_of(reading, proposal), proposal.paper, proposal.cells
    if entry is None or paper is None or cells is None or check_cells(cells):
        raise CatalogError("no row can be made of it", about=proposal.row)
    note = Span(min(span.start for span in entry.spans.values()), max(span.end for span in entry.spans.values()))
    line_end = re.match(rb"\r\n|\r|\n", data[note.end :])
    without = data[: note.start] + data[note.end + (line_end.end() if line_end else 0) :]
    document = read_document(read_lines(without, about), about, reading.shape)
    row = RowContent(paper, cells, link_of(paper))
    place = place_for(document, wanted_by(row, reading.shape))
    after = b"".join(with_row(document, place, lambda number: entry_text(document, place, row, number)))
    read = read_entries(after, about, reading.shape)
    wanted = [(other.title, other.ids) for other in reading.entries if other is not entry]
    meant = sorted([*wanted, (cells.title, (paper,))]) == sorted((other.title, other.ids) for other in read.entries)
    if document.names(paper) or not meant or not already_applied(read, proposal):
        raise CatalogError("more would change than this", about=proposal.row)
    return after
