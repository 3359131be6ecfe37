"""The catalog's papers looked up again -> proposals of what has happened to them since: the weekly round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from watcher.domain.attention import AttentionRule
from watcher.domain.attention_findings import signal_findings
from watcher.domain.catalog import CatalogReading, Place
from watcher.domain.catalog_check import entry_findings
from watcher.domain.catalog_finding import Finding, FindingKind
from watcher.domain.catalog_match import Match
from watcher.domain.style import Style
from watcher.ports import Catalog, Enricher, Metadata, Store
from watcher.upkeep.check import propose
from watcher.upkeep.enrich import gather

# What happens to a paper after its row was written; all else a check of the catalog looks for.
_HAPPENS = frozenset({FindingKind.TITLE, FindingKind.VENUE, FindingKind.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Refreshed:
    """How many papers were looked up, what of it is new to the curators, and which services did not answer."""

    papers: int
    proposed: int
    troubles: tuple[str, ...]


@dataclass(frozen=True)
class Refresh:
    """Looks up every paper that the catalog names: accepted venues, changed titles, withdrawals, another attention."""

    document: Catalog
    metadata: Metadata
    enrichers: Sequence[Enricher]
    rule: AttentionRule
    style: Style
    store: Store

    def __call__(self, run: str, now: datetime) -> Refreshed:
        """Look, and propose what is new. Raises FeedError, CatalogError."""
        reading = self.document.read()
        truth = self._truth(reading)
        papers = {match.paper.id for match in truth.values() if match.paper is not None}
        gathered = gather(papers, self.enrichers, self.store, now)
        told = list(signal_findings(reading, truth, gathered.signals, self.rule, now.date()))
        venues = {finding.entry.place for finding in told if finding.entry and finding.kind is FindingKind.VENUE}
        found = [
            finding
            for entry in reading.entries
            if entry.place in truth
            for finding in entry_findings(entry, truth[entry.place], self.style)
            if finding.kind in _HAPPENS and not (finding.kind is FindingKind.VENUE and entry.place in venues)
        ]
        ordered: list[Finding] = sorted([*found, *told], key=_place)
        proposed = propose(reading, ordered, truth, self.store, run=run, now=now)
        return Refreshed(len(papers), proposed, gathered.troubles)

    def _truth(self, reading: CatalogReading) -> dict[Place, Match]:
        """The papers that entries name by id; searching for the others is the check's work."""
        known = self.metadata.lookup({paper for entry in reading.entries for paper in entry.ids})
        found = {entry.place: next((known[p] for p in entry.ids if p in known), None) for entry in reading.entries}
        return {place: Match(paper, 1.0, by_id=True) for place, paper in found.items() if paper is not None}


def _place(finding: Finding) -> int:
    return finding.entry.place.line if finding.entry else 0
