"""Adds or removes a row of a Markdown catalog; other rows are renumbered, every other byte stays."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet

from watcher.adapters.catalogs.markdown_document import Document, with_number, with_total
from watcher.domain.errors import CatalogError

# The group that keeps the catalog orders rows by year and numbers them by position. So a number is not an identifier:
# a new row raises the numbers of all later rows, and removing it restores every byte.
_HIGHEST = 999_999


def place_for(
    document: Document, year: int, below: AbstractSet[bytes] = frozenset(), kept: AbstractSet[int] = frozenset()
) -> tuple[int, int]:
    """(line, number) for a new row: after the last row whose year is not later, else before all rows.

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
    """(line, number) for a row that had this number and is added again; None if there is no gap in the numbers for it.

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
    """The rows below a line, without their numbers."""
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
    """The lines with a missing number closed up: rows with a higher number are renumbered."""
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
