"""Checks the whole catalog against arXiv, and records proposals for what it finds."""

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
"""Called with (done, total)."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a check: the parsed catalog, the paper of each entry, and the findings.

    `trouble` is the error because of which the `unchecked` entries could not be compared with arXiv.
    """

    reading: CatalogReading
    truth: Mapping[Place, Match]
    findings: tuple[Finding, ...]
    trouble: FeedError | None = None

    @property
    def unchecked(self) -> tuple[CatalogEntry, ...]:
        """The entries that were not compared with arXiv."""
        return tuple(entry for entry in self.reading.entries if entry.place not in self.truth)


def check(reading: CatalogReading, metadata: Metadata, style: Style, progress: Progress | None = None) -> Checked:
    """Compare every entry with arXiv; changes nothing.

    If arXiv does not answer, all else is checked: total, order, numbers, duplicates, and papers outside the table.
    """
    truth: dict[Place, Match] = {}
    trouble = None
    try:
        truth.update(identify(reading, metadata, style.aliases, progress))  # keeps results from before a failure
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
    """Record a proposal for every new finding, and return how many there were.

    Open proposals that no longer apply to the catalog are closed.
    """
    for one in store.suggestions():
        if (
            one.state is ProposalState.OPEN
            and one.proposal.after is not None
            and not still_applies(reading, one.proposal)
        ):
            store.add_proposal_outcome(one.number, ProposalOutcome(Ending.OVERTAKEN, "", now))
    return store.add_proposals(list(proposals(found, truth)), run, now)
