"""Parses a Markdown file as a catalog with a given layout (Shape): its tables, bullets or paragraphs, their numbers,
and the stated total.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from watcher.adapters.catalogs.markdown_bullets import Item, bullets_in, headings_in, heads_at
from watcher.adapters.catalogs.markdown_document import Document, Group, id_date
from watcher.adapters.catalogs.markdown_lines import line_text, number_of, split_cells
from watcher.adapters.catalogs.markdown_paragraphs import paragraphs_in
from watcher.domain.catalog.catalog import StatedTotal
from watcher.domain.catalog.shape import DEFAULT, Column, Form, Numbering, Shape
from watcher.domain.errors import CatalogError

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
