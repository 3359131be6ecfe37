"""Parses a Markdown file as a catalog with a given layout (Shape): which lines are entries (table rows, bullets or
paragraphs), their numbers, the stated total, and which paper each entry is about.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from watcher.adapters.catalogs.markdown_items import Item, bullets_in, headings_in, heads_at, paragraphs_in
from watcher.adapters.catalogs.markdown_parts import MARKER, entry_parts, own_ids
from watcher.adapters.catalogs.markdown_text import cells_in, line_text, named_ids, number_of, split_cells, with_number
from watcher.domain.catalog.catalog import StatedTotal
from watcher.domain.catalog.shape import DEFAULT, Column, Date, Form, Numbering, Shape, find_date
from watcher.domain.catalog.venue import series
from watcher.domain.errors import CatalogError
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


_DELIMITERS = re.compile(rb"[ \t|:-]*-[ \t|:-]*[\r\n]*\Z")
_PIPE_ROW = re.compile(rb" {0,3}\|")  # such a line under a table's header is a row, whatever it holds
BLOCKS = MarkdownIt("commonmark").enable("table").disable("inline")
"""A parser of blocks alone: headings, tables, lists."""
_SAMPLE = 50
_SURE = 6  # steps down and none up; rows that people moved about hardly do that
_LEARN = 'run "watcher catalog learn": it reads the shape of the list from the file'


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
        groups = sorted([*groups, *_runs(items, groups)], key=lambda group: group.start)
        ends = dict(sorted(ends.items()))
    if not groups:
        raise CatalogError("no table or list of the learned shape", about=about, remedy=_LEARN)
    document = Document(lines, shape, tuple(groups), ends, _numbers(lines, groups, ends, shape), None)
    if shape.exact:
        _must_be_numbered(document, about)
        _must_be_oldest_first(document, about)
    return replace(document, total=_total_line(lines, tokens, kept, document))


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
    down, up = _steps([date for line in rows if (date := id_date(document.own_ids(line)))])
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
    """The original line of each line parsed, and the tokens of the file without the plain rows of catalog tables."""
    kept, skeleton = _skeleton(lines, shape)
    kept.append(len(lines))
    return kept, BLOCKS.parse(skeleton)


def _skeleton(lines: Sequence[bytes], shape: Shape) -> tuple[list[int], str]:
    """The original indexes of the lines kept, and the file without the plain rows of catalog tables.

    Parsing thousands of rows as Markdown would be slow and is not needed: under a header every line that begins with a
    pipe is a row. Everything else, the end of the table included, is left to the parser.
    """
    kept: list[int] = []
    below_header = False
    for number, line in enumerate(lines):
        if below_header and (line.startswith(b"|") or _PIPE_ROW.match(line)):
            continue
        kept.append(number)
        below_header = bool(number and _DELIMITERS.match(line) and _columns(lines[number - 1], shape))
    return kept, b"".join(lines[number] for number in kept).decode().removeprefix("\ufeff")


def _columns(line: bytes, shape: Shape) -> tuple[Column, ...] | None:
    """What the columns of a table with this header hold, None if it is none of the catalog's."""
    return shape.columns_of(tuple(split_cells(line_text(line))))


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
        if columns := _columns(lines[header], shape):
            found.append(Group(header + 2, end, header, columns, *heads_at(headings, header)))
    return found


def _runs(items: Sequence[Item], tables: Sequence[Group]) -> list[Group]:
    """The bullets as groups, one for each heading; a table between two parts them."""
    found: list[Group] = []
    for item in items:
        last = found[-1] if found and found[-1].head == item.head else None
        if last and not any(last.end <= table.header <= item.start for table in tables):
            found[-1] = Group(last.start, item.end, last.start, (), item.heads, item.head)
        else:
            found.append(Group(item.start, item.end, item.start, (), item.heads, item.head))
    return found


def _numbers(lines: Sequence[bytes], groups: Sequence[Group], ends: dict[int, int], shape: Shape) -> dict[int, int]:
    """The numbers of the entries that have one."""
    if shape.numbering is Numbering.NONE:
        return {}
    found = {}
    for group in groups:
        for line in range(group.start, group.end):
            if line in ends and (number := number_of(lines[line], group.columns)) is not None:
                found[line] = number
    return found


def _total_line(
    lines: Sequence[bytes],
    tokens: Sequence[Token],
    kept: Sequence[int],
    document: Document,
) -> int | None:
    """The line that states the total."""
    pattern = total_pattern(document.shape.total)
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
    totals = sorted(line for line in {*prose, *below} if pattern.match(line_text(lines[line])))
    # The catalog states its total below the table; one above it counts only if there is none below.
    return next((line for line in totals if line > document.groups[0].header), totals[-1] if totals else None)


@lru_cache(maxsize=32)
def total_pattern(total: str) -> re.Pattern[str] | None:
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


def stated_total(document: Document) -> StatedTotal | None:
    """The total number of papers that the catalog file says it lists, or None."""
    pattern = total_pattern(document.shape.total)
    if pattern is None or document.total is None:
        return None
    found = pattern.match(line_text(document.lines[document.total]))
    return StatedTotal(int(found[1]), document.total + 1) if found else None


def with_total(line: bytes, total: int, shape: Shape) -> bytes:
    """Replace the number in the line that states how many papers the catalog lists; full-width digits stay
    full-width.
    """
    text, pattern = line.decode(), total_pattern(shape.total)
    found = pattern.match(text) if pattern else None
    if found is None or int(found[1]) == total:
        return line
    digits = str(total)
    if not found[1].isascii():
        digits = digits.translate({ord("0") + n: ord("０") + n for n in range(10)})
    return (text[: found.start(1)] + digits + text[found.end(1) :]).encode()
