"""Exports the catalog as RIS, which EndNote, Zotero and Mendeley read.

Tags are those of Reference Manager's specification. RIS cannot say that there are further authors: if only the first is
known, a note says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from watcher.adapters.catalogs.exports.references import Person, Reference, references
from watcher.adapters.catalogs.exports.source import ExportSource
from watcher.domain.text import visible


def render(source: ExportSource) -> str:
    """The catalog as RIS: one record for each paper, with the line ends that the specification asks for."""
    return "\r\n".join(_record(reference) for reference in references(source))


def _record(reference: Reference) -> str:
    """The lines of a record, each with its line end; a value is always on one line."""
    lines = [f"{tag}  - {text}" for tag, value in _fields(reference) if (text := visible(value))]
    return "".join(f"{line}\r\n" for line in (*lines, "ER  - "))


def _fields(reference: Reference) -> Iterator[tuple[str, str]]:
    entry = reference.entry
    yield "TY", "CPAPER" if reference.is_published else "UNPB"
    yield "ID", reference.key
    yield "TI", entry.title
    for person in reference.authors:
        yield "AU", _name(person)
    yield "ST", reference.acronym
    yield "PY", str(reference.date[0]) if reference.date else ""
    yield "DA", "/".join(f"{part:02}" for part in reference.date) if len(reference.date) > 1 else ""
    yield "T2", entry.venue
    yield "DO", reference.doi
    yield "AN", reference.number
    yield "UR", reference.url
    for keyword in reference.keywords:
        yield "KW", keyword
    yield "AB", entry.summary
    for line in reference.annotations:
        yield "N1", line


def _name(person: Person) -> str:
    """An author's name as `Family, Given, Suffix`."""
    return ", ".join(part for part in (person.family, person.given, person.suffix) if part)
