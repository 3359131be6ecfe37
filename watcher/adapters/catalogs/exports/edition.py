"""What all exports are made of: the catalog as read, when papers were added, and an address for each."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from watcher.adapters.catalogs.markdown_row import link_of
from watcher.domain.catalog import CatalogEntry, CatalogReading, Place
from watcher.domain.catalog_match import words
from watcher.domain.paper import PaperId


@dataclass(frozen=True, slots=True)
class Edition:
    """A catalog to be exported. `added` says when the bot added which paper, `since` when what people wrote came to
    stand there, as far as that is known; `home` is where a page of it leads back to, "" for nowhere.
    """

    reading: CatalogReading
    added: Mapping[PaperId, datetime]
    anchors: Mapping[Place, str]
    home: str = ""
    since: Mapping[Place, datetime] = field(default_factory=dict)

    @classmethod
    def of(cls, reading: CatalogReading, added: Mapping[PaperId, datetime], home: str = "") -> Edition:
        """An edition whose `anchors` name each entry by its id, else its title: they stay when rows move."""
        anchors: dict[Place, str] = {}
        taken: Counter[str] = Counter()
        for entry in reading.entries:
            anchor = _anchor(entry)
            taken[anchor] += 1
            anchors[entry.place] = anchor if taken[anchor] == 1 else f"{anchor}-{taken[anchor]}"
        return cls(reading, added, anchors, home)

    def added_at(self, entry: CatalogEntry) -> datetime | None:
        """When the bot added the entry's paper, or None for what people wrote themselves."""
        return next((self.added[paper] for paper in entry.ids if paper in self.added), None)

    def dated(self, entry: CatalogEntry) -> datetime | None:
        """When the entry came to stand in the catalog, whoever wrote it; None where nothing tells."""
        return self.added_at(entry) or self.since.get(entry.place)


def url_of(entry: CatalogEntry) -> str:
    """The address of the paper's page at its source, built from the checked id; "" without one."""
    return link_of(entry.ids[0]) if entry.ids else ""


def _anchor(entry: CatalogEntry) -> str:
    if entry.ids:
        return f"{entry.ids[0].source}-{entry.ids[0].native.replace('/', '-')}"
    return f"t-{hashlib.sha256(''.join(words(entry.title)).encode()).hexdigest()[:10]}"
