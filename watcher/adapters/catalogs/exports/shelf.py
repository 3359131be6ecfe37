"""The catalog file turned into the forms that readers ask for, made anew only when the file or its history changed."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from watcher.adapters.catalogs import files
from watcher.adapters.catalogs.exports import EXPORTS
from watcher.adapters.catalogs.exports.as_page import policy
from watcher.adapters.catalogs.exports.edition import Edition
from watcher.adapters.catalogs.git_dates import standing_since
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.domain.errors import UsageError
from watcher.domain.paper import PaperId

MEDIA_TYPES: Final[Mapping[str, str]] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "bibtex": "text/x-bibtex; charset=utf-8",
    "atom": "application/atom+xml",
    "html": "text/html; charset=utf-8",
}
_DATED: Final = "atom"  # the form for which the file's history is read
_Seen = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """The catalog in one form. `mark` changes whenever the bytes do; `policy` is a page's content security policy."""

    data: bytes
    media_type: str
    mark: str
    policy: str = ""


class Shelf:
    """Copies of one catalog file. Reading the same copy again costs a look at the file and one query."""

    def __init__(self, path: Path, added: Callable[[], Mapping[PaperId, datetime]], home: str = "") -> None:
        """`added` says when the bot added which paper, `home` where the page leads back to."""
        self._home = home
        self._path = path
        self._added = added
        self._lock = threading.Lock()
        self._edition: tuple[_Seen, Edition] | None = None
        self._copies: dict[str, tuple[_Seen, Copy]] = {}

    def copy(self, form: str) -> Copy:
        """The catalog as it stands now. Raises UsageError for an unknown form, CatalogError for a file that is none."""
        if form not in EXPORTS:
            raise UsageError(f"unknown form {form[:40]!r}", remedy=f"use one of {', '.join(EXPORTS)}")
        with self._lock:  # a form is made once, however many ask for it at the same time
            added = self._added()
            seen = (files.stamp(self._path), len(added), max(added.values(), default=None))
            standing = self._copies.get(form)
            if standing is None or standing[0] != seen:
                edition = self._read(seen, added)
                if form == _DATED:
                    edition = replace(edition, since=standing_since(self._path, edition.reading.entries))
                standing = (seen, self._made(form, edition))
                self._copies[form] = standing
            return standing[1]

    def _read(self, seen: _Seen, added: Mapping[PaperId, datetime]) -> Edition:
        if self._edition is None or self._edition[0] != seen:
            self._edition = (seen, Edition.of(read_entries(files.read(self._path), str(self._path)), added, self._home))
        return self._edition[1]

    @staticmethod
    def _made(form: str, edition: Edition) -> Copy:
        made = EXPORTS[form](edition)
        data = made.encode() if isinstance(made, str) else made
        return Copy(data, MEDIA_TYPES[form], hashlib.sha256(data).hexdigest()[:32], policy() if form == "html" else "")
