"""Examples are decisions that stand, of days that are over; a score made with them is kept when they change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.adapters.store.steps import TOPIC, passed
from tests.factories import NOW, RUN, a_relevance, a_screening, a_summary, a_topic, an_announcement
from watcher.adapters.store import SqlStore
from watcher.domain.facts import Decision, Verdict
from watcher.domain.papers.paper import PaperId

TOMORROW = NOW + timedelta(days=1)


def decided(store: SqlStore, native: str, verdict: Verdict, reason: str = "", days: int = 0) -> int:
    (number,) = passed(store, native)
    store.scoring.add_relevances([(number, a_relevance())], [], RUN, NOW)
    store.summaries.add(number, a_summary(), RUN, NOW)
    store.cards.decide(number, Decision(verdict, "hana", NOW + timedelta(days=days), "web", reason))
    return number


@pytest.mark.endurance
def test_the_decisions_that_stand_become_examples_the_latest_first(store: SqlStore) -> None:
    decided(store, "2606.00001", Verdict.APPROVE)
    decided(store, "2606.00002", Verdict.REJECT, "主題が違う")
    decided(store, "2606.00003", Verdict.REJECT)
    decided(store, "2606.00004", Verdict.LATER)
    taken_back = decided(store, "2606.00005", Verdict.APPROVE)
    store.cards.decide(taken_back, Decision(Verdict.UNDO, "hana", NOW, "web"))

    found = store.scoring.examples(TOPIC.slug, TOMORROW)

    assert [(e.approved, e.reason) for e in found] == [
        (False, ""),
        (False, "主題が違う"),
        (True, a_relevance().reason_ja),
    ]


def test_decisions_from_a_moment_on_and_of_other_topics_are_left_for_another_day(store: SqlStore) -> None:
    decided(store, "2606.00001", Verdict.APPROVE, days=1)

    assert store.scoring.examples(TOPIC.slug, TOMORROW) == []
    assert len(store.scoring.examples(TOPIC.slug, TOMORROW + timedelta(days=1))) == 1
    assert store.scoring.examples("other", TOMORROW + timedelta(days=1)) == []


def test_a_suspicious_paper_is_no_example(store: SqlStore) -> None:
    odd = replace(an_announcement("2606.00009"), anomalies=("invisible",))
    store.papers.announce([odd], [TOPIC], RUN, NOW)
    decided(store, "2606.00009", Verdict.APPROVE)

    assert store.papers.numbers_of(PaperId("arxiv", "2606.00009"))
    assert store.scoring.examples(TOPIC.slug, TOMORROW) == []


def test_the_digest_names_what_screening_expected_much_of_and_the_model_did_not(store: SqlStore) -> None:
    store.papers.announce([an_announcement(f"2606.0000{n}") for n in range(3)], [TOPIC], RUN, NOW)
    numbers = [store.papers.numbers_of(PaperId("arxiv", f"2606.0000{n}"))[0] for n in range(3)]
    for number, probability, score in zip(numbers, (0.9, 0.3, 0.9), (0, 0, 2), strict=True):
        store.papers.add_screenings([(number, a_screening(probability=probability))], RUN, NOW)
        store.scoring.add_relevances([(number, a_relevance(score))], [], RUN, NOW)

    digest = store.reports.digest(a_topic(), NOW.date(), None, recorded=False)
    store.reports.put_digest(digest, "ref", NOW)

    assert [(near.score, near.probability) for near in digest.borderline] == [(2, 0.9), (0, 0.9)]
    kept = store.reports.last_digest(TOPIC.slug)
    assert kept is not None
    assert kept[0] == digest
