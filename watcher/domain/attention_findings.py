"""What services say of the catalog's papers turned into findings: another level of attention, a venue that took a paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from watcher.domain.attention import AttentionRule, Signal, attention, figures, standing_level
from watcher.domain.catalog import CatalogEntry, CatalogReading, Place, Section
from watcher.domain.catalog_finding import Evidence, Finding, FindingKind
from watcher.domain.catalog_match import Match
from watcher.domain.catalog_venue import is_pending, is_preprint, stated_venue
from watcher.domain.paper import Paper, PaperId

_UNKNOWN = "未調査"
_CONFIDENCE = 0.85


def signal_findings(
    reading: CatalogReading,
    truth: Mapping[Place, Match],
    signals: Mapping[PaperId, Sequence[Signal]],
    rule: AttentionRule,
    today: date,
) -> Iterator[Finding]:
    """What the figures say otherwise than the rows; entries whose paper is not sure are left out."""
    for entry in reading.rows:
        match = truth.get(entry.place)
        paper = match.paper if match and match.by_id else None
        said = signals.get(paper.id, ()) if paper else ()
        if paper is not None and said:
            yield from _venue(entry, paper, said)
            yield from _attention(entry, paper, said, rule, today)


def _venue(entry: CatalogEntry, paper: Paper, said: Sequence[Signal]) -> Iterator[Finding]:
    """A venue for a row that has none yet, where the paper's own metadata is silent."""
    found = next((signal for signal in said if signal.venue), None)
    open_yet = is_preprint(entry.venue) or is_pending(entry.venue)
    if found is None or not open_yet or stated_venue(paper) is not None or entry.place.section is not Section.TABLE:
        return
    evidence = Evidence(found.source, "DBLP", found.venue)
    yield Finding(FindingKind.VENUE, entry, "venue", entry.venue, found.venue, evidence, _CONFIDENCE)


def _attention(
    entry: CatalogEntry, paper: Paper, said: Sequence[Signal], rule: AttentionRule, today: date
) -> Iterator[Finding]:
    """Another level, or figures where nobody looked yet; figures that leave the level as it is are no news."""
    standing = standing_level(entry.attention)
    cell = attention(figures(said, paper, today), rule, standing)
    if not cell or (standing == standing_level(cell) and _UNKNOWN not in entry.attention):
        return
    sources = "、".join(sorted({signal.source for signal in said}))
    evidence = Evidence(sources, "citations, upvotes, stars", cell)
    yield Finding(FindingKind.ATTENTION, entry, "attention", entry.attention, cell, evidence, _CONFIDENCE)
