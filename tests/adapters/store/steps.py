"""Steps that bring a store to where a test begins."""

from __future__ import annotations

from tests.factories import NOW, RUN, a_relevance, a_screening, a_summary, a_topic, an_announcement
from watcher.adapters.store import SqlStore
from watcher.domain.facts import Decision, Verdict
from watcher.domain.papers.paper import PaperId

TOPIC = a_topic()


def announce(store: SqlStore, *natives: str) -> list[int]:
    store.papers.announce([an_announcement(native) for native in natives], [TOPIC], RUN, NOW)
    return [store.papers.numbers_of(PaperId("arxiv", native))[0] for native in natives]


def passed(store: SqlStore, *natives: str, priority: int = 0) -> list[int]:
    numbers = announce(store, *natives)
    store.papers.add_screenings([(number, a_screening(priority=priority)) for number in numbers], RUN, NOW)
    return numbers


def with_card(store: SqlStore, native: str = "2606.00001") -> int:
    (number,) = passed(store, native)
    store.scoring.batches(TOPIC.slug, 10, None)
    store.scoring.add_relevances([(number, a_relevance())], [], RUN, NOW)
    store.summaries.add(number, a_summary(), RUN, NOW)
    return number


def decide(store: SqlStore, number: int, verdict: Verdict, curator: str = "hana") -> bool:
    return store.cards.decide(number, Decision(verdict, curator, NOW, "web"))
