"""The catalog turned into other forms: JSON, CSV, BibTeX, an Atom feed of additions, a page for any static host.

A new form is one file here and one line in EXPORTS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from watcher.adapters.catalogs.exports import as_atom, as_bibtex, as_csv, as_json, as_page
from watcher.adapters.catalogs.exports.edition import Edition
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.domain.errors import UsageError
from watcher.domain.paper import PaperId

EXPORTS: Final[Mapping[str, Callable[[Edition], str | bytes]]] = {
    "json": as_json.render,
    "csv": as_csv.render,
    "bibtex": as_bibtex.render,
    "atom": as_atom.render,
    "html": as_page.render,
}


def export(document_text: str, form: str, added: Mapping[PaperId, datetime] | None = None) -> str | bytes:
    """The catalog's text in one of EXPORTS; `added` says when the bot added which paper (JSON and Atom use it).

    Raises UsageError for an unknown form, CatalogError for a text that is no catalog.
    """
    render = EXPORTS.get(form)
    if render is None:
        raise UsageError(f"unknown form {form[:40]!r}", about="--format", remedy=f"use one of {', '.join(EXPORTS)}")
    return render(Edition.of(read_entries(document_text.encode(), "catalog"), added or {}))
