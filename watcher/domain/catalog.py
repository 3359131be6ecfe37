"""A catalog as read: its entries and where they stand, the total it states, and what was not understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from watcher.domain.paper import PaperId


class Section(StrEnum):
    """Where in the document an entry stands."""

    TABLE = "table"
    ADDITIONS = "additions"  # the notes under 「追加:」, not yet rows


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of the file, `end` excluded."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where an entry begins: its section and the line, counted from 1 as editors do."""

    section: Section
    line: int


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """One paper of the catalog, its cells as a reader sees them; a cell that is missing is empty.

    `notes` is what the authors' cell holds below the names: addresses, venues, "link unknown". `spans` says
    where each cell's source stands in the file, by the names of `Cells`.
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


class Oddity(StrEnum):
    """Why a line could not be taken for what it seems to be."""

    CELLS = "cells"  # a row with fewer or more cells than there are columns
    UNNUMBERED = "unnumbered"  # a row without a number
    STRAY = "stray"  # text among the additions that belongs to no paper
    NAMED = "named"  # a paper named outside the table and the additions


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that was not understood, or not wholly; it stays in the file as it is."""

    line: int
    oddity: Oddity
    text: str


@dataclass(frozen=True, slots=True)
class StatedTotal:
    """How many papers the document says it holds."""

    count: int
    line: int


@dataclass(frozen=True, slots=True)
class CatalogReading:
    """Everything a catalog says, in the order of the file."""

    entries: tuple[CatalogEntry, ...]
    total: StatedTotal | None = None
    unread: tuple[Unread, ...] = ()
    title: str = ""  # the document's first heading

    @property
    def rows(self) -> tuple[CatalogEntry, ...]:
        """The entries that are rows of the table."""
        return tuple(entry for entry in self.entries if entry.place.section is Section.TABLE)
