"""Exports the catalog (the list of papers) to JSON, CSV, references (BibTeX, RIS, CSL-JSON), an Atom feed, and an HTML
page.

To add a format, add a module here and a line to EXPORTS.
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
from watcher.adapters.catalogs.exports import as_atom, as_bibtex, as_csl, as_csv, as_json, as_page, as_ris
from watcher.adapters.catalogs.exports.as_page import policy
from watcher.adapters.catalogs.exports.source import ExportSource
from watcher.adapters.catalogs.git_dates import standing_since
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.domain.catalog.shape import DEFAULT, Shape
from watcher.domain.errors import UsageError
from watcher.domain.papers.paper import PaperId

EXPORTS: Final[Mapping[str, Callable[[ExportSource], str | bytes]]] = {
    "json": as_json.render,
    "csv": as_csv.render,
    "bibtex": as_bibtex.render,
    "ris": as_ris.render,
    "csl-json": as_csl.render,
    "atom": as_atom.render,
    "html": as_page.render,
}


Authors = Callable[[Collection[PaperId]], Mapping[PaperId, Sequence[str]]]
"""A function that returns all authors of those of the given papers that are known."""


def export(
    document_text: str,
    form: str,
    added: Mapping[PaperId, datetime] | None = None,
    authors: Mapping[PaperId, Sequence[str]] | None = None,
) -> str | bytes:
    """Convert the Markdown text of a catalog to one of the formats in EXPORTS; `added` is when the bot added each paper
    (JSON, Atom), `authors` are all authors of a paper (references).

    Raises UsageError for an unknown format, CatalogError for a text that is no catalog.
    """
    render = EXPORTS.get(form)
    if render is None:
        raise UsageError(f"unknown form {form[:40]!r}", about="--format", remedy=f"use one of {', '.join(EXPORTS)}")
    source = ExportSource.of(read_entries(document_text.encode(), "catalog"), added or {})
    return render(replace(source, authors=authors or {}))


MEDIA_TYPES: Final[Mapping[str, str]] = {
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
    return Export(data, MEDIA_TYPES[form], hashlib.sha256(data).hexdigest()[:32], policy() if form == "html" else "")


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
                source = self._with_authors(self._read(seen, added))
                seen = (*seen, source.authors)
            standing = self._exports.get(form)
            if standing is None or standing[0] != seen:
                source = source or self._read(seen, added)
                if form == _DATED:
                    source = replace(source, since=standing_since(self._path, source.reading.entries))
                standing = (seen, exported(form, EXPORTS[form](source)))
                self._exports[form] = standing
            return standing[1]

    def _with_authors(self, source: ExportSource) -> ExportSource:
        papers = [paper for entry in source.reading.entries for paper in entry.ids]
        return replace(source, authors=self._authors(papers))

    def _read(self, seen: _Version, added: Mapping[PaperId, datetime]) -> ExportSource:
        if self._source is None or self._source[0] != seen:
            self._source = (
                seen,
                replace(
                    ExportSource.of(
                        read_entries(files.read(self._path), str(self._path), self._shape), added, self._home
                    ),
                    address=self._address,
                ),
            )
        return self._source[1]
