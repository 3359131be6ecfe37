"""The whole catalog against arXiv -> findings, and proposals of what a curator may accept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from watcher.domain.catalog import CatalogReading, Place
from watcher.domain.catalog_finding import Finding
from watcher.domain.catalog_findings import findings
from watcher.domain.catalog_match import Match
from watcher.domain.proposal import Ending, ProposalOutcome, ProposalState
from watcher.domain.proposals import holds, proposals
from watcher.domain.style import Style
from watcher.ports import Metadata, Store
from watcher.upkeep.identify import identify

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Checked:
    """What the catalog says, which papers its entries are about, and what is the matter."""

    reading: CatalogReading
    truth: Mapping[Place, Match]
    findings: tuple[Finding, ...]


def check(reading: CatalogReading, metadata: Metadata, style: Style, progress: Progress | None = None) -> Checked:
    """Hold every entry against arXiv; changes nothing. Raises FeedError."""
    truth = identify(reading, metadata, style.aliases, progress)
    return Checked(reading, truth, findings(reading, truth, style))


def propose(
    reading: CatalogReading,
    found: Iterable[Finding],
    truth: Mapping[Place, Match],
    store: Store,
    *,
    run: str,
    now: datetime,
) -> int:
    """Record a proposal for every finding that is new; gives how many were.

    Open proposals that the catalog no longer gives any reason for are closed.
    """
    for one in store.suggestions():
        if one.state is ProposalState.OPEN and one.proposal.after is not None and not holds(reading, one.proposal):
            store.add_proposal_outcome(one.number, ProposalOutcome(Ending.OVERTAKEN, "", now))
    return store.add_proposals(list(proposals(found, truth)), run, now)
