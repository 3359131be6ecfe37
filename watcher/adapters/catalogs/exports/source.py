"""The input of all export formats: the parsed catalog, when each entry was added (by git's history or the file's
modification time), and a URL fragment (anchor) for each.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from watcher.adapters.catalogs.git_process import Git
from watcher.adapters.catalogs.markdown_row import link_of
from watcher.domain.catalog.catalog import CatalogEntry, CatalogReading, Place
from watcher.domain.errors import CatalogError
from watcher.domain.papers.paper import PaperId
from watcher.domain.text import title_words

_LOG = (
    "--literal-pathspecs",
    "log",
    "--follow",
    "--no-merges",
    "--format=%x00%aI",
    "--patch",
    "--unified=0",
    "--no-ext-diff",
)


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
    return f"t-{hashlib.sha256(''.join(title_words(entry.title)).encode()).hexdigest()[:10]}"


def standing_since(path: Path, entries: Sequence[CatalogEntry]) -> Mapping[Place, datetime]:
    """For each catalog entry, the time of the oldest commit that added its id (or, without one, its title) to the file.
    For entries in no commit, and without git, the modification time of the file.
    """
    path = path.resolve()
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    found = dict.fromkeys((entry.place for entry in entries), written)
    for at, line in _added(path):  # newest first: the oldest has the last word
        title = "".join(title_words(line))
        for entry in entries:
            if any(paper.native in line for paper in entry.ids) or (not entry.ids and _holds_title(title, entry)):
                found[entry.place] = at
    return found


def _holds_title(text: str, entry: CatalogEntry) -> bool:
    title = "".join(title_words(entry.title))
    return bool(title) and title in text


def _added(path: Path) -> Iterator[tuple[datetime, str]]:
    """The lines that commits added to the file, newest commit first; none where git cannot tell."""
    said = ""
    with suppress(CatalogError, FileNotFoundError):
        done = Git(path.parent).run(*_LOG, "--", path.name)
        said = os.fsdecode(done.stdout) if done.returncode == 0 else ""
    for commit in said.split("\0")[1:]:
        head, _, patch = commit.partition("\n")
        at = datetime.fromisoformat(head.strip())
        yield from ((at, line[1:]) for line in patch.split("\n") if line.startswith("+") and line[:3] != "+++")
