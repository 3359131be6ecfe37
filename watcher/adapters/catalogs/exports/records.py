"""Exports the catalog as JSON (schema: docs/schemas/catalog-export-1.schema.json) and as CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from watcher.adapters.catalogs.exports.source import ExportSource, url_of
from watcher.domain.catalog.catalog import CatalogEntry
from watcher.domain.catalog.shape import OWN_FIELDS
from watcher.words_ja.catalog import CSV_HEADINGS, SECTION
from watcher.words_ja.common import OWN_FIELD


def json_records(source: ExportSource) -> str:
    """Render the catalog as JSON: all entries, and the lines that could not be parsed."""
    reading = source.reading
    document = {
        "version": 1,
        "title": reading.title,
        "stated_total": reading.total.count if reading.total else None,
        "papers": [_json_paper(entry, source) for entry in reading.entries],
        "unread": [{"line": item.line, "reason": item.oddity.value, "text": item.text} for item in reading.unread],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _json_paper(entry: CatalogEntry, source: ExportSource) -> dict[str, Any]:
    added = source.added_at(entry)
    return {
        "key": source.anchors[entry.place],
        "section": entry.place.section.value,
        "number": entry.number,
        "title": entry.title,
        "summary": entry.summary,
        "authors": entry.authors,
        "notes": list(entry.notes),
        "arxiv_ids": [paper.native for paper in entry.ids if paper.source == "arxiv"],
        "url": url_of(entry) or None,
        "year": entry.year,
        "categories": list(entry.categories),
        "venue": entry.venue,
        "attention": entry.attention,
        "added": added.isoformat() if added else None,
        **({"fields": dict(entry.fields)} if entry.fields else {}),
    }


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def csv_records(source: ExportSource) -> bytes:
    """The catalog as CSV: one line for each paper under Japanese headings, with the line ends of RFC 4180. Fields that
    a catalog has beside the seven cells come last.

    The file begins with a byte order mark, without which Excel reads Japanese as Shift_JIS.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    entries = source.reading.entries
    own = [name for name in OWN_FIELDS if any(name in entry.fields for entry in entries)]
    writer.writerow((*CSV_HEADINGS, *(OWN_FIELD[name] for name in own)))
    for entry in entries:
        cells = (
            entry.number,
            entry.title,
            entry.summary,
            entry.authors,
            entry.year,
            "、".join(entry.categories),
            entry.venue,
            entry.attention,
            " ".join(paper.native for paper in entry.ids),
            url_of(entry),
            SECTION[entry.place.section],
            *(entry.fields.get(name, "") for name in own),
        )
        writer.writerow("" if cell is None else _inert(str(cell)) for cell in cells)
    return text.getvalue().encode("utf-8-sig")


def _inert(cell: str) -> str:
    """The cell with an apostrophe in front if a spreadsheet would take it for a formula (owasp.org, CSV Injection): titles
    are untrusted.
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
