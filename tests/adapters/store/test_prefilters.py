from __future__ import annotations

from tests.adapters.store.steps import TOPIC, announce
from tests.factories import NOW, RUN, a_screening
from watcher.adapters.store import SqlStore


def screened(store: SqlStore, *probabilities: float | None, trained: str = "learned-1", priority: int = 1) -> list[int]:
    start = len(store.papers.to_screen(TOPIC.slug, 10_000)) + len(
        store.papers.recent_probabilities(TOPIC.slug, trained, 10_000)
    )
    numbers = announce(store, *(f"2606.{start + n:05}" for n in range(len(probabilities))))
    facts = [
        a_screening(passed=(p or 0) > 0.5, probability=p, threshold=0.5, prefilter=trained, priority=priority)
        for p in probabilities
    ]
    store.papers.add_screenings(list(zip(numbers, facts, strict=True)), RUN, NOW)
    return numbers


def test_the_latest_probabilities_of_one_trained_prefilter_come_back(store: SqlStore) -> None:
    screened(store, 0.1, 0.2, 0.9)

    assert store.papers.recent_probabilities(TOPIC.slug, "learned-1", 2) == [0.9, 0.2]
    assert store.papers.recent_probabilities(TOPIC.slug, "learned-2", 9) == []
    assert store.papers.recent_probabilities("another", "learned-1", 9) == []


def test_a_paper_with_a_core_keyword_counts_as_one_that_passes(store: SqlStore) -> None:
    screened(store, 0.1, priority=0)

    assert store.papers.recent_probabilities(TOPIC.slug, "learned-1", 9) == [1.0]
