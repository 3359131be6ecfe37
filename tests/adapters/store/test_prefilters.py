from __future__ import annotations

import pytest

from tests.adapters.store.steps import TOPIC, announce, decide, with_card
from tests.factories import NOW, RUN, a_screening
from watcher.adapters.store import SqlStore
from watcher.domain.errors import UsageError
from watcher.domain.facts import Verdict
from watcher.ports import TrainedPrefilter

ONE, OTHER = (TrainedPrefilter(name, name.encode(), {"examples": 3}) for name in ("learned-1", "learned-2"))


def screened(store: SqlStore, *probabilities: float | None, trained: str = "learned-1", priority: int = 1) -> list[int]:
    start = len(store.papers.to_screen(TOPIC.slug, 10_000)) + len(
        store.prefilters.recent_probabilities(TOPIC.slug, trained, 10_000)
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

    assert store.prefilters.recent_probabilities(TOPIC.slug, "learned-1", 2) == [0.9, 0.2]
    assert store.prefilters.recent_probabilities(TOPIC.slug, "learned-2", 9) == []
    assert store.prefilters.recent_probabilities("another", "learned-1", 9) == []


def test_a_paper_with_a_core_keyword_counts_as_one_that_passes(store: SqlStore) -> None:
    screened(store, 0.1, priority=0)

    assert store.prefilters.recent_probabilities(TOPIC.slug, "learned-1", 9) == [1.0]


def test_the_latest_choice_holds_and_every_trained_prefilter_is_kept(store: SqlStore) -> None:
    assert store.prefilters.in_use(TOPIC.slug) == ""
    for trained in (ONE, OTHER, ONE):
        store.prefilters.add(TOPIC.slug, trained, NOW)
        store.prefilters.choose(TOPIC.slug, trained.name, "not worse", NOW)

    assert store.prefilters.in_use(TOPIC.slug) == "learned-1"
    assert store.prefilters.get(TOPIC.slug, "learned-2") == OTHER
    assert [name for name, _, _ in store.prefilters.all(TOPIC.slug)] == ["learned-1", "learned-2"]
    assert store.prefilters.in_use("another") == ""


def test_an_unknown_prefilter_cannot_be_chosen(store: SqlStore) -> None:
    with pytest.raises(UsageError, match="learned-9"):
        store.prefilters.choose(TOPIC.slug, "learned-9", "", NOW)
    with pytest.raises(UsageError, match="learned-9"):
        store.prefilters.get(TOPIC.slug, "learned-9")


def test_only_the_latest_approval_or_rejection_of_a_card_teaches(store: SqlStore) -> None:
    numbers = [with_card(store, f"2606.0000{n}") for n in range(1, 5)]
    decide(store, numbers[0], Verdict.REJECT)
    decide(store, numbers[0], Verdict.APPROVE)
    decide(store, numbers[1], Verdict.APPROVE)
    decide(store, numbers[1], Verdict.UNDO)
    decide(store, numbers[2], Verdict.LATER)
    decide(store, numbers[3], Verdict.REJECT)

    lessons = store.prefilters.lessons(TOPIC.slug)

    assert [(lesson.paper.id.native, lesson.belongs) for lesson in lessons] == [
        ("2606.00001", True),
        ("2606.00004", False),
    ]
