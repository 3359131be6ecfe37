"""What services said comes back by paper and source, the latest first of all."""

from __future__ import annotations

from datetime import timedelta

from tests.adapters.store.steps import with_card
from tests.factories import NOW, RUN
from watcher.adapters.store import SqlStore
from watcher.domain.catalog.attention import Signal
from watcher.domain.catalog.venue_claims import Trust, VenueClaim
from watcher.domain.facts import Enrichment
from watcher.domain.papers.paper import PaperId

CLAIMS = (VenueClaim("s2", "externalIds.ACL", "2026.acl-long.1", "ACL 2026", Trust.RECORD, "T", "1-9", "long"),)
ONE, TWO = PaperId("arxiv", "2606.00001"), PaperId("arxiv", "2606.00002")


def test_the_latest_signal_of_every_source_counts(store: SqlStore) -> None:
    old = Signal(ONE, "s2", NOW, citations=1)
    new = Signal(ONE, "s2", NOW + timedelta(days=8), citations=2, doi="10.1145/1", claims=CLAIMS)
    other = Signal(ONE, "hf", NOW, upvotes=3, stars=4, repository="a/b")
    store.services.add_signals([old, other, new, Signal(TWO, "s2", NOW)])
    store.services.add_signals([])

    assert list(store.services.signals([ONE])) == [other, new]
    assert list(store.services.signals([ONE], since=NOW)) == [new]
    assert store.services.signals([]) == []


def test_a_card_shows_what_was_found_and_the_first_finding_stays(store: SqlStore) -> None:
    number = with_card(store, "2606.00001")
    unknown = store.cards.get(number).cells
    store.services.add_enrichments({number: Enrichment("", "中 (被引用 35)", ("s2",))}, RUN, NOW)
    store.services.add_enrichments({number: Enrichment("ICML 2026", "高 (被引用 350)", ("s2",))}, RUN, NOW)

    cells = store.cards.get(number).cells
    assert (cells.attention, cells.venue) == ("中 (被引用 35)", unknown.venue)
    assert unknown.attention == "低 (新着、注目度は未調査)"
