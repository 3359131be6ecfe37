"""A whole catalog and the papers its entries are about turned into all findings, in the order of the file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from watcher.domain.catalog import CatalogEntry, CatalogReading, Place, Section
from watcher.domain.catalog_check import entry_findings
from watcher.domain.catalog_finding import Evidence, Finding, FindingKind
from watcher.domain.catalog_match import CONFIDENT, Match, words
from watcher.domain.style import Style

_CATALOG = "catalog"


def findings(reading: CatalogReading, truth: Mapping[Place, Match], style: Style) -> tuple[Finding, ...]:
    """Everything to look at: entry by entry, then the document as a whole. Entries `truth` leaves out are not judged."""
    found: list[Finding] = []
    for entry in reading.entries:
        if entry.place in truth:
            found += entry_findings(entry, truth[entry.place], style)
    found += _order(reading.rows, found)
    found += _duplicates(reading.entries, truth)
    found += _numbering(reading.rows)
    found += _unlisted(reading)
    found += _total(reading)
    return tuple(found)


def _order(rows: Sequence[CatalogEntry], found: Sequence[Finding]) -> Iterator[Finding]:
    """Rows earlier than one above them, by the years that would stand if the proposals did."""
    proposed = {f.entry.place: int(f.proposal) for f in found if f.kind is FindingKind.YEAR and f.entry and f.proposal}
    latest, above = 0, ""
    for entry in rows:
        year = proposed.get(entry.place, entry.year)
        if year is None:
            continue
        if year < latest:
            evidence = Evidence(_CATALOG, "year", f"{above}: {latest}")
            yield Finding(FindingKind.ORDER, entry, "year", str(year), None, evidence, 0.9)
        else:
            latest, above = year, entry.title


def _duplicates(entries: Sequence[CatalogEntry], truth: Mapping[Place, Match]) -> Iterator[Finding]:
    """The same paper, or the same title, a second time."""
    seen: dict[str, list[CatalogEntry]] = defaultdict(list)
    for entry in entries:
        match = truth.get(entry.place)
        sure = match is not None and match.paper is not None and (match.by_id or match.confidence >= CONFIDENT)
        ids = {str(paper) for paper in entry.ids} | ({str(match.paper.id)} if sure and match and match.paper else set())
        keys = ids | {"".join(words(entry.title))} - {""}
        first = next((other for key in sorted(keys) for other in seen[key]), None)
        if first is not None:
            evidence = Evidence(_CATALOG, "line", f"{first.place.line}: {first.title}")
            yield Finding(FindingKind.DUPLICATE, entry, "title", entry.title, None, evidence, 0.95)
        for key in keys:
            seen[key].append(entry)


def _numbering(rows: Sequence[CatalogEntry]) -> Iterator[Finding]:
    expected = 0
    for entry in rows:
        if entry.number is None:
            continue
        expected += 1
        if entry.number != expected:
            evidence = Evidence(_CATALOG, "number", str(expected))
            yield Finding(FindingKind.NUMBER, entry, "title", str(entry.number), str(expected), evidence, 1.0)
            return  # one slip shifts all that follow; naming it once says it


def _unlisted(reading: CatalogReading) -> Iterator[Finding]:
    for entry in reading.entries:
        if entry.place.section is Section.ADDITIONS:
            evidence = Evidence(_CATALOG, "line", str(entry.place.line))
            yield Finding(FindingKind.UNLISTED, entry, "", entry.title, None, evidence, 1.0)


def _total(reading: CatalogReading) -> Iterator[Finding]:
    """A total that is not the number of rows is wrong; where papers stand below the table, people say what counts."""
    if reading.total is None:
        return
    stated, rows = reading.total.count, len([row for row in reading.rows if row.number is not None])
    if stated != rows or len(reading.entries) != stated:
        proposal = str(rows) if len(reading.entries) == rows else None
        evidence = Evidence(_CATALOG, "rows + additions", f"{rows} + {len(reading.entries) - len(reading.rows)}")
        yield Finding(FindingKind.TOTAL, None, "", str(stated), proposal, evidence, 1.0)
