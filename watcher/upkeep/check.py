"""Checks the catalog against arXiv and other services, and records proposals to correct it (`propose`). `check`
compares everything (e.g. titles, venues, order, duplicates) when a command asks for it. `Refresh` looks up all papers
once a week for what changes after a row was written: venue, title, withdrawal, and attention level (low, middle or
high, by citations, upvotes and GitHub stars).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from watcher.domain.catalog.attention import AttentionRule, signal_findings
from watcher.domain.catalog.catalog import CatalogEntry, CatalogReading, Place
from watcher.domain.catalog.check import Finding, FindingKind, entry_findings, findings, fitting
from watcher.domain.catalog.match import CONFIDENT, FoundWork, Match, best, query_for
from watcher.domain.catalog.proposals import Ending, ProposalOutcome, ProposalState, proposals, still_applies
from watcher.domain.errors import FeedError
from watcher.domain.papers.paper import Paper
from watcher.domain.summaries.style import Style
from watcher.ports import Catalog, Enricher, Metadata, Store
from watcher.upkeep.enrich import Gathered, gather

Progress = Callable[[int, int], None]
"""Called with (done, total)."""
LookUp = Callable[[Sequence[Paper]], Gathered]
"""Asks services about papers."""
Find = Callable[[str], Sequence[FoundWork]]
"""Asks a service for works with a title. Raises FeedError."""
NOTHING: Final = Gathered({}, ())
_MOST_SEARCHES = 10  # a service that everybody asks without a key is not asked for a whole catalog


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of checking the catalog: the parsed catalog, the paper that each entry is about, and the differences
    found.

    `trouble` is the error because of which the `unchecked` entries could not be compared with arXiv; `silent` are the
    errors of services that were asked for venues and did not answer.
    """

    reading: CatalogReading
    truth: Mapping[Place, Match]
    findings: tuple[Finding, ...]
    trouble: FeedError | None = None
    silent: tuple[str, ...] = ()

    @property
    def unchecked(self) -> tuple[CatalogEntry, ...]:
        """The catalog entries that were not compared with arXiv."""
        return tuple(entry for entry in self.reading.entries if entry.place not in self.truth)


def check(
    reading: CatalogReading,
    metadata: Metadata,
    style: Style,
    progress: Progress | None = None,
    look_up: LookUp | None = None,
    find: Find | None = None,
) -> Checked:
    """Compare every catalog entry with arXiv's metadata and with the venues that services state, without changing
    anything.

    `look_up` gets services' figures and venues for papers, `find` searches a service for titles that arXiv does not
    have; without them neither is done. If arXiv does not answer, all else is checked: total, order, numbers,
    duplicates, and papers outside the table.
    """
    truth: dict[Place, Match] = {}
    trouble = None
    try:
        truth.update(identify(reading, metadata, style.aliases, progress))  # keeps results from before a failure
    except FeedError as error:
        trouble = error
    sure = {place: match for place, match in truth.items() if match.by_id or match.confidence >= CONFIDENT}
    papers = {match.paper.id: match.paper for match in sure.values() if match.paper is not None}
    said = look_up(list(papers.values())) if look_up and papers else NOTHING
    silent = list(said.troubles)
    works: dict[Place, Sequence[FoundWork]] = {}
    lost = [entry for entry in reading.entries if entry.place in truth and entry.place not in sure]
    for entry in lost[:_MOST_SEARCHES]:
        if find is None or silent:
            break
        try:
            works[entry.place] = find(entry.title)
        except FeedError as error:
            silent.append(str(error))
    return Checked(reading, truth, findings(reading, truth, style, said.claims, works), trouble, tuple(silent))


def propose(
    reading: CatalogReading,
    found: Iterable[Finding],
    truth: Mapping[Place, Match],
    store: Store,
    *,
    run: str,
    now: datetime,
) -> int:
    """Record a proposal (a suggested change of the catalog) for every new finding of a check, and return how many there
    were.

    Open proposals that no longer apply to the catalog are closed.
    """
    for one in store.proposals.all():
        if (
            one.state is ProposalState.OPEN
            and one.proposal.after is not None
            and not still_applies(reading, one.proposal)
        ):
            store.proposals.add_outcome(one.number, ProposalOutcome(Ending.OVERTAKEN, "", now))
    return store.proposals.add(list(proposals(found, truth)), run, now)


def identify(
    reading: CatalogReading,
    metadata: Metadata,
    common: Collection[str],
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[tuple[Place, Match]]:
    """Find the arXiv paper of each catalog entry: one lookup for all ids, then one search for each entry without an id.

    `common` are abbreviations too frequent to identify a paper. `progress` is called with (done, total) after each
    search, which takes some seconds because of arXiv's rate limit. Raises FeedError, after yielding the matches known
    by then.
    """
    yield from _by_id(reading, metadata)
    unnamed = [entry for entry in reading.entries if not entry.ids]
    for done, entry in enumerate(unnamed, 1):
        yield entry.place, best(entry, metadata.search(query_for(entry, common)), common)
        if progress:
            progress(done, len(unnamed))


# Changes that happen to a paper after its row was written; `catalog check` looks for all others.
_HAPPENS = frozenset({FindingKind.TITLE, FindingKind.VENUE, FindingKind.WITHDRAWN})


def _by_id(reading: CatalogReading, metadata: Metadata) -> Iterator[tuple[Place, Match]]:
    """Look up the papers of the entries that state an id. Raises FeedError."""
    known = metadata.lookup({paper for entry in reading.entries for paper in entry.ids})
    for entry in reading.entries:
        if entry.ids:
            paper = next((known[named] for named in entry.ids if named in known), None)
            yield entry.place, Match(paper, 1.0 if paper else 0.0, by_id=True)


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
        # Entries without an id are left to the check of the catalog, which searches.
        truth = {place: match for place, match in _by_id(reading, self.metadata) if match.paper is not None}
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


def _place(finding: Finding) -> int:
    """The line of a finding's catalog entry, to sort by."""
    return finding.entry.place.line if finding.entry else 0
