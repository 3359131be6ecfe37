"""Exports the catalog as JSON (schema: docs/schemas/catalog-export-1.schema.json)."""

from __future__ import annotations

import json
from typing import Any

from watcher.adapters.catalogs.exports.source import ExportSource, url_of
from watcher.domain.catalog.catalog import CatalogEntry


def render(source: ExportSource) -> str:
    """Render the catalog as JSON: all entries, and the lines that could not be parsed."""
    reading = source.reading
    document = {
        "version": 1,
        "title": reading.title,
        "stated_total": reading.total.count if reading.total else None,
        "papers": [_paper(entry, source) for entry in reading.entries],
        "unread": [{"line": item.line, "reason": item.oddity.value, "text": item.text} for item in reading.unread],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _paper(entry: CatalogEntry, source: ExportSource) -> dict[str, Any]:
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
