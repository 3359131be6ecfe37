"""Exports the catalog (the list of papers) to JSON, CSV, references (BibTeX, RIS, CSL-JSON), an Atom feed, and an HTML
page.

To add a format, add a function that renders it to a module of this folder, and a line to EXPORTS.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from watcher.adapters.catalogs import files
from watcher.adapters.catalogs.exports.atom import catalog_feed
from watcher.adapters.catalogs.exports.html_page import html_page, policy
from watcher.adapters.catalogs.exports.records import csv_records, json_records
from watcher.adapters.catalogs.exports.references import bibtex, csl_json, ris
from watcher.adapters.catalogs.exports.source import ExportSource, standing_since
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.domain.catalog.shape import DEFAULT, Shape
from watcher.domain.errors import UsageError
from watcher.domain.papers.paper import PaperId

EXPORTS: Final[Mapping[str, Callable[[ExportSource], str | bytes]]] = {
    "json": json_records,
    "csv": csv_records,
    "bibtex": bibtex,
    "ris": ris,
    "csl-json": csl_json,
    "atom": catalog_feed,
    "html": html_page,
}
Authors = Callable[[Collection[PaperId]], Mapping[PaperId, Sequence[str]]]
"""A function that returns all authors of those of the given papers that are known."""
_MEDIA_TYPES: Final[Mapping[str, str]] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "bibtex": "text/x-bibtex; charset=utf-8",
    "ris": "application/x-research-info-systems; charset=utf-8",
    "csl-json": "application/vnd.citationstyles.csl+json",
    "atom": "application/atom+xml",
    "html": "text/html; charset=utf-8",
}
_DATED: Final = "atom"  # the form for which the file's history is read
_REFERENCES: Final = frozenset({"bibtex", "ris", "csl-json"})  # the forms for which all authors are asked for
_Version = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """The catalog converted to one format, ready to be served over HTTP.

    `etag` is a hash of the data; `policy` is the Content-Security-Policy of an HTML page, else "".
    """

    data: bytes
    media_type: str
    etag: str
    policy: str = ""


def exported(form: str, made: str | bytes) -> Export:
    """Wrap a catalog rendered in the format `form` as an Export, with its ETag and media type for HTTP."""
    data = made.encode() if isinstance(made, str) else made
    return Export(data, _MEDIA_TYPES[form], hashlib.sha256(data).hexdigest()[:32], policy() if form == "html" else "")


class ExportCache:
    """Cache of the exports of one catalog file, in all formats. Getting an unchanged export costs one stat() and one
    query.
    """

    def __init__(
        self,
        path: Path,
        added: Callable[[], Mapping[PaperId, datetime]],
        home: str = "",
        authors: Authors = lambda _: {},
        shape: Shape = DEFAULT,
        address: str = "/catalog",
    ) -> None:
        """`added` returns when the bot added each paper, `authors` all authors of papers; `home` is the URL that the
        HTML page links back to, `shape` the layout of the file, and `address` the path at which the exports are served.
        """
        self._shape = shape
        self._address = address
        self._home = home
        self._authors = authors
        self._path = path
        self._added = added
        self._lock = threading.Lock()
        self._source: tuple[_Version, ExportSource] | None = None
        self._exports: dict[str, tuple[_Version, Export]] = {}

    def export(self, form: str) -> Export:
        """The present catalog in one format, from the cache if the file is unchanged. Raises UsageError for an unknown
        format, CatalogError for an invalid file.
        """
        if form not in EXPORTS:
            raise UsageError(f"unknown form {form[:40]!r}", remedy=f"use one of {', '.join(EXPORTS)}")
        with self._lock:  # concurrent requests for the same format must render it only once
            added = self._added()
            # All that the exports depend on: the file, and the bot's additions to it.
            seen: _Version = (files.stamp(self._path), len(added), max(added.values(), default=None))
            source = None
            if form in _REFERENCES:
                source = self._read(seen, added)
                papers = [paper for entry in source.reading.entries for paper in entry.ids]
                source = replace(source, authors=self._authors(papers))
                seen = (*seen, source.authors)
            standing = self._exports.get(form)
            if standing is None or standing[0] != seen:
                source = source or self._read(seen, added)
                if form == _DATED:
                    source = replace(source, since=standing_since(self._path, source.reading.entries))
                standing = (seen, exported(form, EXPORTS[form](source)))
                self._exports[form] = standing
            return standing[1]

    def _read(self, seen: _Version, added: Mapping[PaperId, datetime]) -> ExportSource:
        if self._source is None or self._source[0] != seen:
            reading = read_entries(files.read(self._path), str(self._path), self._shape)
            source = replace(ExportSource.of(reading, added, self._home), address=self._address)
            self._source = (seen, source)
        return self._source[1]
