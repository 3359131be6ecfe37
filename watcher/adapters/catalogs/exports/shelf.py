"""Caches the exports of a catalog file; an export is rendered again only if the file or its history has changed."""

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
from watcher.adapters.catalogs.exports.edition import ExportSource
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
_Version = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """The catalog in one format.

    `etag` is a hash of the data, for HTTP; `policy` is the content security policy of an HTML page, else "".
    """

    data: bytes
    media_type: str
    etag: str
    policy: str = ""


class ExportCache:
    """The exports of one catalog file. Getting an unchanged export costs one stat() and one query."""

    def __init__(self, path: Path, added: Callable[[], Mapping[PaperId, datetime]], home: str = "") -> None:
        """`added` gives when the bot added each paper; `home` is the URL that the page links back to."""
        self._home = home
        self._path = path
        self._added = added
        self._lock = threading.Lock()
        self._source: tuple[_Version, ExportSource] | None = None
        self._exports: dict[str, tuple[_Version, Export]] = {}

    def export(self, form: str) -> Export:
        """The catalog as it is now, in one format. Raises UsageError for an unknown format, CatalogError for an invalid
        file.
        """
        if form not in EXPORTS:
            raise UsageError(f"unknown form {form[:40]!r}", remedy=f"use one of {', '.join(EXPORTS)}")
        with self._lock:  # concurrent requests for the same format must render it only once
            added = self._added()
            # All that the exports depend on: the file, and the bot's additions to it.
            seen = (files.stamp(self._path), len(added), max(added.values(), default=None))
            standing = self._exports.get(form)
            if standing is None or standing[0] != seen:
                source = self._read(seen, added)
                if form == _DATED:
                    source = replace(source, since=standing_since(self._path, source.reading.entries))
                standing = (seen, self._rendered(form, source))
                self._exports[form] = standing
            return standing[1]

    def _read(self, seen: _Version, added: Mapping[PaperId, datetime]) -> ExportSource:
        if self._source is None or self._source[0] != seen:
            self._source = (
                seen,
                ExportSource.of(read_entries(files.read(self._path), str(self._path)), added, self._home),
            )
        return self._source[1]

    @staticmethod
    def _rendered(form: str, source: ExportSource) -> Export:
        made = EXPORTS[form](source)
        data = made.encode() if isinstance(made, str) else made
        return Export(
            data, MEDIA_TYPES[form], hashlib.sha256(data).hexdigest()[:32], policy() if form == "html" else ""
        )
