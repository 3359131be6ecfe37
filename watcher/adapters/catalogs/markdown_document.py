"""Parses a Markdown file as a catalog with a given layout (Shape): which lines are entries (table rows, bullets or
paragraphs), their numbers, the stated total, and which paper each entry is about.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from operator import attrgetter

from markdown_it import MarkdownIt
from markdown_it.token import Token

from watcher.adapters.catalogs.markdown_items import bullets_in, headings_in, paragraphs_in
from watcher.adapters.catalogs.markdown_parts import MARKER, entry_parts, own_ids
from watcher.adapters.catalogs.markdown_text import (
    BULLET,
    cell_bounds,
    cells_in,
    heads_at,
    line_text,
    named_ids,
    split_cells,
    visible_lines,
    without_number,
)
from watcher.domain.catalog.catalog import StatedTotal
from watcher.domain.catalog.shape import DEFAULT, Column, Date, Form, Numbering, Shape, find_date
from watcher.domain.catalog.venue import series
from watcher.domain.errors import CatalogError
from watcher.domain.papers.paper import PaperId

_YEAR_IN_CELL = re.compile(r"(?:19|20)[0-9]{2}")
_NUMBER = re.compile(rb" {0,3}\|?(?:[ \t*_\[]|\xe3\x80\x80)*([0-9]{1,6})[ \t]*\\?(?:\.|\xef\xbc\x8e)(?![0-9])")
_NUMBER_IN_TITLE = re.compile(r"[\s*_\[　]*([0-9]{1,6})[ \t]*\\?[.．)](?![0-9])")
_NUMBER_ALONE = re.compile(r"[\W_]*?([0-9]{1,6})\b")
_NUMBER_OF_ITEM = re.compile(r"\s*(?:[-*+]\s+[*_\[]*)?([0-9]{1,6})\s*\\?[.)．](?![0-9])")
_DELIMITERS = re.compile(rb"[ \t|:-]*-[ \t|:-]*[\r\n]*\Z")
_PIPE_ROW = re.compile(rb" {0,3}\|")  # such a line under a table's header is a row, whatever it holds
_BLOCKS = MarkdownIt("commonmark").enable("table").disable("inline")  # headings, tables and lists alone
_SAMPLE = 50
_SURE = 6  # steps down and none up; rows that people moved about hardly do that
_LEARN = 'run "watcher catalog learn": it reads the shape of the list from the file'


@dataclass(frozen=True, slots=True)
class Group:
    """The entries of one table, or of the bullets under one heading, in lines `start` to `end` of a Markdown catalog.

    `header` is the line of the table's header (of bullets: the first entry), `columns` what its columns hold (none for
    bullets), `fields` the index of the column of each field such as "title". `heads` are the headings above, the
    outermost first, `head` the line of the innermost, -1 without any; `date` is the date in the innermost of them that
    states one, () if none does.
    """

    start: int
    end: int
    header: int
    columns: tuple[Column, ...] = ()
    heads: tuple[str, ...] = ()
    head: int = -1
    date: Date = ()
    fields: Mapping[str, int] = field(default_factory=dict, compare=False)

    @classmethod
    def of(
        cls, start: int, end: int, header: int, columns: tuple[Column, ...], heads: tuple[str, ...], head: int
    ) -> Group:
        """A group with its date and the index of each field."""
        dates = (found.date for text in reversed(heads) if (found := find_date(text)))
        fields = {name: n for n, column in reversed(list(enumerate(columns))) for name in column.field.split("+")}
        return cls(start, end, header, columns, heads, head, next(dates, ()), fields)

    def number_of(self, line: bytes) -> int | None:
        """The number of the entry on a line of this group, None if it has none."""
        place = self._number_place(line)
        return int(line[slice(*place)]) if place else None

    def with_number(self, line: bytes, number: int) -> bytes:
        """Replace the number of the entry on a line; everything else stays, also that it has leading zeros (07)."""
        place = self._number_place(line)
        if place is None:
            return line
        start, end = place
        width = end - start if line[start:end].startswith(b"0") else 0
        return line[:start] + f"{number:0{width}}".encode() + line[end:]

    def _number_place(self, line: bytes) -> tuple[int, int] | None:
        """The bounds of the number's digits in a line, in bytes."""
        own = self.fields.get("number")
        at = self.fields.get("title", 0) if own is None else own
        if self.columns and own is None and at == 0:
            match = _NUMBER.match(line)
            return match.span(1) if match else None
        text = line.decode()
        if self.columns:
            bounds = cell_bounds(text)  # a byte order mark can stand before no row
            pattern = _NUMBER_IN_TITLE if own is None else _NUMBER_ALONE
            found = pattern.match(text, *bounds[at]) if at < len(bounds) else None
        else:
            found = _NUMBER_OF_ITEM.match(text, text.startswith("\ufeff"))
        return (len(text[: found.start(1)].encode()), len(text[: found.end(1)].encode())) if found else None


@dataclass(frozen=True)
class Document:
    """A parsed Markdown catalog: its lines with their line ends, and the positions of its entries (table rows, bullets
    or paragraphs).

    `ends` maps the first line of every entry to the line after it. `numbers` maps the first lines of numbered entries
    to their numbers; `total` is the line that states the number of papers, or None, and `stated` what it states.
    """

    lines: Sequence[bytes]
    shape: Shape
    groups: tuple[Group, ...]
    ends: dict[int, int]
    numbers: dict[int, int]
    total: int | None = None
    stated: StatedTotal | None = None

    @property
    def rows(self) -> list[int]:
        """The first lines of the entries that count as papers: in a numbered catalog those with a number."""
        if self.shape.numbering is not Numbering.NONE:
            return list(self.numbers)
        return [n for n in self.ends if n != self.total and re.search(r"\w", self.text(n))]

    def counted(self, lines: Iterable[int]) -> list[int]:
        """Filter the entries that begin at the given lines: return the lines of those that have a number; in a catalog
        whose entries are not numbered, all of the lines.
        """
        return [line for line in lines if line in self.numbers or self.shape.numbering is Numbering.NONE]

    def group_of(self, line: int) -> Group:
        """The table or list that the entry at a line belongs to."""
        return self.groups[bisect_right(self.groups, line, key=attrgetter("start")) - 1]

    def entries_in(self, group: Group) -> list[int]:
        """The first lines of the entries in one table, or in the bullets under one heading."""
        return [line for line in range(group.start, group.end) if line in self.ends]

    def text(self, line: int) -> str:
        """The Markdown text of the entry that begins at a line, without the last line end."""
        end = self.ends.get(line, line + 1)
        return b"".join(self.lines[line:end]).decode().removeprefix("\ufeff").rstrip("\r\n")

    def marker(self, line: int) -> str:
        """The indentation and list marker (`-`, `1.`) with which the bullet at a line begins."""
        found = BULLET.match(line_text(self.lines[line]))
        return found[0] if found else ""

    def has_number_in_title(self, line: int) -> bool:
        """Whether the number of the entry at a line is written in its title, and not in a column or list marker of its
        own.
        """
        group = self.group_of(line)
        marker = None if group.columns else MARKER.match(self.text(line))
        return line in self.numbers and "number" not in group.fields and not (marker and marker["number"])

    def title(self, line: int) -> str:
        """The title of the entry at a line as readers see it, without its number."""
        group = self.group_of(line)
        if group.columns:
            cells, column = cells_in(line_text(self.lines[line])), group.fields.get("title")
            cell = cells[column] if column is not None and column < len(cells) else ""
            shown = " ".join(visible_lines(cell))
            return without_number(shown) if line in self.numbers and "number" not in group.fields else shown
        text = self.text(line)
        span = entry_parts(text).get("title")
        return " ".join(visible_lines(text[slice(*span)])) if span else ""

    def key(self, line: int) -> bytes:
        """A form of the entry at a line that stays the same when entries are renumbered or moved, for comparing
        them.
        """
        text = self.text(line).replace("\r\n", "\n").replace("\r", "\n").encode()
        return self.group_of(line).with_number(text, 0) if line in self.numbers else text

    def reads(self, line: int, text: str) -> bool:
        """Whether the entry that begins at a line is equal to a Markdown text. Table rows are equal if all their cells
        are, padding aside; bullets and paragraphs if their whole text is, once its line ends are written as line feeds.
        """
        if self.group_of(line).columns:
            return self.cells(line) == cells_in(text)
        return self.text(line).replace("\r\n", "\n").replace("\r", "\n") == text

    def cells(self, line: int) -> list[str]:
        """The cells of the table row at a line, as Markdown."""
        return cells_in(line_text(self.lines[line]))

    def cell(self, line: int, name: str) -> str:
        """The cell, as Markdown, of the table row at a line that holds a field such as "title"; "" if the table has no
        column for it.
        """
        column, cells = self.group_of(line).fields.get(name), self.cells(line)
        return cells[column] if column is not None and column < len(cells) else ""

    def date(self, line: int) -> Date:
        """The date by which the entry at a line is ordered: its own, else that of its heading, of its id, or of its
        venue; () if unknown.
        """
        group = self.group_of(line)
        if group.columns:
            cells = cells_in(line_text(self.lines[line]))
            told = {name: cells[n] for name, n in group.fields.items() if n < len(cells)}
            year = _YEAR_IN_CELL.search(unicodedata.normalize("NFKC", told.get("year", "")))
            date, stated, venue = told.get("date", ""), (int(year[0]),) if year else (), told.get("venue", "")
        else:
            text = self.text(line)
            parts = entry_parts(text)
            date, stated = text[slice(*(parts.get("date") or parts.get("year") or (0, 0)))], ()
            venue = text[slice(*parts.get("venue", (0, 0)))]
        if found := find_date(date):
            return found.date
        if stated or self.shape.exact:
            return stated
        linked, beside = self.ids_of(line)
        month = id_date(linked or beside)
        if not group.date or (len(group.date) == 1 and month[:1] == group.date):
            return month or _venue_date(venue)
        return group.date

    def ids_of(self, line: int) -> tuple[frozenset[PaperId], frozenset[PaperId]]:
        """The ids of the papers that the link of the entry at a line names, and of those that a table row names outside
        of its summary (bullets may mention other papers). The entry is about the first; if there are none, the others.
        """
        group = self.group_of(line)
        if not group.columns:
            return own_ids(self.text(line)), frozenset()
        cells, summary = cells_in(line_text(self.lines[line])), group.fields.get("summary")
        links = "".join(cell for cell, column in zip(cells, group.columns, strict=False) if column.has_link)
        return named_ids(links), named_ids(" ".join(cell for n, cell in enumerate(cells) if n != summary))

    def rows_of(self, paper: PaperId) -> list[int]:
        """The first lines of the entries about a paper: those whose link names it, else those that name it outside of
        the summary.
        """
        long = [(n, end) for n, end in self.ends.items() if end > n + 1]
        found: dict[int, tuple[frozenset[PaperId], frozenset[PaperId]]] = {}
        for n in self._lines_naming(paper):
            entry = n if n in self.ends else next((first for first, end in long if first <= n < end), None)
            if entry is not None:
                found[entry] = self.ids_of(entry)
        by_link = [line for line, (linked, _) in found.items() if paper in linked]
        return by_link or [line for line, (_, beside) in found.items() if paper in beside]

    def names(self, paper: PaperId) -> bool:
        """Whether a paper is mentioned anywhere in the file, by its id."""
        return bool(self._lines_naming(paper))

    def _lines_naming(self, paper: PaperId) -> list[int]:
        """The lines that mention the paper."""
        digits = paper.native.rpartition("/")[2].encode()
        return [n for n, line in enumerate(self.lines) if digits in line and paper in named_ids(line.decode())]


def id_date(ids: Iterable[PaperId]) -> Date:
    """The year and month in the earliest of these arXiv ids, () if there is none."""
    found = sorted(paper.native[:4] for paper in ids if paper.source == "arxiv" and paper.native[4:5] == ".")
    return (2000 + int(found[0][:2]), int(found[0][2:])) if found else ()


def _venue_date(venue: str) -> Date:
    """The date in a venue ("ICLR 2024", "CVPR'23"), () if it tells none."""
    found = find_date(venue)
    return found.date if found else next(((year,) for _, year in sorted(series(venue))), ())


def read_document(lines: Sequence[bytes], about: str, shape: Shape = DEFAULT) -> Document:
    """Parse the lines of a file as a catalog with the layout `shape`. Raises CatalogError, naming the file `about`, if
    it has no such tables, bullets or paragraphs.
    """
    kept, tokens = _parsed(lines, shape)
    headings = list(headings_in(tokens, kept)) if not shape.exact else []
    groups = _tables(tokens, kept, lines, shape, headings)
    if shape.exact and len(groups) != 1:
        raise CatalogError(
            f"{'more than one' if groups else 'no'} table with the seven columns"
            f" {'・'.join(column.heading for column in shape.columns)}",
            about=about,
            remedy=f"{_LEARN}; or keep exactly one such table, or point WATCHER_CATALOG at the right file",
        )
    ends = {line: line + 1 for group in groups for line in range(group.start, group.end)}
    if shape.entry:
        items = (paragraphs_in if shape.form is Form.PARAGRAPHS else bullets_in)(tokens, kept, lines, headings)
        ends |= {item.start: item.end for item in items}
        ends = dict(sorted(ends.items()))
        runs: list[Group] = []
        for item in items:  # one group for each heading; a table between two bullets parts them
            last = runs[-1] if runs and runs[-1].head == item.head else None
            if last and not any(last.end <= table.header <= item.start for table in groups):
                runs[-1] = replace(last, end=item.end)
            else:
                runs.append(Group.of(item.start, item.end, item.start, (), item.heads, item.head))
        groups = sorted([*groups, *runs], key=attrgetter("start"))
    if not groups:
        raise CatalogError("no table or list of the learned shape", about=about, remedy=_LEARN)
    numbers: dict[int, int] = {}
    for group in groups if shape.numbering is not Numbering.NONE else ():
        found = ((n, group.number_of(lines[n])) for n in range(group.start, group.end) if n in ends)
        numbers |= {n: number for n, number in found if number is not None}
    document = Document(lines, shape, tuple(groups), ends, numbers)
    if shape.exact:
        _must_be_numbered(document, about)
        _must_be_oldest_first(document, about)
    stated = _stated_total(tokens, kept, document)
    return replace(document, total=stated.line - 1, stated=stated) if stated else document


def _must_be_numbered(document: Document, about: str) -> None:
    """Raises CatalogError for the seven columns with rows of which none has a number: new rows would be written in
    another form than people's.
    """
    if not document.numbers and any(re.search(rb"\w", document.lines[line]) for line in document.ends):
        raise CatalogError("the table with the seven columns has rows without numbers", about=about, remedy=_LEARN)


def _must_be_oldest_first(document: Document, about: str) -> None:
    """Raises CatalogError for the seven columns with rows from the newest to the oldest: a new row would go to the wrong
    end. Rows that people moved about, or added later, are in no order: so numbers may not rise at all, or years may not
    rise and most ids have to fall.
    """
    numbered = list(document.numbers)
    rows = numbered[:: max(1, len(numbered) // _SAMPLE)]  # a few dozen rows tell the order of thousands
    down, up = _steps([(document.numbers[line],) for line in rows])
    if down >= _SURE and not up:
        raise CatalogError("the numbers of the seven columns' rows fall", about=about, remedy=_LEARN)
    years_fall, years_rise = _steps([date for line in rows if (date := document.date(line))])
    named = (document.ids_of(line) for line in rows)
    down, up = _steps([date for linked, beside in named if (date := id_date(linked or beside))])
    if not years_rise and (years_fall or not up) and down >= max(_SURE, 2 * up):
        raise CatalogError("the rows of the seven columns stand newest first", about=about, remedy=_LEARN)


def _steps(values: Sequence[tuple[int, ...]]) -> tuple[int, int]:
    """How often a value is lower than the one before it, and how often higher."""
    pairs = list(pairwise(values))
    return sum(one > other for one, other in pairs), sum(one < other for one, other in pairs)


def tables_in(lines: Sequence[bytes]) -> list[tuple[int, int]]:
    """Find the tables in the lines of a Markdown file, as pairs of line numbers: the header, and the line after the
    end.
    """
    kept, tokens = _parsed(lines, Shape())
    return [
        (kept[token.map[0]], kept[token.map[1]])
        for token in tokens
        if token.type == "table_open" and not token.level and token.map
    ]


def _parsed(lines: Sequence[bytes], shape: Shape) -> tuple[list[int], list[Token]]:
    """The original index of each line parsed, and the tokens of the file without the plain rows of catalog tables.

    Parsing thousands of rows as Markdown would be slow and is not needed: under a header every line that begins with a
    pipe is a row. Everything else, the end of the table included, is left to the parser.
    """
    kept: list[int] = []
    below_header = False
    for number, line in enumerate(lines):
        if below_header and (line.startswith(b"|") or _PIPE_ROW.match(line)):
            continue
        kept.append(number)
        header = line_text(lines[number - 1]) if number and _DELIMITERS.match(line) else ""
        below_header = bool(header and shape.columns_of(tuple(split_cells(header))))
    skeleton = b"".join(lines[number] for number in kept).decode().removeprefix("\ufeff")
    return [*kept, len(lines)], _BLOCKS.parse(skeleton)


def _tables(
    tokens: Sequence[Token],
    kept: Sequence[int],
    lines: Sequence[bytes],
    shape: Shape,
    headings: Sequence[tuple[int, int, str]],
) -> list[Group]:
    """The catalog's tables."""
    found = []
    for token in tokens:
        if token.type != "table_open" or token.level or not token.map:
            continue
        header, end = kept[token.map[0]], kept[token.map[1]]
        if columns := shape.columns_of(tuple(split_cells(line_text(lines[header])))):
            found.append(Group.of(header + 2, end, header, columns, *heads_at(headings, header)))
    return found


def _stated_total(tokens: Sequence[Token], kept: Sequence[int], document: Document) -> StatedTotal | None:
    """The total number of papers that the catalog file says it lists, or None."""
    pattern = _total_pattern(document.shape.total)
    if pattern is None:
        return None
    prose = [
        line
        for token in tokens
        if token.type == "inline" and token.map
        for line in range(kept[token.map[0]], kept[token.map[1]])
    ]
    # A total right under the table, without a blank line between, is a row to Markdown.
    tables = [group for group in document.groups if group.columns]
    below = [line for group in tables for line in range(group.start, group.end) if line not in document.numbers]
    totals = {n: found for n in sorted({*prose, *below}) if (found := pattern.match(line_text(document.lines[n])))}
    # The catalog states its total below the table; one above it counts only if there is none below.
    line = next((n for n in totals if n > document.groups[0].header), max(totals, default=-1))
    return StatedTotal(int(totals[line][1]), line + 1) if totals else None


@lru_cache(maxsize=32)
def _total_pattern(total: str) -> re.Pattern[str] | None:
    """A regular expression for the line in which a catalog states its number of papers, however it is emphasized; its
    only group is the number. None if `total`, the text of that line, is "".
    """
    before, mark, after = total.partition("{n}")
    if not mark:
        return None
    loose = r"[\s*_]*"
    signs = [
        [r"[:：]" if c in ":：" else re.escape(c) for c in part if not re.match(r"[\s*_]", c)]
        for part in (before, after)
    ]
    head, tail = (loose.join(part) for part in signs)
    return re.compile(rf"[\ufeff\s>#*_|+-]*{head}{loose}(\d+){loose}{tail}")


def with_total(line: bytes, total: int, shape: Shape) -> bytes:
    """Replace the number in the line that states how many papers the catalog lists; full-width digits stay
    full-width.
    """
    text, pattern = line.decode(), _total_pattern(shape.total)
    found = pattern.match(text) if pattern else None
    if found is None or int(found[1]) == total:
        return line
    digits = str(total)
    if not found[1].isascii():
        digits = digits.translate({ord("0") + n: ord("０") + n for n in range(10)})
    return (text[: found.start(1)] + digits + text[found.end(1) :]).encode()
