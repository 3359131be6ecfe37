"""Exports of the catalog: JSON, CSV, BibTeX, an Atom feed, and an HTML page.

To add a format, add a module here and a line to EXPORTS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from watcher.adapters.catalogs.exports import as_atom, as_bibtex, as_csv, as_json, as_page
from watcher.adapters.catalogs.exports.edition import ExportSource
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.domain.errors import UsageError
from watcher.domain.paper import PaperId

EXPORTS: Final[Mapping[str, Callable[[ExportSource], str | bytes]]] = {
    "json": as_json.render,
    "csv": as_csv.render,
    "bibtex": as_bibtex.render,
    "atom": as_atom.render,
    "html": as_page.render,
}


def export(document_text: str, form: str, added: Mapping[PaperId, datetime] | None = None) -> str | bytes:
    """Export the text of a catalog in one of the formats in EXPORTS; `added` is when the bot added each paper (JSON,
    Atom).

    Raises UsageError for an unknown format, CatalogError for a text that is no catalog.
    """
    render = EXPORTS.get(form)
    if render is None:
        raise UsageError(f"unknown form {form[:40]!r}", about="--format", remedy=f"use one of {', '.join(EXPORTS)}")
    return render(ExportSource.of(read_entries(document_text.encode(), "catalog"), added or {}))
