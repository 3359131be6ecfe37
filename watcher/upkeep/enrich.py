"""Papers -> Signal, asked of each service once a week at most, and -> Enrichment for cards that are about to be posted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from watcher.domain.attention import AttentionRule, Signal, attention, figures
from watcher.domain.card import Card
from watcher.domain.catalog_venue import is_preprint
from watcher.domain.errors import WatcherError
from watcher.domain.facts import Enrichment
from watcher.domain.paper import PaperId
from watcher.ports import Enricher, Store

# Services are asked for lists (three questions a day, whatever the number of papers), and believed for this long.
FRESH = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What services say of papers, old news where they did not answer, and which of them did not."""

    signals: Mapping[PaperId, Sequence[Signal]]
    troubles: tuple[str, ...]


def gather(papers: Collection[PaperId], enrichers: Sequence[Enricher], store: Store, now: datetime) -> Gathered:
    """Ask every service for what is not known since a week. One that fails hides no other and blocks nothing."""
    troubles: list[str] = []
    for enricher in enrichers:
        known = _by_paper(store.signals(papers))
        fresh = {
            p for p, found in known.items() if any(s.source == enricher.name and s.at > now - FRESH for s in found)
        }
        missing = sorted(set(papers) - fresh)
        if not missing:
            continue
        try:
            store.add_signals(enricher.signals(missing, known, now))
        except WatcherError as error:
            troubles.append(str(error))
    return Gathered(_by_paper(store.signals(papers)), tuple(troubles))


def enrich(
    cards: Sequence[Card], enrichers: Sequence[Enricher], rule: AttentionRule, store: Store, *, run: str, now: datetime
) -> Sequence[str]:
    """Record venue and attention for cards that nobody has seen yet; gives the services' failures.

    What is not found leaves the cell as it is: the paper's own metadata, or the catalog's words for what is unknown.
    """
    if not (cards and enrichers):
        return ()
    gathered = gather({card.candidate.paper.id for card in cards}, enrichers, store, now)
    made = {
        card.candidate.number: _made(card, gathered.signals.get(card.candidate.paper.id, ()), rule, now)
        for card in cards
    }
    store.add_enrichments({number: one for number, one in made.items() if one.sources}, run, now)
    return gathered.troubles


def _made(card: Card, signals: Sequence[Signal], rule: AttentionRule, now: datetime) -> Enrichment:
    cell = attention(figures(signals, card.candidate.paper, now.date()), rule)
    stated = next((signal.venue for signal in signals if signal.venue), "")
    venue = stated if is_preprint(card.cells.venue) else ""
    counted = {s.source for s in signals if cell and (s.citations, s.upvotes, s.stars) != (None, None, None)}
    return Enrichment(venue, cell, tuple(sorted(counted | {s.source for s in signals if venue and s.venue})))


def _by_paper(signals: Sequence[Signal]) -> dict[PaperId, list[Signal]]:
    found: defaultdict[PaperId, list[Signal]] = defaultdict(list)
    for signal in signals:
        found[signal.paper].append(signal)
    return dict(found)
