"""Exports the catalog as CSL-JSON, the input of Pandoc, Zotero and every citeproc (citation-style-language/schema,
1.0.2).

CSL cannot say that there are further authors: if only the first is known, an annotation says so.
"""

from __future__ import annotations

import json
from typing import Any

from watcher.adapters.catalogs.exports.references import Person, Reference, references
from watcher.adapters.catalogs.exports.source import ExportSource
from watcher.domain.text import visible


def render(source: ExportSource) -> str:
    """The catalog as a JSON array of CSL items, one for each paper."""
    return json.dumps(list(map(_item, references(source))), ensure_ascii=False, indent=2) + "\n"


def _item(reference: Reference) -> dict[str, Any]:
    entry = reference.entry
    item: dict[str, Any] = {
        "id": reference.key,
        "type": "paper-conference" if reference.is_published else "article",
        "title": visible(entry.title),
        "title-short": visible(reference.acronym),
        "author": list(map(_name, reference.authors)),
        "issued": {"date-parts": [list(reference.date)]} if reference.date else None,
        "container-title" if reference.is_published else "publisher": visible(entry.venue),
        "number": reference.number,
        "DOI": reference.doi,
        "URL": reference.url,
        "keyword": visible(", ".join(reference.keywords)),
        "abstract": visible(entry.summary),
        "annote": "\n".join(map(visible, reference.annotations)),
    }
    return {name: value for name, value in item.items() if value}


def _name(person: Person) -> dict[str, str]:
    if person.whole:
        return {"literal": visible(person.family)}
    parts = {"family": person.family, "given": person.given, "suffix": person.suffix}
    return {name: visible(part) for name, part in parts.items() if part}
