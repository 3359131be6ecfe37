"""The weekly refresh of the catalog: looks up all its papers again and proposes changes for venues, titles, withdrawals
and attention.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from watcher.domain.catalog.attention import AttentionRule, signal_findings
from watcher.domain.catalog.catalog import CatalogReading, Place
from watcher.domain.catalog.check import Finding, FindingKind, entry_findings
from watcher.domain.catalog.findings import fitting
from watcher.domain.catalog.match import Match
from watcher.domain.summaries.style import Style
from watcher.ports import Catalog, Enricher, Metadata, Store
from watcher.upkeep.check import propose
from watcher.upkeep.enrich import gather

# Changes that happen to a paper after its row was written; `catalog check` looks for all others.
_HAPPENS = frozenset({FindingKind.TITLE, FindingKind.VENUE, FindingKind.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The result of a weekly refresh of the catalog: numbers of papers looked up and of new proposals, and errors of
    services that did not answer.
    """

    papers: int
    proposed: int
    troubles: tuple[str, ...]


@dataclass(frozen=True)
class Refresh:
    """A callable that looks up every paper in the catalog for accepted venues, changed titles, withdrawals and another
    attention level, and proposes the changes to curators.
    """

    document: Catalog
    metadata: Metadata
    enrichers: Sequence[Enricher]
    rule: AttentionRule
    style: Style
    store: Store

    def __call__(self, run: str, now: datetime) -> Refreshed:
        """Look up all papers and record proposals. Raises FeedError if arXiv does not answer, CatalogError for an
        unreadable file.
        """
        reading = self.document.read()
        truth = self._truth(reading)
        papers = {match.paper.id: match.paper for match in truth.values() if match.paper is not None}
        gathered = gather(papers, self.enrichers, self.store, now, papers.values())
        told = list(signal_findings(reading, truth, gathered.signals, self.rule, now.date()))
        claims = gathered.claims
        for entry in reading.entries:
            match = truth.get(entry.place)
            if match is not None and match.paper is not None:
                found = entry_findings(entry, match, self.style, claims.get(match.paper.id, ()))
                told += [finding for finding in found if finding.kind in _HAPPENS]
        ordered: list[Finding] = sorted(fitting(told, reading.shape), key=_place)
        proposed = propose(reading, ordered, truth, self.store, run=run, now=now)
        return Refreshed(len(papers), proposed, gathered.troubles)

    def _truth(self, reading: CatalogReading) -> dict[Place, Match]:
        """The papers of the entries that state an id. Entries without one are left to the catalog check, which
        searches.
        """
        known = self.metadata.lookup({paper for entry in reading.entries for paper in entry.ids})
        found = {entry.place: next((known[p] for p in entry.ids if p in known), None) for entry in reading.entries}
        return {place: Match(paper, 1.0, by_id=True) for place, paper in found.items() if paper is not None}


def _place(finding: Finding) -> int:
    """The line of a finding's catalog entry, to sort by."""
    return finding.entry.place.line if finding.entry else 0
