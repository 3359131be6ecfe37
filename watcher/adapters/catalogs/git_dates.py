"""Finds out when each catalog entry was first added, from git's history or the file's modification time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from watcher.adapters.catalogs.git_process import Git
from watcher.domain.catalog.catalog import CatalogEntry, Place
from watcher.domain.catalog.match import words
from watcher.domain.errors import CatalogError

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


def standing_since(path: Path, entries: Sequence[CatalogEntry]) -> Mapping[Place, datetime]:
    """For each catalog entry, the time of the oldest commit that added its id (or, without one, its title) to the file.
    For entries in no commit, and without git, the modification time of the file.
    """
    path = path.resolve()
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    found = dict.fromkeys((entry.place for entry in entries), written)
    for at, line in _added(path):  # newest first: the oldest has the last word
        title = "".join(words(line))
        for entry in entries:
            if any(paper.native in line for paper in entry.ids) or (not entry.ids and _holds(title, entry)):
                found[entry.place] = at
    return found


def _holds(text: str, entry: CatalogEntry) -> bool:
    title = "".join(words(entry.title))
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
