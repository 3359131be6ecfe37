"""A parsed Markdown catalog: which lines are entries (table rows, bullets or paragraphs), and which paper each entry is
about.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from watcher.adapters.catalogs.markdown_ids import named_ids, own_ids
from watcher.adapters.catalogs.markdown_lines import cells_in, line_text, with_number
from watcher.adapters.catalogs.markdown_parts import MARKER, entry_parts
from watcher.domain.catalog.dates import Date, find_date
from watcher.domain.catalog.shape import Column, Numbering, Shape
from watcher.domain.catalog.venue import series
from watcher.domain.papers.paper import PaperId

_YEAR_IN_CELL = re.compile(r"(?:19|20)[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Group:
    """The entries of one table, or of the bullets under one heading, in lines `start` to `end` of a Markdown catalog.

    `header` is the line of the table's header (of bullets: the first entry), `columns` what its columns hold (none for
    bullets). `heads` are the headings above, the outermost first, `head` the line of the innermost, -1 without any.
    """

    start: int
    end: int
    header: int
    columns: tuple[Column, ...] = ()
    heads: tuple[str, ...] = ()
    head: int = -1

    @property
    def date(self) -> Date:
        """The date in the innermost of the headings above the group that states one; () if none does."""
        found = (find_date(head) for head in reversed(self.heads))
        return next((one.date for one in found if one), ())

    def column(self, field: str) -> int | None:
        """The index of the table column that holds a field such as "title", None if there is none."""
        return next((n for n, column in enumerate(self.columns) if field in column.fields), None)


@dataclass(frozen=True)
class Document:
    """A parsed Markdown catalog: its lines with their line ends, and the positions of its entries (table rows, bullets
    or paragraphs).

    `ends` maps the first line of every entry to the line after it. `numbers` maps the first lines of numbered entries
    to their numbers; `total` is the line that states the number of papers, or None.
    """

    lines: Sequence[bytes]
    shape: Shape
    groups: tuple[Group, ...]
    ends: dict[int, int]
    numbers: dict[int, int]
    total: int | None

    @cached_property
    def _starts(self) -> list[int]:
        return [group.start for group in self.groups]

    @property
    def body(self) -> list[int]:
        """The first lines of all entries, in the order of the file."""
        return list(self.ends)

    @cached_property
    def rows(self) -> list[int]:
        """The first lines of the entries that count as papers: in a numbered catalog those with a number."""
        if self.shape.numbering is not Numbering.NONE:
            return list(self.numbers)
        return [n for n in self.ends if n != self.total and re.search(r"\w", self.text(n))]

    def group_of(self, line: int) -> Group:
        """The table or list that the entry at a line belongs to."""
        return self.groups[bisect_right(self._starts, line) - 1]

    def entries_in(self, group: Group) -> list[int]:
        """The first lines of the entries in one table, or in the bullets under one heading."""
        return [line for line in range(group.start, group.end) if line in self.ends]

    def text(self, line: int) -> str:
        """The Markdown text of the entry that begins at a line, without the last line end."""
        end = self.ends.get(line, line + 1)
        return b"".join(self.lines[line:end]).decode().removeprefix("\ufeff").rstrip("\r\n")

    def has_number_in_title(self, line: int) -> bool:
        """Whether the number of the entry at a line is written in its title, and not in a column or list marker of its
        own.
        """
        group = self.group_of(line)
        marker = None if group.columns else MARKER.match(self.text(line))
        own = group.column("number") is not None if group.columns else bool(marker and marker["number"])
        return line in self.numbers and not own

    def key(self, line: int) -> bytes:
        """A form of the entry at a line that stays the same when entries are renumbered or moved, for comparing
        them.
        """
        text = self.text(line).replace("\r\n", "\n").replace("\r", "\n").encode()
        return with_number(text, 0, self.group_of(line).columns) if line in self.numbers else text

    def cells(self, line: int) -> list[str]:
        """The cells of the table row at a line, as Markdown."""
        return cells_in(line_text(self.lines[line]))

    def cell(self, line: int, field: str) -> str:
        """The cell, as Markdown, of the table row at a line that holds a field such as "title"; "" if the table has no
        column for it.
        """
        column, cells = self.group_of(line).column(field), self.cells(line)
        return cells[column] if column is not None and column < len(cells) else ""

    def year(self, line: int) -> int | None:
        """The year of the date by which the entry at a line is ordered; None if unknown."""
        date = self.date(line)
        return date[0] if date else None

    def date(self, line: int) -> Date:
        """The date by which the entry at a line is ordered: its own, else that of its heading, of its id, or of its
        venue; () if unknown.
        """
        group = self.group_of(line)
        if not group.columns:
            text = self.text(line)
            stated = entry_parts(text)
            span = stated.get("date") or stated.get("year")
            found = find_date(text[slice(*span)]) if span else None
            a, z = stated.get("venue", (0, 0))
            return found.date if found else _finer(group.date, id_date(self.own_ids(line))) or _venue_date(text[a:z])
        if (found := find_date(self.cell(line, "date"))) is not None:
            return found.date
        year = _YEAR_IN_CELL.search(unicodedata.normalize("NFKC", self.cell(line, "year")))
        if year or self.shape.exact:
            return (int(year[0]),) if year else ()
        return _finer(group.date, id_date(self.own_ids(line))) or _venue_date(self.cell(line, "venue"))

    def own_ids(self, line: int) -> frozenset[PaperId]:
        """The ids of the papers that the entry at a line is about: those that its link names, else those named outside
        of its summary.
        """
        return self.linked(line) or self._beside_summary(line)

    def rows_of(self, paper: PaperId) -> list[int]:
        """The first lines of the entries about a paper: those whose link names it, else those that name it outside of
        the summary.
        """
        found = [n for n in dict.fromkeys(map(self._entry_at, self._lines_naming(paper))) if n is not None]
        by_link = [line for line in found if paper in self.linked(line)]
        return by_link or [line for line in found if paper in self._beside_summary(line)]

    def names(self, paper: PaperId) -> bool:
        """Whether a paper is mentioned anywhere in the file, by its id."""
        return next(self._lines_naming(paper), None) is not None

    def linked(self, line: int) -> frozenset[PaperId]:
        """The ids of the papers that the link of the entry at a line names."""
        columns = self.group_of(line).columns
        if not columns:
            return own_ids(self.text(line))
        cells = zip(self.cells(line), columns, strict=False)
        return named_ids("".join(cell for cell, column in cells if column.has_link))

    def _beside_summary(self, line: int) -> frozenset[PaperId]:
        """The papers that a table row names outside of its summary; none for bullets, which may mention other
        papers.
        """
        group = self.group_of(line)
        if not group.columns:
            return frozenset()
        summary = group.column("summary")
        return named_ids(" ".join(cell for n, cell in enumerate(self.cells(line)) if n != summary))

    def _entry_at(self, line: int) -> int | None:
        """The entry that a line is part of."""
        if line in self.ends:
            return line
        return next((n for n, end in self._long if n <= line < end), None)

    @cached_property
    def _long(self) -> list[tuple[int, int]]:
        """The bounds of entries of several lines."""
        return [(n, end) for n, end in self.ends.items() if end > n + 1]

    def _lines_naming(self, paper: PaperId) -> Iterator[int]:
        """The lines that mention the paper."""
        digits = paper.native.rpartition("/")[2].encode()
        for number in [n for n, line in enumerate(self.lines) if digits in line]:
            if paper in named_ids(line_text(self.lines[number])):
                yield number


def _finer(year: Date, month: Date) -> Date:
    """The date of a heading, or the month of an id if there is none or it is of the same year."""
    return month if not year or (len(year) == 1 and month[:1] == year) else year


def _venue_date(venue: str) -> Date:
    """The date in a venue ("ICLR 2024", "CVPR'23"), () if it tells none."""
    found = find_date(venue)
    return found.date if found else next(((year,) for _, year in sorted(series(venue))), ())


def id_date(ids: Iterable[PaperId]) -> Date:
    """The year and month in the earliest of these arXiv ids, () if there is none."""
    found = sorted(paper.native[:4] for paper in ids if paper.source == "arxiv" and paper.native[4:5] == ".")
    return (2000 + int(found[0][:2]), int(found[0][2:])) if found else ()
