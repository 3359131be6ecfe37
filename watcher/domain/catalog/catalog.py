"""The parsed content of a catalog file: its entries with their positions, the total it states, and lines that could not
be parsed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from watcher.domain.catalog.shape import DEFAULT, Shape
from watcher.domain.papers.paper import PaperId


class Section(StrEnum):
    """The part of the catalog document in which an entry is: the table (or list), or the additions below it."""

    TABLE = "table"
    ADDITIONS = "additions"  # the notes under 「追加:」, not yet rows


@dataclass(frozen=True, slots=True)
class Span:
    """A range of bytes of the catalog file; `end` is exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """The position of an entry: its section and its first line, counted from 1."""

    section: Section
    line: int


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """One paper in the catalog file, with its cells as readers see them (markup removed); a missing cell is "".

    `notes` are the lines below the names in the authors' cell: addresses, venues, "link unknown". `spans` maps a field
    name of `Cells` to the position of that cell's source in the file. `fields` are the texts of the catalog's
    additional fields, by name.
    """

    place: Place
    number: int | None
    title: str
    summary: str = ""
    authors: str = ""
    notes: tuple[str, ...] = ()
    ids: tuple[PaperId, ...] = ()
    year: int | None = None
    categories: tuple[str, ...] = ()
    venue: str = ""
    attention: str = ""
    spans: Mapping[str, Span] = field(default_factory=dict, hash=False)
    fields: Mapping[str, str] = field(default_factory=dict, hash=False)


class Oddity(StrEnum):
    """The reasons why a line of a catalog file could not be parsed, e.g. a wrong number of cells, or no title."""

    CELLS = "cells"  # a row with fewer or more cells than there are columns
    UNNUMBERED = "unnumbered"  # a row without a number
    UNTITLED = "untitled"  # an entry in which no title was found
    STRAY = "stray"  # text in the section of additions that belongs to no paper
    NAMED = "named"  # a paper that is mentioned outside the table and the additions


@dataclass(frozen=True, slots=True)
class Unread:
    """A line of the catalog that could not be parsed, or only in part, with the reason. The bot never changes such a
    line.
    """

    line: int
    oddity: Oddity
    text: str


@dataclass(frozen=True, slots=True)
class StatedTotal:
    """The number of papers that the catalog file says it holds, and the line where it says so."""

    count: int
    line: int


@dataclass(frozen=True, slots=True)
class CatalogReading:
    """Everything parsed from a catalog file, in the order of the file."""

    entries: tuple[CatalogEntry, ...]
    total: StatedTotal | None = None
    unread: tuple[Unread, ...] = ()
    title: str = ""  # the document's first heading
    shape: Shape = DEFAULT

    @property
    def rows(self) -> tuple[CatalogEntry, ...]:
        """The entries of a parsed catalog that are rows of its table."""
        return tuple(entry for entry in self.entries if entry.place.section is Section.TABLE)
