"""Finds the catalog's table, the numbers of its rows and the stated total in a Markdown file, without changing any
byte.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from watcher.domain.catalog.catalog import StatedTotal
from watcher.domain.errors import CatalogError
from watcher.domain.papers.paper import BIORXIV_DOI, PaperId, arxiv_id

# The catalog's column headings; some continue after a slash, so only beginnings are compared.
_HEADINGS = ("論文タイトル", "概要", "著者", "発表年", "研究カテゴリー", "カンファレンス名", "arXivでの注目度")
_SUMMARY, _AUTHORS, _YEAR = 1, 2, 3

_PIPE = re.compile(r"(?<!\\)\|")  # GFM: a pipe preceded by a backslash separates nothing, even in code
_DELIMITERS = re.compile(rb"[ \t|:-]*-[ \t|:-]*[\r\n]*\Z")
_PIPE_ROW = re.compile(rb" {0,3}\|")  # such a line under a table's header is a row, whatever it holds
_NUMBER = re.compile(rb" {0,3}\|?(?:[ \t*_\[]|\xe3\x80\x80)*([0-9]{1,6})[ \t]*\\?(?:\.|\xef\xbc\x8e)(?![0-9])")
_NUMBERED = re.compile(r"[\s*_\[]*[0-9]{1,6}\s*\\?[.．]\s*")
_TOTAL = re.compile(r"[\ufeff\s>#*_|+-]*合計[\s*_]*[:：][\s*_]*(\d+)[\s*_]*本")
_YEAR_IN_CELL = re.compile(r"(?:19|20)[0-9]{2}")
# Git's conflict markers; "=======" is left out because it also underlines a heading.
_MERGE_MARKS = (b"<<<<<<< ", b">>>>>>> ")

# arXiv ids as people write them: new ones (with a valid month) anywhere, old ones only after "arXiv:" or in a link.
_NAMED = re.compile(
    r"""(?:(?<=arxiv\.)|(?<![A-Za-z0-9.]))(?P<new>\d\d(?:0[1-9]|1[0-2])\.\d{4,6})(?:v\d+)?(?![A-Za-z0-9]|\.\d)
        |arxiv(?::\s*|\.org/(?:abs|pdf|html)/)(?P<old>[a-z-]+(?:\.[a-z]{2})?/\d{7})(?!\d)""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_DOI_LINK = re.compile(rf"https?://doi\.org/({BIORXIV_DOI.pattern})", re.ASCII | re.IGNORECASE)
_BLOCKS = MarkdownIt("commonmark").enable("table").disable("inline")


@dataclass(frozen=True, slots=True)
class Document:
    """A catalog file as a list of lines with their line ends; joined, they are the file.

    `header` is the index of the table's header, `end` that of the first line after the table. `numbers` maps the lines
    of numbered rows to their numbers; `total` is the line that states the number of papers, or None.
    """

    lines: Sequence[bytes]
    header: int
    end: int
    numbers: dict[int, int]
    total: int | None

    @property
    def body(self) -> range:
        """The indexes of the lines in the catalog's table, below its header."""
        return range(self.header + 2, self.end)

    @property
    def widths(self) -> list[int]:
        """The width in characters of each header cell, spaces included."""
        return [len(cell) for cell in _split(line_text(self.lines[self.header]))]

    def cells(self, line: int) -> list[str]:
        """The cells of one row of the table as written."""
        return cells_in(line_text(self.lines[line]))

    def year(self, line: int) -> int | None:
        """The publication year stated in a row, or None."""
        cells = self.cells(line)
        found = _YEAR_IN_CELL.search(unicodedata.normalize("NFKC", cells[_YEAR])) if len(cells) > _YEAR else None
        return int(found[0]) if found else None

    def rows_of(self, paper: PaperId) -> list[int]:
        """The lines of the rows about a paper: those that name it in the authors' cell, else those that name it outside
        the summary.
        """
        rows = [line for line in self._lines_naming(paper) if line in self.body]
        by_link = [line for line in rows if paper in named_ids("".join(self.cells(line)[_AUTHORS : _AUTHORS + 1]))]
        return by_link or [line for line in rows if paper in named_ids(" ".join(self._without_summary(line)))]

    def names(self, paper: PaperId) -> bool:
        """Whether the file mentions the paper anywhere."""
        return next(self._lines_naming(paper), None) is not None

    def _without_summary(self, line: int) -> list[str]:
        """The cells of a row other than the summary."""
        cells = self.cells(line)
        return cells[:_SUMMARY] + cells[_SUMMARY + 1 :]

    def _lines_naming(self, paper: PaperId) -> Iterator[int]:
        """The lines that mention the paper."""
        digits = paper.native.rpartition("/")[2].encode()
        for number in [n for n, line in enumerate(self.lines) if digits in line]:
            if paper in named_ids(line_text(self.lines[number])):
                yield number


def named_ids(text: str) -> frozenset[PaperId]:
    """Every paper that a text mentions: arXiv ids without version, and links to DOIs."""
    linked = (PaperId("biorxiv", found[1].lower()) for found in _DOI_LINK.finditer(text))
    return frozenset(arxiv_id(found["new"] or found["old"])[0] for found in _NAMED.finditer(text)).union(linked)


def cells_in(line: str) -> list[str]:
    """The cells of a table line as written, without padding."""
    return [cell.strip() for cell in _split(line)]


def read_lines(data: bytes, about: str) -> list[bytes]:
    r"""The lines of a Markdown file with their line ends (\n, \r or \r\n).

    Raises CatalogError if the file is not UTF-8 or contains conflict markers of an unfinished merge.
    """
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise CatalogError(f"not UTF-8 (byte {error.start})", about=about, remedy="save it as UTF-8") from error
    lines = data.splitlines(keepends=True)
    if any(line.startswith(_MERGE_MARKS) for line in lines):
        raise CatalogError("holds the marks of an unfinished merge", about=about, remedy="finish the merge, save")
    return lines


def body_of(lines: Sequence[bytes], about: str) -> range:
    """The indexes of the table's lines below its header. Raises CatalogError if there is not exactly
    one catalog table.
    """
    header, end, _, _ = _table(lines, about)
    return range(header + 2, end)


def number_of(line: bytes) -> int | None:
    """The paper's number at the beginning of a table row, or None."""
    found = _NUMBER.match(line)
    return int(found[1]) if found else None


def read_document(lines: Sequence[bytes], about: str) -> Document:
    """Find the catalog in the lines of a file. Raises CatalogError if there is not exactly one catalog table."""
    header, end, tokens, kept = _table(lines, about)
    found = map(_NUMBER.match, lines[header + 2 : end])
    numbers = {n: int(match[1]) for n, match in enumerate(found, header + 2) if match}
    prose = [
        line
        for token in tokens
        if token.type == "inline" and token.map
        for line in range(kept[token.map[0]], kept[token.map[1]])
    ]
    # A total right under the table, without a blank line between, is a row to Markdown.
    below = [line for line in range(header + 2, end) if line not in numbers]
    totals = sorted(line for line in {*prose, *below} if _TOTAL.match(line_text(lines[line])))
    # The catalog states its total below the table; one above it counts only if there is none below.
    total = next((line for line in totals if line > header), totals[-1] if totals else None)
    return Document(lines, header, end, numbers, total)


def _table(lines: Sequence[bytes], about: str) -> tuple[int, int, list[Token], list[int]]:
    """(header, end) of the catalog's table, the Markdown tokens of the rest, and the original line of
    each line parsed.
    """
    kept, skeleton = _skeleton(lines)
    tokens = _BLOCKS.parse(skeleton)
    kept.append(len(lines))
    tables = [
        (kept[token.map[0]], kept[token.map[1]])
        for token in tokens
        if token.type == "table_open" and token.level == 0 and token.map and _is_header(lines[kept[token.map[0]]])
    ]
    if len(tables) != 1:
        raise CatalogError(
            f"{'more than one' if tables else 'no'} table with the seven columns {'・'.join(_HEADINGS)}",
            about=about,
            remedy="keep exactly one such table, or point WATCHER_CATALOG at the right file",
        )
    return *tables[0], tokens, kept


def cell_bounds(line: str) -> list[tuple[int, int]]:
    """Start and end of each cell in a table line, without padding."""
    bounds = []
    place = len(line) - len(line.lstrip())
    for cell in _PIPE.split(line.strip()):
        left = place + len(cell) - len(cell.lstrip())
        bounds.append((left, max(left, place + len(cell.rstrip()))))
        place += len(cell) + 1
    edges = _PIPE.split(line.strip())
    return bounds[edges[0] == "" : len(bounds) - (len(edges) > 1 and edges[-1] == "")]


def line_text(line: bytes) -> str:
    """A line of the file as text, without line end and byte order mark."""
    return line.decode().removeprefix("\ufeff").rstrip("\r\n")


def stated_total(document: Document) -> StatedTotal | None:
    """The total number of papers that the document states, or None."""
    found = _TOTAL.match(line_text(document.lines[document.total])) if document.total is not None else None
    return StatedTotal(int(found[1]), document.total + 1) if found and document.total is not None else None


def without_number(title: str) -> str:
    """The text of a row's first cell without the row's number, as readers see it."""
    return _NUMBERED.sub("", title, count=1)


def with_number(line: bytes, number: int) -> bytes:
    """A numbered row's line with another number; only the digits change."""
    found = _NUMBER.match(line)
    return line if found is None else line[: found.start(1)] + str(number).encode() + line[found.end(1) :]


def with_total(line: bytes, total: int) -> bytes:
    """The line that states the total number of papers with another number, in full-width digits if it had them."""
    text = line.decode()
    found = _TOTAL.match(text)
    if found is None or int(found[1]) == total:
        return line
    digits = str(total)
    if not found[1].isascii():
        digits = digits.translate({ord("0") + n: ord("０") + n for n in range(10)})
    return (text[: found.start(1)] + digits + text[found.end(1) :]).encode()


def _skeleton(lines: Sequence[bytes]) -> tuple[list[int], str]:
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
        below_header = bool(number and _DELIMITERS.match(line) and _is_header(lines[number - 1]))
    return kept, b"".join(lines[number] for number in kept).decode().removeprefix("\ufeff")


def _is_header(line: bytes) -> bool:
    """Whether a line is the header of a catalog table."""
    if _HEADINGS[0].encode() not in line:
        return False
    cells = [re.sub(r"[\s*_]", "", unicodedata.normalize("NFKC", cell)) for cell in _split(line_text(line))]
    return len(cells) == len(_HEADINGS) and all(c.startswith(h) for c, h in zip(cells, _HEADINGS, strict=True))


def _split(line: str) -> list[str]:
    """The cells of a table line, with padding."""
    cells = _PIPE.split(line.strip())
    if cells[0] == "":
        del cells[0]
    if cells and cells[-1] == "":
        del cells[-1]
    return cells


# The group that keeps the catalog orders rows by year and numbers them by position. So a number is not an identifier:
# a new row raises the numbers of all later rows, and removing it restores every byte.
_HIGHEST = 999_999


def place_for(
    document: Document, year: int, below: AbstractSet[bytes] = frozenset(), kept: AbstractSet[int] = frozenset()
) -> tuple[int, int]:
    """The (line, number) at which a new row is inserted: after the last row whose year is not later, else before all
    rows.

    Rows at that place that are in `below` (from `rows_below`) stay below the new one. Numbers in `kept` are not given.
    """
    rows = document.body
    line = next((n + 1 for n in reversed(rows) if (document.year(n) or year + 1) <= year), None)
    if line is None:
        line = next(iter(document.numbers), rows.start)
    while line - 1 in rows and _unnumbered(document.lines[line - 1]) in below:
        line -= 1
    number = 1 + max((number for n, number in document.numbers.items() if n < line), default=0)
    while number in kept:
        number += 1
    return line, number


def own_place(document: Document, year: int, number: int) -> tuple[int, int] | None:
    """The (line, number) at which a row with a known number is inserted again; None if the numbers have no gap for it.

    The gap is the number itself if it is missing, else the first missing number after it, if the years around it fit.
    """
    borne = set(document.numbers.values())
    wanted = next((n for n in range(number, max(borne, default=0)) if n not in borne), number)
    if wanted in borne:
        return None
    last = max(document.numbers, default=document.body.start - 1) + 1
    line = next((n for n, other in document.numbers.items() if other > wanted), last)
    above, under = (document.year(n) if n in document.body else None for n in (line - 1, line))
    fits = (above or year) <= year <= (under or year)
    return (line, wanted) if wanted == number or fits else None


def rows_below(document: Document, line: int) -> frozenset[bytes]:
    """The table rows below a line, without their numbers, by which a missing row's place is found again."""
    return frozenset(_unnumbered(document.lines[n]) for n in document.body if n > line)


def with_row(
    document: Document, line: int, number: int, render: Callable[[int], str], *, fills_gap: bool = False
) -> list[bytes]:
    """The lines with `render(number)` inserted at `line`; rows from that number on are renumbered, unless it fills a
    gap.

    Raises CatalogError if a number would become too large to be parsed as one.
    """
    lines = list(document.lines)
    if max(document.numbers.values(), default=0) >= _HIGHEST:
        raise CatalogError(f"a row is numbered {_HIGHEST} or more", remedy="number the rows 1, 2, 3 …")
    for n, other in document.numbers.items():
        if other >= number and not fills_gap:
            lines[n] = with_number(lines[n], other + 1)
    _state_total(document, lines, len(document.numbers) + 1)
    row, end = render(number).encode(), _line_end(lines[line - 1])
    if not end:  # the file ends without a line end, and must still do so with the new row as its last
        lines[line - 1] += _line_end(lines[document.header])
    return [*lines[:line], row + end, *lines[line:]]


def without_row(document: Document, line: int) -> list[bytes]:
    """The lines without the row at `line`; rows with a higher number are renumbered."""
    lines = list(document.lines)
    removed = document.numbers.get(line)
    if removed is not None:
        for n, other in document.numbers.items():
            if other > removed:
                lines[n] = with_number(lines[n], other - 1)
        _state_total(document, lines, len(document.numbers) - 1)
    if not _line_end(lines[line]):
        lines[line - 1] = lines[line - 1].removesuffix(_line_end(lines[line - 1]))
    del lines[line]
    return lines


def without_gap(document: Document, number: int) -> list[bytes]:
    """The lines after closing the gap that a missing number leaves: rows with a higher number are renumbered."""
    lines = list(document.lines)
    if number not in document.numbers.values():
        for n, other in document.numbers.items():
            if other > number:
                lines[n] = with_number(lines[n], other - 1)
    return lines


def _state_total(document: Document, lines: list[bytes], total: int) -> None:
    """Change the stated total in `lines`, if the document states one."""
    if document.total is not None:
        lines[document.total] = with_total(lines[document.total], total)


def _unnumbered(line: bytes) -> bytes:
    """The row with the number 0, without its line end, to compare rows that were renumbered."""
    return with_number(line, 0).rstrip(b"\r\n")


def _line_end(line: bytes) -> bytes:
    """The line end of a line."""
    return line[len(line.rstrip(b"\r\n")) :]
