"""Three-way merge of Markdown catalogs by paper: applies our changes of rows and cells to another version of the file.

A merge by lines would conflict at every new row, because a new row changes the numbers of all later rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from watcher.adapters.catalogs.markdown_document import (
    Document,
    cell_bounds,
    line_text,
    named_ids,
    number_of,
    place_for,
    read_document,
    read_lines,
    with_number,
    with_row,
    without_row,
)
from watcher.domain.errors import CatalogConflict
from watcher.domain.papers.paper import PaperId

_AUTHORS = 2
_ROWS = b"\x1arows\x1a\n"  # stands for all rows while the lines beside them are merged; no catalog holds such a line
_REMEDY = "merge the two by hand and push; the next try goes on from there"

Texts = Callable[[bytes, bytes, bytes], bytes | None]
"""A three-way merge by lines: (base, ours, theirs) → merged bytes, None on a conflict."""


def merge_catalogs(base: bytes, ours: bytes, theirs: bytes, texts: Texts, about: str) -> bytes:
    """Three-way merge: `theirs` with the changes from `base` to `ours`.

    New rows are inserted in order of year unless `theirs` already mentions the paper; removed rows are removed; a cell
    is changed if `theirs` still has the text of `base`. All other changes are merged by `texts`. Raises CatalogConflict
    if both changed the same, CatalogError if one of the files is no catalog.
    """
    # What is only in rows is merged by paper; the rest of the text goes to a merge by lines, on top of that.
    if ours in (base, theirs):
        return theirs
    if theirs == base:
        return ours
    rows = _Changes.between(_Rows.of(base, about), _Rows.of(ours, about))
    for keeps_gaps in (False, True):  # gaps are those of rows that are missing and keep their numbers
        merged, replayed = (rows.made_in(data, about, keeps_gaps=keeps_gaps) for data in (theirs, base))
        if replayed == ours:
            return merged
    rest = texts(replayed, ours, merged) or _beside_rows(replayed, ours, merged, texts, about)
    if rest is None:
        raise CatalogConflict("the same lines were changed here and there", about=about, remedy=_REMEDY)
    read_document(read_lines(rest, about), about)
    return rest


def _beside_rows(replayed: bytes, ours: bytes, merged: bytes, texts: Texts, about: str) -> bytes | None:
    """The rows of `merged`, with our changes of the lines beside them; None on a conflict of those, or where rows differ
    by more than numbers and order. Rows that went and came again, or that others' numbers are kept for, stand elsewhere
    than where the changes made anew put them, and nobody needs to be asked about that.
    """
    parted = [_parted(data, about) for data in (replayed, ours, merged)]
    if None in parted:
        return None
    (again, rows), (here, our_rows), (there, their_rows) = (part for part in parted if part is not None)
    if Counter(map(_unnumbered, rows)) != Counter(map(_unnumbered, our_rows)):
        return None
    rest = texts(again, here, there)
    if rest is None or rest.count(_ROWS) != 1:
        return None
    return rest.replace(_ROWS, b"".join(their_rows))


def _parted(data: bytes, about: str) -> tuple[bytes, Sequence[bytes]] | None:
    """The file with one line in place of its numbered rows, and these; None where other lines stand between them."""
    document = read_document(read_lines(data, about), about)
    first, end = min(document.numbers, default=0), max(document.numbers, default=-1) + 1
    if not document.numbers or len(document.numbers) != end - first:
        return None
    lines = document.lines
    return b"".join([*lines[:first], _ROWS, *lines[end:]]), lines[first:end]


def _unnumbered(row: bytes) -> bytes:
    return with_number(row, 1).rstrip(b"\r\n")


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows that are about a paper, by paper, in the order of the file."""

    document: Document
    lines: dict[PaperId, int]

    @classmethod
    def of(cls, data: bytes, about: str) -> _Rows:
        """Parse a catalog file and find its rows by paper."""
        document = read_document(read_lines(data, about), about)
        lines: dict[PaperId, int] = {}
        for line in document.numbers:
            cells = document.cells(line)
            named = sorted(named_ids("".join(cells[_AUTHORS : _AUTHORS + 1])))
            if named:
                lines.setdefault(named[0], line)
        return cls(document, lines)

    def row(self, paper: PaperId) -> str:
        """The row of a paper with the number 1, so that numbers do not count as changes."""
        return line_text(with_number(self.document.lines[self.lines[paper]], 1))


@dataclass(frozen=True, slots=True)
class _Came:
    """An added row with the number 1; its own number; how many are missing before it; and the paper of the row after it."""

    row: str
    year: int | None
    number: int
    gap: int
    before: PaperId | None

    @classmethod
    def of(cls, rows: _Rows, paper: PaperId) -> _Came:
        """The row of a paper in a parsed file."""
        line, numbers = rows.lines[paper], rows.document.numbers
        last = max((number for n, number in numbers.items() if n < line), default=0)
        following = next((other for other, at in rows.lines.items() if at > line), None)
        gap = max(0, numbers[line] - last - 1)
        return cls(rows.row(paper), rows.document.year(line), numbers[line], gap, following)


@dataclass(frozen=True, slots=True)
class _Changes:
    """The difference between two files: rows added, rows removed, and (before, after) of the rows changed."""

    came: dict[PaperId, _Came]
    went: tuple[PaperId, ...]
    changed: dict[PaperId, tuple[str, str]]

    @classmethod
    def between(cls, old: _Rows, new: _Rows) -> _Changes:
        """The difference between two parsed files."""
        came = {p: _Came.of(new, p) for p in new.lines if p not in old.lines}
        went = tuple(p for p in old.lines if p not in new.lines)
        kept = [p for p in new.lines if p in old.lines]
        return cls(came, went, {p: (old.row(p), new.row(p)) for p in kept if old.row(p) != new.row(p)})

    def made_in(self, data: bytes, about: str, *, keeps_gaps: bool) -> bytes:
        """Apply the changes to another file, which may already have some of them."""
        for paper in self.went:
            rows = _Rows.of(data, about)
            if paper in rows.lines:
                data = b"".join(without_row(rows.document, rows.lines[paper]))
        for paper, (before, after) in self.changed.items():
            rows = _Rows.of(data, about)
            if paper in rows.lines:
                data = _with_changed_cells(rows, paper, before, after, about)
        for paper, came in self.came.items():
            rows = _Rows.of(data, about)
            if not rows.document.names(paper):
                data = _with_added_row(rows, came, keeps_gaps=keeps_gaps)
        return data


def _with_added_row(rows: _Rows, came: _Came, *, keeps_gaps: bool) -> bytes:
    """The file with a row added in order of year.

    With `keeps_gaps`, a row that left a gap in the numbers before it leaves one again unless the missing row stands
    there, and one that filled a gap before another row fills it.
    """
    document, fills = rows.document, False
    line, number = place_for(document, came.year or 9999)
    if keeps_gaps and came.before in rows.lines:
        under = rows.lines[came.before]
        fills = document.numbers[under] - 1 not in document.numbers.values()
        line, number = (under, document.numbers[under] - 1) if fills else (line, number)
    if keeps_gaps and not fills:
        number = max(number, min(number + came.gap, came.number))

    def render(at: int) -> str:
        return with_number(came.row.encode(), at).decode()

    return b"".join(with_row(document, line, number, render, fills_gap=fills))


def _with_changed_cells(rows: _Rows, paper: PaperId, before: str, after: str, about: str) -> bytes:
    """The file with the cells that differ between `before` and `after` changed in the paper's row."""
    line = rows.lines[paper]
    lines = list(rows.document.lines)
    theirs = rows.row(paper)
    cells = [[text[a:z] for a, z in cell_bounds(text)] for text in (before, after, theirs)]
    if len({len(found) for found in cells}) != 1:
        raise CatalogConflict("a row changed its columns here or there", about=f"{about}: {paper}", remedy=_REMEDY)
    bounds = cell_bounds(theirs)
    for (a, z), old, new, standing in reversed(list(zip(bounds, *cells, strict=True))):
        if new in {old, standing}:
            continue
        if standing != old:
            raise CatalogConflict("a cell was changed here and there", about=f"{about}: {paper}", remedy=_REMEDY)
        theirs = theirs[:a] + new + theirs[z:]
    end = lines[line][len(lines[line].rstrip(b"\r\n")) :]
    lines[line] = with_number(theirs.encode(), number_of(lines[line]) or 0) + end
    return b"".join(lines)
