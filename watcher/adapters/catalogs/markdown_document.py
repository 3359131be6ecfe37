"""A Markdown file turned into its lines, the rows of the catalog's table and the total, and back byte for byte."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from watcher.domain.catalog import StatedTotal
from watcher.domain.errors import CatalogError
from watcher.domain.paper import BIORXIV_DOI, PaperId, arxiv_id

# Headings as the catalog's owner wrote them, without what stands after the slash in some.
_HEADINGS = ("論文タイトル", "概要", "著者", "発表年", "研究カテゴリー", "カンファレンス名", "arXivでの注目度")
_SUMMARY, _AUTHORS, _YEAR = 1, 2, 3

_PIPE = re.compile(r"(?<!\\)\|")  # GFM: a pipe preceded by a backslash separates nothing, even in code
_DELIMITERS = re.compile(rb"[ \t|:-]*-[ \t|:-]*[\r\n]*\Z")
_PIPE_ROW = re.compile(rb" {0,3}\|")  # such a line under a table's header is a row, whatever it holds
_NUMBER = re.compile(rb" {0,3}\|?(?:[ \t*_\[]|\xe3\x80\x80)*([0-9]{1,6})[ \t]*\\?(?:\.|\xef\xbc\x8e)(?![0-9])")
_NUMBERED = re.compile(r"[\s*_\[]*[0-9]{1,6}\s*\\?[.．]\s*")
_TOTAL = re.compile(r"[\ufeff\s>#*_|+-]*合計[\s*_]*[:：][\s*_]*(\d+)[\s*_]*本")
_YEAR_IN_CELL = re.compile(r"(?:19|20)[0-9]{2}")
_MERGE_MARKS = (b"<<<<<<< ", b">>>>>>> ")

# arXiv ids as people write them: new ones in any link or alone (with a month that exists), old ones where the
# words around say arXiv.
_NAMED = re.compile(
    r"""(?:(?<=arxiv\.)|(?<![A-Za-z0-9.]))(?P<new>\d\d(?:0[1-9]|1[0-2])\.\d{4,6})(?:v\d+)?(?![A-Za-z0-9]|\.\d)
        |arxiv(?::\s*|\.org/(?:abs|pdf|html)/)(?P<old>[a-z-]+(?:\.[a-z]{2})?/\d{7})(?!\d)""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_DOI_LINK = re.compile(rf"https?://doi\.org/({BIORXIV_DOI.pattern})", re.ASCII | re.IGNORECASE)
_BLOCKS = MarkdownIt("commonmark").enable("table").disable("inline")


@dataclass(frozen=True, slots=True)
class Document:
    """The file as lines with their ends: joined they are the file, whatever stands in them.

    `header` is the line of the table's header, `end` the first line after the table, `numbers` the number of
    each numbered row by line, `total` the line that states how many there are, if one does.
    """

    lines: Sequence[bytes]
    header: int
    end: int
    numbers: dict[int, int]
    total: int | None

    @property
    def body(self) -> range:
        """The lines of the table below its header."""
        return range(self.header + 2, self.end)

    @property
    def widths(self) -> list[int]:
        """How many characters each cell of the header takes in the source, blanks included."""
        return [len(cell) for cell in _split(line_text(self.lines[self.header]))]

    def cells(self, line: int) -> list[str]:
        """The cells of a row."""
        return cells_in(line_text(self.lines[line]))

    def year(self, line: int) -> int | None:
        """The year a row states, or None."""
        cells = self.cells(line)
        found = _YEAR_IN_CELL.search(unicodedata.normalize("NFKC", cells[_YEAR])) if len(cells) > _YEAR else None
        return int(found[0]) if found else None

    def rows_of(self, paper: PaperId) -> list[int]:
        """The rows about a paper: those whose author cell names it, else those naming it outside the summary."""
        rows = [line for line in self._lines_naming(paper) if line in self.body]
        by_link = [line for line in rows if paper in named_ids("".join(self.cells(line)[_AUTHORS : _AUTHORS + 1]))]
        return by_link or [line for line in rows if paper in named_ids(" ".join(self._without_summary(line)))]

    def names(self, paper: PaperId) -> bool:
        """Whether the paper is named anywhere in the file."""
        return next(self._lines_naming(paper), None) is not None

    def _without_summary(self, line: int) -> list[str]:
        cells = self.cells(line)
        return cells[:_SUMMARY] + cells[_SUMMARY + 1 :]

    def _lines_naming(self, paper: PaperId) -> Iterator[int]:
        digits = paper.native.rpartition("/")[2].encode()
        for number in [n for n, line in enumerate(self.lines) if digits in line]:
            if paper in named_ids(line_text(self.lines[number])):
                yield number


def named_ids(text: str) -> frozenset[PaperId]:
    """Every paper a text names: on arXiv, versions left out, or by a link to its DOI."""
    linked = (PaperId("biorxiv", found[1].lower()) for found in _DOI_LINK.finditer(text))
    return frozenset(arxiv_id(found["new"] or found["old"])[0] for found in _NAMED.finditer(text)).union(linked)


def cells_in(line: str) -> list[str]:
    """The cells of a line of a table as they stand in the source, without padding."""
    return [cell.strip() for cell in _split(line)]


def read_lines(data: bytes, about: str) -> list[bytes]:
    r"""The lines of a Markdown file, which end at \n, \r or \r\n and keep their ends.

    Raises CatalogError for what is not UTF-8 and for an unfinished merge.
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
    """The lines of the table below its header, as a Markdown reader sees them. Raises CatalogError."""
    header, end, _, _ = _table(lines, about)
    return range(header + 2, end)


def number_of(line: bytes) -> int | None:
    """The number a row begins with, or None."""
    found = _NUMBER.match(line)
    return int(found[1]) if found else None


def read_document(lines: Sequence[bytes], about: str) -> Document:
    """The catalog in the lines of a file. Raises CatalogError when there is none, or more than one."""
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
    total = next((line for line in totals if line > header), totals[-1] if totals else None)
    return Document(lines, header, end, numbers, total)


def _table(lines: Sequence[bytes], about: str) -> tuple[int, int, list[Token], list[int]]:
    """The catalog's table from its header to behind its end, the blocks of the rest, and which lines they count."""
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
    """Where each cell of a line of a table begins and ends, without padding."""
    bounds = []
    place = len(line) - len(line.lstrip())
    for cell in _PIPE.split(line.strip()):
        left = place + len(cell) - len(cell.lstrip())
        bounds.append((left, max(left, place + len(cell.rstrip()))))
        place += len(cell) + 1
    edges = _PIPE.split(line.strip())
    return bounds[edges[0] == "" : len(bounds) - (len(edges) > 1 and edges[-1] == "")]


def line_text(line: bytes) -> str:
    """A line without its end, and without the mark that may begin a file."""
    return line.decode().removeprefix("\ufeff").rstrip("\r\n")


def stated_total(document: Document) -> StatedTotal | None:
    """The total the document states, if it does."""
    found = _TOTAL.match(line_text(document.lines[document.total])) if document.total is not None else None
    return StatedTotal(int(found[1]), document.total + 1) if found and document.total is not None else None


def without_number(title: str) -> str:
    """The visible text of a numbered row's first cell, less the number."""
    return _NUMBERED.sub("", title, count=1)


def with_number(line: bytes, number: int) -> bytes:
    """A numbered row under another number: nothing but the digits changes."""
    found = _NUMBER.match(line)
    return line if found is None else line[: found.start(1)] + str(number).encode() + line[found.end(1) :]


def with_total(line: bytes, total: int) -> bytes:
    """The total line stating another number, in full-width digits where it had them."""
    text = line.decode()
    found = _TOTAL.match(text)
    if found is None or int(found[1]) == total:
        return line
    digits = str(total)
    if not found[1].isascii():
        digits = digits.translate({ord("0") + n: ord("０") + n for n in range(10)})
    return (text[: found.start(1)] + digits + text[found.end(1) :]).encode()


def _skeleton(lines: Sequence[bytes]) -> tuple[list[int], str]:
    """The file without the plain rows of catalog tables, and which line each line of it was.

    Thousands of rows need no Markdown parser: under a header every line that begins with a pipe is a row. All
    else, what ends the table included, is left to the parser.
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
    if _HEADINGS[0].encode() not in line:
        return False
    cells = [re.sub(r"[\s*_]", "", unicodedata.normalize("NFKC", cell)) for cell in _split(line_text(line))]
    return len(cells) == len(_HEADINGS) and all(c.startswith(h) for c, h in zip(cells, _HEADINGS, strict=True))


def _split(line: str) -> list[str]:
    cells = _PIPE.split(line.strip())
    if cells[0] == "":
        del cells[0]
    if cells and cells[-1] == "":
        del cells[-1]
    return cells
