"""Collects all findings (differences and errors) of a check of the catalog: those about each entry, and those about
order, numbering, duplicates and the stated total.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from watcher.domain.catalog.catalog import CatalogEntry, CatalogReading, Place, Section
from watcher.domain.catalog.check import Evidence, Finding, FindingKind, entry_findings
from watcher.domain.catalog.match import CONFIDENT, FoundWork, Match
from watcher.domain.catalog.shape import Numbering, Order, Sections, Shape
from watcher.domain.catalog.venue_claims import VenueClaim
from watcher.domain.facts import Cells
from watcher.domain.papers.paper import PaperId
from watcher.domain.text import title_words

if TYPE_CHECKING:
    from watcher.domain.summaries.style import Style

VenueClaims = Mapping[PaperId, Sequence[VenueClaim]]
"""What services say about the venues of papers."""
NO_CLAIMS: Final[VenueClaims] = MappingProxyType({})
FoundWorks = Mapping[Place, Sequence[FoundWork]]
"""What services found for the titles of entries."""
NO_WORKS: Final[FoundWorks] = MappingProxyType({})
_CATALOG = "catalog"


def findings(
    reading: CatalogReading,
    truth: Mapping[Place, Match],
    style: Style,
    claims: VenueClaims = NO_CLAIMS,
    works: FoundWorks = NO_WORKS,
) -> tuple[Finding, ...]:
    """Everything that a check finds wrong in a catalog: entry by entry, then about the document as a whole.

    `truth` maps entries to the arXiv papers they are about; entries missing in it are skipped. `claims` are statements
    of services about the papers' venues, `works` what services found for the titles of entries without a certain paper.
    """
    found: list[Finding] = []
    for entry in reading.entries:
        if entry.place in truth:
            match = truth[entry.place]
            said = claims.get(match.paper.id, ()) if match.paper else ()
            found += entry_findings(entry, match, style, said, works.get(entry.place, ()))
    found = _one_question_of_years(found)
    if reading.shape.sections is not Sections.TOPIC:  # after the entries: it uses the years that their findings propose
        newest_first = reading.shape.order is Order.NEWEST_FIRST
        found += _order(reading.rows[::-1] if newest_first else reading.rows, found)
    found += _duplicates(reading.entries, truth)
    if reading.shape.numbering is Numbering.RISING and not reading.shape.restarts:
        found += _numbering(reading.rows)
    found += _unlisted(reading)
    found += _total(reading)
    return fitting(found, reading.shape)


def _one_question_of_years(found: Sequence[Finding]) -> list[Finding]:
    """The findings with one question instead of many about rows that state the year of the venue: whether that year
    counts is decided once for the catalog.
    """
    asked = [one for one in found if one.kind is FindingKind.YEAR and one.proposal is None and one.entry]
    if len(asked) < 2:
        return list(found)
    rows = "; ".join(f"{one.entry.title} ({one.evidence.value})" for one in asked if one.entry)
    first = replace(asked[0], evidence=replace(asked[0].evidence, value=rows))
    return [first if one is asked[0] else one for one in found if one not in asked[1:]]


def fitting(found: Iterable[Finding], shape: Shape) -> tuple[Finding, ...]:
    """Filter findings: leave out those about cells that a catalog of this shape does not have."""
    links = {FindingKind.LINK, FindingKind.WRONG_LINK}
    others = frozenset(Cells.names()) - shape.cells
    return tuple(finding for finding in found if finding.kind in links or finding.cell not in others)


def _order(rows: Sequence[CatalogEntry], found: Sequence[Finding]) -> Iterator[Finding]:
    """Rows with an earlier year than a row above them, by the years as they would be with all proposals accepted."""
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
    """Entries whose paper or title already occurred above."""
    seen: dict[str, list[CatalogEntry]] = defaultdict(list)
    for entry in entries:
        match = truth.get(entry.place)
        sure = match is not None and match.paper is not None and (match.by_id or match.confidence >= CONFIDENT)
        ids = {str(paper) for paper in entry.ids} | ({str(match.paper.id)} if sure and match and match.paper else set())
        # Both ids and titles, since one of two entries for a paper often lacks its id.
        keys = ids | {"".join(title_words(entry.title))} - {""}
        first = next((other for key in sorted(keys) for other in seen[key]), None)
        if first is not None:
            evidence = Evidence(_CATALOG, "line", f"{first.place.line}: {first.title}")
            yield Finding(FindingKind.DUPLICATE, entry, "title", entry.title, None, evidence, 0.95)
        for key in keys:
            seen[key].append(entry)


def _numbering(rows: Sequence[CatalogEntry]) -> Iterator[Finding]:
    """The first row whose number is not the expected one."""
    expected = 0
    for entry in rows:
        if entry.number is None:
            continue
        expected += 1
        if entry.number != expected:
            evidence = Evidence(_CATALOG, "number", str(expected))
            yield Finding(FindingKind.NUMBER, entry, "title", str(entry.number), str(expected), evidence, 1.0)
            return  # one wrong number shifts all that follow, so one finding is enough


def _unlisted(reading: CatalogReading) -> Iterator[Finding]:
    """Every paper that stands below the table instead of in it."""
    for entry in reading.entries:
        if entry.place.section is Section.ADDITIONS:
            evidence = Evidence(_CATALOG, "line", str(entry.place.line))
            yield Finding(FindingKind.UNLISTED, entry, "", entry.title, None, evidence, 1.0)


def _total(reading: CatalogReading) -> Iterator[Finding]:
    """A finding if the stated total is not the number of rows.

    Where papers stand below the table too, no number is proposed: people decide what is counted.
    """
    if reading.total is None:
        return
    numbered = reading.shape.numbering is not Numbering.NONE
    stated, rows = reading.total.count, len([row for row in reading.rows if row.number is not None or not numbered])
    if stated != rows or len(reading.entries) != stated:
        proposal = str(rows) if len(reading.entries) == rows else None
        evidence = Evidence(_CATALOG, "rows + additions", f"{rows} + {len(reading.entries) - len(reading.rows)}")
        yield Finding(FindingKind.TOTAL, None, "", str(stated), proposal, evidence, 1.0)
