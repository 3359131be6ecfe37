"""Asks outside services for citations, upvotes and venues of papers, each at most once a week, and fills the cells of
new cards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from watcher.domain.catalog.attention import AttentionRule, Signal, attention, figures
from watcher.domain.catalog.venue import is_preprint
from watcher.domain.catalog.venue_claims import ARXIV, VenueClaim, weigh
from watcher.domain.curation.card import Card
from watcher.domain.errors import WatcherError
from watcher.domain.facts import Enrichment
from watcher.domain.papers.paper import Paper, PaperId
from watcher.ports import Enricher, Store

# Services are asked for many papers in one request, about three requests a day, so a week is polite and fresh enough.
FRESH = timedelta(days=7)
"""How long figures of a service are used before it is asked again."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The stored answers of services about papers (citations, upvotes, venues), by paper, and the errors of services
    that did not answer.
    """

    signals: Mapping[PaperId, Sequence[Signal]]
    troubles: tuple[str, ...]

    @property
    def claims(self) -> Mapping[PaperId, Sequence[VenueClaim]]:
        """The services' statements about where each paper was published, by paper."""
        return {paper: claims_of(found) for paper, found in self.signals.items()}


def claims_of(signals: Iterable[Signal]) -> tuple[VenueClaim, ...]:
    """The statements about where a paper was published in the answers of services about it."""
    return tuple(claim for signal in signals for claim in signal.claims)


def gather(
    papers: Collection[PaperId],
    enrichers: Sequence[Enricher],
    store: Store,
    now: datetime,
    of: Collection[Paper] = (),
) -> Gathered:
    """Ask every service about those papers for which its stored answer is older than a week, and return all stored
    answers. A failing service does not affect the others.

    Services are told the DOIs that are known: those that other services gave, and those in the metadata of the papers
    in `of`.
    """
    stated = {paper.id: [Signal(paper.id, ARXIV, now, doi=paper.doi)] for paper in of if paper.doi}
    troubles: list[str] = []
    for enricher in enrichers:
        known = _by_paper(store.services.signals(papers))
        fresh = {
            p for p, found in known.items() if any(s.source == enricher.name and s.at > now - FRESH for s in found)
        }
        missing = sorted(set(papers) - fresh)
        if not missing:
            continue
        try:
            told = {paper: [*stated.get(paper, ()), *known.get(paper, ())] for paper in missing}
            store.services.add_signals(enricher.signals(missing, told, now))
        except WatcherError as error:
            troubles.append(str(error))
    return Gathered(_by_paper(store.services.signals(papers)), tuple(troubles))


def enrich(
    cards: Sequence[Card], enrichers: Sequence[Enricher], rule: AttentionRule, store: Store, *, run: str, now: datetime
) -> Sequence[str]:
    """Look up venue and attention (citations, upvotes, stars) for cards that have not been posted, and record them for
    their cells; return the errors of services.

    A cell for which nothing is found stays as it is.
    """
    if not (cards and enrichers):
        return ()
    gathered = gather({card.candidate.paper.id for card in cards}, enrichers, store, now)
    made = {
        card.candidate.number: _made(card, gathered.signals.get(card.candidate.paper.id, ()), rule, now)
        for card in cards
    }
    store.services.add_enrichments({number: one for number, one in made.items() if one.sources}, run, now)
    return gathered.troubles


def _made(card: Card, signals: Sequence[Signal], rule: AttentionRule, now: datetime) -> Enrichment:
    """The enrichment (venue and attention) of one card."""
    cell = attention(figures(signals, card.candidate.paper, now.date()), rule)
    said = weigh(card.candidate.paper, claims_of(signals))
    venue = said.text if is_preprint(card.cells.venue) and said.sure else ""  # the paper's own metadata goes before
    counted = {s.source for s in signals if cell and (s.citations, s.upvotes, s.stars) != (None, None, None)}
    return Enrichment(venue, cell, tuple(sorted(counted | {claim.source for claim in said.for_it if venue})))


def _by_paper(signals: Sequence[Signal]) -> dict[PaperId, list[Signal]]:
    """The services' figures grouped by paper."""
    found: defaultdict[PaperId, list[Signal]] = defaultdict(list)
    for signal in signals:
        found[signal.paper].append(signal)
    return dict(found)
