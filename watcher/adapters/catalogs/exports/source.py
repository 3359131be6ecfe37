"""The input of all export formats: the parsed catalog, the dates of its entries, and a URL fragment (anchor) for
each.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from watcher.adapters.catalogs.markdown_row import link_of
from watcher.domain.catalog.catalog import CatalogEntry, CatalogReading, Place
from watcher.domain.catalog.match import words
from watcher.domain.papers.paper import PaperId
from watcher.words_ja.catalog import PAGE


@dataclass(frozen=True, slots=True)
class ExportSource:
    """The content of a catalog for exporting.

    `added` is when the bot added a paper, `since` when an entry written by people appeared in the file, as far as
    known. `anchors` are URL fragments for the entries. `home` is the URL that the HTML page links back to, "" for none;
    `address` is the page's own path, from which the paths of the other formats are made. `authors` are all authors of
    each paper that the database has.
    """

    reading: CatalogReading
    added: Mapping[PaperId, datetime]
    anchors: Mapping[Place, str]
    home: str = ""
    since: Mapping[Place, datetime] = field(default_factory=dict)
    authors: Mapping[PaperId, Sequence[str]] = field(default_factory=dict)
    address: str = ""

    @classmethod
    def of(cls, reading: CatalogReading, added: Mapping[PaperId, datetime], home: str = "") -> ExportSource:
        """Build the input of an export from a parsed catalog. Anchors are made from an entry's id, else from its title,
        so they stay the same when rows move.
        """
        anchors: dict[Place, str] = {}
        taken: Counter[str] = Counter()
        for entry in reading.entries:
            anchor = _anchor(entry)
            taken[anchor] += 1
            anchors[entry.place] = anchor if taken[anchor] == 1 else f"{anchor}-{taken[anchor]}"
        return cls(reading, added, anchors, home)

    def added_at(self, entry: CatalogEntry) -> datetime | None:
        """The time at which the bot added the entry's paper; None for entries written by people."""
        return next((self.added[paper] for paper in entry.ids if paper in self.added), None)

    def dated(self, entry: CatalogEntry) -> datetime | None:
        """The time at which the entry appeared in the catalog, whoever wrote it; None if unknown."""
        return self.added_at(entry) or self.since.get(entry.place)


def url_of(entry: CatalogEntry) -> str:
    """The URL of the paper that a catalog entry is about, built from the validated id; "" without an id."""
    return link_of(entry.ids[0]) if entry.ids else ""


def _anchor(entry: CatalogEntry) -> str:
    """The anchor of an entry, not necessarily unique."""
    if entry.ids:
        return f"{entry.ids[0].source}-{entry.ids[0].native.replace('/', '-')}"
    return f"t-{hashlib.sha256(''.join(words(entry.title)).encode()).hexdigest()[:10]}"


LEVELS: Final = ("高", "中", "低", PAGE["unknown_level"])


def level_of(entry: CatalogEntry) -> str:
    """The attention that a paper of the catalog has got (high, medium, low or unknown; one of LEVELS), by the first
    character of its attention cell.
    """
    return next((level for level in LEVELS[:-1] if entry.attention.startswith(level)), LEVELS[-1])
