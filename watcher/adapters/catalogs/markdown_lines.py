"""Splits a Markdown file into lines, table rows into cells, and reads or changes the number of an entry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from watcher.domain.catalog.shape import Column
from watcher.domain.errors import CatalogError

_PIPE = re.compile(r"(?<!\\)\|")  # GFM: a pipe preceded by a backslash separates nothing, even in code
_NUMBER = re.compile(rb" {0,3}\|?(?:[ \t*_\[]|\xe3\x80\x80)*([0-9]{1,6})[ \t]*\\?(?:\.|\xef\xbc\x8e)(?![0-9])")
_NUMBERED = re.compile(r"[\s*_\[]*[0-9]{1,6}\s*\\?[.．]\s*")
_NUMBER_IN_TITLE = re.compile(r"[\s*_\[　]*([0-9]{1,6})[ \t]*\\?[.．)](?![0-9])")
_NUMBER_ALONE = re.compile(r"[\W_]*?([0-9]{1,6})\b")
BULLET = re.compile(r"\s*(?:[-*+・]|\d+[.)])\s+")
"""The indentation and list marker with which a bullet begins."""
_NUMBER_OF_ITEM = re.compile(r"\s*(?:[-*+]\s+[*_\[]*)?([0-9]{1,6})\s*\\?[.)．](?![0-9])")
# Git's conflict markers; "=======" is left out because it also underlines a heading.
_MERGE_MARKS = (b"<<<<<<< ", b">>>>>>> ")


def read_lines(data: bytes, about: str) -> list[bytes]:
    r"""Split the bytes of a Markdown file into lines, with their line ends (\n, \r or \r\n).

    Raises CatalogError if the file is empty, not UTF-8, or contains conflict markers of an unfinished merge.
    """
    if not data.strip():
        raise CatalogError("the file is empty", about=about, remedy="name another, or delete it to begin a new one")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise CatalogError(f"not UTF-8 (byte {error.start})", about=about, remedy="save it as UTF-8") from error
    lines = data.splitlines(keepends=True)
    if any(line.startswith(_MERGE_MARKS) for line in lines):
        raise CatalogError("holds the marks of an unfinished merge", about=about, remedy="finish the merge, save")
    return lines


def line_text(line: bytes) -> str:
    """A line of a Markdown file as text, without line end and byte order mark."""
    return line.decode().removeprefix("\ufeff").rstrip("\r\n")


def line_end(line: bytes) -> bytes:
    r"""The line end (\n, \r or \r\n) of a line, "" if it has none."""
    return line[len(line.rstrip(b"\r\n")) :]


def cells_in(line: str) -> list[str]:
    """Split a line of a Markdown table into its cells, without padding."""
    return [cell.strip() for cell in split_cells(line)]


def split_cells(line: str) -> list[str]:
    """Split a line of a Markdown table into its cells, with padding."""
    cells = _PIPE.split(line.strip())
    if cells[0] == "":
        del cells[0]
    if cells and cells[-1] == "":
        del cells[-1]
    return cells


def cell_bounds(line: str) -> list[tuple[int, int]]:
    """The (start, end) positions of each cell in a line of a Markdown table, without padding."""
    bounds = []
    place = len(line) - len(line.lstrip())
    for cell in _PIPE.split(line.strip()):
        left = place + len(cell) - len(cell.lstrip())
        bounds.append((left, max(left, place + len(cell.rstrip()))))
        place += len(cell) + 1
    edges = _PIPE.split(line.strip())
    return bounds[edges[0] == "" : len(bounds) - (len(edges) > 1 and edges[-1] == "")]


def without_number(title: str) -> str:
    """Remove the number at the beginning of an entry's title."""
    return _NUMBERED.sub("", title, count=1)


def number_of(line: bytes, columns: Sequence[Column]) -> int | None:
    """The number of the catalog entry on a line, None if it has none. `columns` are those of its table, none for
    bullets.
    """
    place = _number_place(line, columns)
    return int(line[slice(*place)]) if place else None


def with_number(line: bytes, number: int, columns: Sequence[Column]) -> bytes:
    """Replace the number of the catalog entry on a line; everything else stays, also that it has leading zeros (07).
    `columns` are those of its table, none for bullets.
    """
    place = _number_place(line, columns)
    if place is None:
        return line
    start, end = place
    width = end - start if line[start:end].startswith(b"0") else 0
    return line[:start] + f"{number:0{width}}".encode() + line[end:]


def _number_place(line: bytes, columns: Sequence[Column]) -> tuple[int, int] | None:
    """The bounds of the number's digits in a line, in bytes."""
    at, alone = _number_column(tuple(columns))
    if at == 0 and not alone:
        match = _NUMBER.match(line)
        return match.span(1) if match else None
    text = line.decode()
    if at is None:
        mark = text.startswith("\ufeff")
        found = _NUMBER_OF_ITEM.match(text, mark)
    else:
        bounds = cell_bounds(text)  # a byte order mark can stand before no row
        found = (_NUMBER_ALONE if alone else _NUMBER_IN_TITLE).match(text, *bounds[at]) if at < len(bounds) else None
    return (len(text[: found.start(1)].encode()), len(text[: found.end(1)].encode())) if found else None


@lru_cache(maxsize=64)
def _number_column(columns: tuple[Column, ...]) -> tuple[int | None, bool]:
    """The index of the column that begins with the number, None for bullets, and whether the number stands there alone."""
    if not columns:
        return None, False
    own = next((n for n, column in enumerate(columns) if "number" in column.fields), None)
    titled = next((n for n, column in enumerate(columns) if "title" in column.fields), 0)
    return (titled, False) if own is None else (own, True)
