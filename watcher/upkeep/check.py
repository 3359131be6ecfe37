"""The whole catalog against arXiv -> findings, and proposals of what a curator may accept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from watcher.domain.catalog import CatalogEntry, CatalogReading, Place
from watcher.domain.catalog_finding import Finding
from watcher.domain.catalog_findings import findings
from watcher.domain.catalog_match import Match
from watcher.domain.errors import FeedError
from watcher.domain.proposal import Ending, ProposalOutcome, ProposalState
from watcher.domain.proposals import proposals, still_applies
from watcher.domain.style import Style
from watcher.ports import Metadata, Store
from watcher.upkeep.identify import identify

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Checked:
    """What the catalog says, which papers its entries are about, and what is the matter.

    `trouble` is why arXiv could not be asked about the `unchecked` entries, whose cells were not looked at.
    """

    reading: CatalogReading
    truth: Mapping[Place, Match]
    findings: tuple[Finding, ...]
    trouble: FeedError | None = None

    @property
    def unchecked(self) -> tuple[CatalogEntry, ...]:
        """The entries that were not held against arXiv."""
        return tuple(entry for entry in self.reading.entries if entry.place not in self.truth)


def check(reading: CatalogReading, metadata: Metadata, style: Style, progress: Progress | None = None) -> Checked:
    """Hold every entry against arXiv; changes nothing. Where arXiv does not answer the rest is looked at all the same:
    the total, the order, the numbers, duplicates, and papers that are in no row.
    """
    truth: dict[Place, Match] = {}
    trouble = None
    try:
        truth.update(identify(reading, metadata, style.aliases, progress))  # keeps what came before a failure
    except FeedError as error:
        trouble = error
    return Checked(reading, truth, findings(reading, truth, style), trouble)


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
        if (
            one.state is ProposalState.OPEN
            and one.proposal.after is not None
            and not still_applies(reading, one.proposal)
        ):
            store.add_proposal_outcome(one.number, ProposalOutcome(Ending.OVERTAKEN, "", now))
    return store.add_proposals(list(proposals(found, truth)), run, now)
