"""Findings for catalog rows whose attention level or venue differs from what services such as Semantic Scholar say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from watcher.domain.attention import AttentionRule, Signal, attention, current_level, figures
from watcher.domain.catalog import CatalogEntry, CatalogReading, Place, Section
from watcher.domain.catalog_finding import Evidence, Finding, FindingKind
from watcher.domain.catalog_match import Match
from watcher.domain.catalog_venue import is_pending, is_preprint, stated_venue
from watcher.domain.paper import Paper, PaperId

_UNKNOWN = "未調査"
_CONFIDENCE = 0.85  # services sometimes mix up the records of preprints


def signal_findings(
    reading: CatalogReading,
    truth: Mapping[Place, Match],
    signals: Mapping[PaperId, Sequence[Signal]],
    rule: AttentionRule,
    today: date,
) -> Iterator[Finding]:
    """Findings from the services' figures, row by row.

    Rows whose paper is not certain (`truth` has no match by id) are left out: their figures could be another paper's.
    """
    for entry in reading.rows:
        match = truth.get(entry.place)
        paper = match.paper if match and match.by_id else None
        said = signals.get(paper.id, ()) if paper else ()
        if paper is not None and said:
            yield from _venue(entry, paper, said)
            yield from _attention(entry, paper, said, rule, today)


def _venue(entry: CatalogEntry, paper: Paper, said: Sequence[Signal]) -> Iterator[Finding]:
    """A finding for a row without a venue, where a service knows one and the paper's own metadata names none."""
    found = next((signal for signal in said if signal.venue), None)
    # A venue that people wrote is never questioned by a service's word alone.
    open_yet = is_preprint(entry.venue) or is_pending(entry.venue)
    if found is None or not open_yet or stated_venue(paper) is not None or entry.place.section is not Section.TABLE:
        return
    evidence = Evidence(found.source, "DBLP", found.venue)
    yield Finding(FindingKind.VENUE, entry, "venue", entry.venue, found.venue, evidence, _CONFIDENCE)


def _attention(
    entry: CatalogEntry, paper: Paper, said: Sequence[Signal], rule: AttentionRule, today: date
) -> Iterator[Finding]:
    """A finding if the level changes, or if the row says that nobody has looked up the figures yet.

    New figures at the same level are no finding: they change every week.
    """
    current = current_level(entry.attention)
    cell = attention(figures(said, paper, today), rule, current)
    if not cell or (current == current_level(cell) and _UNKNOWN not in entry.attention):
        return
    sources = "、".join(sorted({signal.source for signal in said}))
    evidence = Evidence(sources, "citations, upvotes, stars", cell)
    yield Finding(FindingKind.ATTENTION, entry, "attention", entry.attention, cell, evidence, _CONFIDENCE)
