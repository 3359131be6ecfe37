"""Changes one cell of a Markdown catalog, or what an accepted proposal says, leaving every other byte as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from watcher.adapters.catalogs.markdown_document import read_document, with_total
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.adapters.catalogs.markdown_place import place_for, with_row
from watcher.adapters.catalogs.markdown_row import entry_text, link_of, name_of, wanted_by
from watcher.adapters.catalogs.markdown_text import BREAK, escaped, read_lines
from watcher.domain.catalog.catalog import CatalogEntry, CatalogReading, Section, Span
from watcher.domain.catalog.check import FindingKind
from watcher.domain.catalog.proposals import Ending, Proposal, already_applied, respelled, row_of, still_applies
from watcher.domain.catalog.shape import DEFAULT, Shape
from watcher.domain.errors import CatalogConflict, CatalogError, UsageError
from watcher.domain.facts import Cells
from watcher.domain.papers.paper import PaperId
from watcher.domain.summaries.cells import RowContent, check_cells, plain
from watcher.ports import LINK, CellChange


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
    after = b"".join(with_row(document, place, entry_text(document, place, row).encode()))
    read = read_entries(after, about, reading.shape)
    wanted = [(other.title, other.ids) for other in reading.entries if other is not entry]
    meant = sorted([*wanted, (cells.title, (paper,))]) == sorted((other.title, other.ids) for other in read.entries)
    if document.names(paper) or not meant or not already_applied(read, proposal):
        raise CatalogError("more would change than this", about=proposal.row)
    return after


_LAST_BREAK = re.compile(r"<br\s*/?>\s*$", re.IGNORECASE)
# "（2024年予定／arXivリンク不明）", "[arXivリンク不明]", "（2024年11月 arXiv）": what stands in for a link, and what of it
# speaks of links alone.
_NO_LINK = re.compile(
    r"\\?[（(\[［][^（()）\[\]［］|]*(?:不明|予定|arXiv)[^（()）\[\]［］|]*[）)\]］](?!\()", re.IGNORECASE
)
_OF_LINKS = re.compile(r"不明|arXiv|URL|リンク|\d{4}年(?:\d{1,2}月)?\s*予定", re.IGNORECASE)
_PARTS = re.compile(r"[／/、,]")
_LINK = re.compile(r"\[[^\]]*\]\([^)\s]*\)")
_LISTED = "、"


def cell_text(entry: CatalogEntry, cell: str) -> str:
    """The text of a cell of a catalog entry as readers see it; of the cell `authors` the names alone, of `link` the
    paper's id.
    """
    if cell == LINK:
        return entry.ids[0].native if entry.ids else ""
    value = getattr(entry, cell)
    return _LISTED.join(value) if isinstance(value, tuple) else "" if value is None else str(value)


def with_cell(data: bytes, change: CellChange, about: str, shape: Shape = DEFAULT) -> bytes:
    """The catalog file with one cell changed; unchanged if the cell already has the new text.

    Raises UsageError for an unknown cell, CatalogConflict if the row is gone or its cell no longer says `before`, and
    CatalogError if the file is no catalog or the change would alter anything else.
    """
    if change.cell not in {*Cells.names(), LINK}:
        raise UsageError("no such cell", about=change.cell[:40], remedy=f"one of {', '.join(Cells.names())}, {LINK}")
    reading = read_entries(data, about, shape)
    place, entry = _meant_row(reading, change)
    says = cell_text(entry, change.cell)
    after = plain(change.after)
    if says == after:
        return data
    if says != change.before:
        raise CatalogConflict(
            f"the cell says something else now: {says[:80]!r}",
            about=f"{_row_name(change)} {change.cell}",
            remedy="look again",
        )
    span = entry.spans.get("authors" if change.cell == LINK and shape.exact else change.cell)
    if span is None:
        raise CatalogError(
            "the row lacks this cell", about=f"{_row_name(change)} {change.cell}", remedy="mend it by hand"
        )
    for source in _sources(data[span.start : span.end].decode(), change, after, entry):
        # Each candidate is parsed: the first that changes nothing but this cell is taken.
        edited = data[: span.start] + source.encode() + data[span.end :]
        if _only_cell_changed(reading, read_entries(edited, about, shape), place, change.cell, after):
            return edited
    raise CatalogError(
        "the cell cannot be changed without changing more",
        about=f"{_row_name(change)} {change.cell}",
        remedy="edit by hand",
    )


def _meant_row(reading: CatalogReading, change: CellChange) -> tuple[int, CatalogEntry]:
    """The row that the change is about, with its position. Raises CatalogConflict if there is not exactly one."""

    def meant(entry: CatalogEntry) -> bool:
        return change.paper in entry.ids if change.paper else entry.title == change.title

    rows = [(place, entry) for place, entry in enumerate(reading.entries) if entry in reading.rows and meant(entry)]
    if len(rows) != 1:
        what = "several rows are" if rows else "no row is"
        raise CatalogConflict(f"{what} about this paper now", about=_row_name(change), remedy="look again")
    return rows[0]


def _row_name(change: CellChange) -> str:
    """The name of the row in errors."""
    return str(change.paper) if change.paper else change.title[:60]


def _sources(source: str, change: CellChange, after: str, entry: CatalogEntry) -> Iterator[str]:
    """Possible Markdown for the changed cell, the one that keeps most of people's own markup first."""
    if change.cell == LINK:
        link = _link(after)
        if source.startswith("http"):
            yield link_of(PaperId("arxiv", after))
        yield from (_LINK.sub(link, source, count=1) for found in [_LINK.search(source)] if found and change.before)
        yield from (_with_note_replaced(source, found, link) for found in [_NO_LINK.search(source)] if found)
        yield f"{source}<br>{link}"
        return
    for before, piece in _differing(change.before, after):
        for written in dict.fromkeys((before, escaped(plain(before)))):
            if before and source.count(written) == 1:
                yield source.replace(written, escaped(plain(piece)))
    if change.cell == "title":
        number = "" if entry.number is None else f"{entry.number}. "
        yield f"**{number}{escaped(after)}**"
    elif change.cell == "authors":
        rest = BREAK.search(source)
        yield f"**{escaped(after)}**{source[rest.start() :] if rest else ''}"
    else:
        yield escaped(after)


def _with_note_replaced(source: str, note: re.Match[str], link: str) -> str:
    """The cell with a link on a line of its own in place of the note "no link"; any other information in the note is
    kept.
    """
    marks = note[0].removeprefix("\\")
    kept = "／".join(part for part in _PARTS.split(marks[1:-1]) if part.strip() and not _OF_LINKS.search(part))
    head = source[: note.start()] + (f"{marks[0]}{kept}{marks[-1]}" if kept else "")
    parted = not head.strip() or _LAST_BREAK.search(head)
    return f"{head.rstrip()}{'' if parted else '<br>'}{link}{source[note.end() :]}"


def _differing(before: str, after: str) -> Iterator[tuple[str, str]]:
    """The differing part of both texts as (before, after), with more and more context until it is the whole text.

    The part must occur only once in the cell's Markdown to be replaced there.
    """
    left = 0
    while left < min(len(before), len(after)) and before[left] == after[left]:
        left += 1
    right = 0
    while right < min(len(before), len(after)) - left and before[-1 - right] == after[-1 - right]:
        right += 1
    for around in (0, 2, 8, 32, len(before)):
        a, z = max(0, left - around), max(0, right - around)
        yield before[a : len(before) - z], after[a : len(after) - z]


def _link(native: str) -> str:
    """The Markdown of a link to an arXiv paper."""
    paper = PaperId("arxiv", native)
    return f"[{name_of(paper)}]({link_of(paper)})"


def _only_cell_changed(before: CatalogReading, after: CatalogReading, place: int, cell: str, text: str) -> bool:
    """Whether two parsed catalogs differ in that one cell only."""
    if len(before.entries) != len(after.entries) or _odd(before) != _odd(after) or before.total != after.total:
        return False
    pairs = list(zip(before.entries, after.entries, strict=True))
    old, new = pairs.pop(place)
    same = all(b == replace(a, spans=b.spans) for a, b in pairs) and old.number == new.number
    told = [name for name in (*Cells.names(), LINK) if name != cell]
    return same and cell_text(new, cell) == text and all(cell_text(old, name) == cell_text(new, name) for name in told)


def _odd(reading: CatalogReading) -> list[tuple[int, str]]:
    """The lines that were not understood, to compare them."""
    return [(item.line, item.oddity) for item in reading.unread]
