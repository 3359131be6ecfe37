"""What was screened out is drawn once, answered as often as people change their minds, and then not lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.adapters.store.steps import TOPIC, announce, passed
from tests.factories import NOW, RUN, a_relevance, a_screening, a_summary
from watcher.adapters.store import SqlStore
from watcher.domain.curation.recall import draw
from watcher.domain.curation.weekly import Week
from watcher.domain.errors import UsageError
from watcher.domain.facts import AuditAnswer, AuditSample, Decision, Revision, Verdict
from watcher.ports import Failure

WEEK = Week.of(NOW)
SAMPLE = AuditSample(str(WEEK), "far", 2, 0.5)


def screened_out(store: SqlStore, *natives: str, probability: float | None = 0.01) -> list[int]:
    numbers = announce(store, *natives)
    outcome = a_screening(passed=False, groups=(), keywords=(), priority=9, probability=probability)
    store.papers.add_screenings([(number, outcome) for number in numbers], RUN, NOW)
    return numbers


def says(*, belongs: bool, curator: str = "hana", minutes: float = 0) -> AuditAnswer:
    return AuditAnswer(belongs, curator, NOW + timedelta(minutes=minutes), "web")


def test_only_what_was_screened_out_in_the_week_may_be_drawn(store: SqlStore) -> None:
    out = screened_out(store, "2606.00001", "2606.00002")
    passed(store, "2606.00003")

    found = store.audits.screened_out(TOPIC.slug, WEEK.begins, WEEK.ends)

    assert [(paper.number, paper.key, paper.probability) for paper in found] == [
        (out[0], "arxiv:2606.00001", 0.01),
        (out[1], "arxiv:2606.00002", 0.01),
    ]
    assert store.audits.screened_out(TOPIC.slug, WEEK.ends, WEEK.earlier(-1).ends) == []


def test_a_week_is_drawn_once_even_when_more_is_screened_out_later(store: SqlStore) -> None:
    screened_out(store, *(f"2606.0000{n}" for n in range(1, 5)))
    first = draw(store.audits.screened_out(TOPIC.slug, WEEK.begins, WEEK.ends), TOPIC.slug, str(WEEK), 2)
    store.audits.add_samples(TOPIC.slug, first, RUN, NOW)
    screened_out(store, "2606.00009")
    again = draw(store.audits.screened_out(TOPIC.slug, WEEK.begins, WEEK.ends), TOPIC.slug, str(WEEK), 3)
    store.audits.add_samples(TOPIC.slug, again, RUN, NOW)

    cards = store.audits.cards(TOPIC.slug)

    assert {(card.candidate.number, card.sample) for card in cards} == set(first)


def test_the_latest_answer_wins_and_the_same_one_again_is_none(store: SqlStore) -> None:
    (number,) = screened_out(store, "2606.00001")
    store.audits.add_samples(TOPIC.slug, [(number, SAMPLE)], RUN, NOW)

    told = [store.audits.add_answer(number, says(belongs=belongs)) for belongs in (True, True, False, True)]

    card = store.audits.card(number)
    assert told == [True, False, True, True]
    assert card.answer == says(belongs=True)
    assert card.answers == 3
    assert card.screening.probability == 0.01


def test_a_paper_that_was_not_drawn_is_none_of_the_sample(store: SqlStore) -> None:
    (number,) = screened_out(store, "2606.00001")

    with pytest.raises(UsageError, match="no paper of the audit sample"):
        store.audits.card(number)


def test_an_audit_card_waits_until_it_stands_at_the_desk_or_was_answered_elsewhere(store: SqlStore) -> None:
    numbers = screened_out(store, "2606.00001", "2606.00002", "2606.00003")
    store.audits.add_samples(TOPIC.slug, [(number, SAMPLE) for number in numbers], RUN, NOW)
    store.audits.mark_shown(numbers[0], "slack", "C/1", 0)
    store.audits.add_answer(numbers[1], says(belongs=False))

    assert store.audits.to_audit(TOPIC.slug, "slack") == [numbers[2]]
    assert store.audits.stale("slack") == []
    store.audits.add_answer(numbers[0], says(belongs=True))
    assert store.audits.stale("slack") == [(numbers[0], "C/1")]
    store.audits.mark_shown(numbers[0], "slack", "C/1", 1)
    assert store.audits.stale("slack") == []


def decide(store: SqlStore, number: int, verdict: Verdict, curator: str = "hana", minutes: float = 0) -> None:
    store.cards.decide(number, Decision(verdict, curator, NOW + timedelta(minutes=minutes), "web"))


def test_a_week_is_summed_up_from_its_facts(store: SqlStore) -> None:
    kept, dropped, put_off = passed(store, "2606.00001", "2606.00002", "2606.00003")
    out = screened_out(store, "2606.00004")
    for number in (kept, dropped, put_off):
        store.scoring.add_relevances([(number, a_relevance())], [], RUN, NOW)
        store.summaries.add(number, a_summary(), RUN, NOW)
    decide(store, kept, Verdict.REJECT, "hana (U01HANA)", minutes=1)
    decide(store, kept, Verdict.APPROVE, minutes=2)
    decide(store, dropped, Verdict.REJECT, "ken")
    decide(store, put_off, Verdict.LATER, "ken", minutes=3)
    store.cards.revise(kept, [Revision("venue", "a", "b", "hana", NOW)], None)
    store.audits.add_samples(TOPIC.slug, [(out[0], SAMPLE)], RUN, NOW)
    store.audits.add_answer(out[0], says(belongs=False, curator="ken", minutes=6))
    store.runs.add_failure(Failure("score", kept, "x"), RUN, NOW)

    report = store.reports.weekly(TOPIC, WEEK)

    assert report.counts == {
        "announced": 4,
        "screened": 4,
        "passed": 3,
        "triaged": 0,
        "named": 0,
        "scored": 3,
        "relevant": 3,
        "summarized": 3,
        "approved": 1,
        "rejected": 1,
    }
    assert report.precision is not None
    assert report.precision.value == 0.5
    assert [(w.curator, w.decisions, w.answers, w.minutes) for w in report.curators] == [
        ("ken", 2, 1, 9),
        ("hana", 1, 0, 3),
    ]
    assert (report.recall.drawn, report.recall.answered, report.recall.found) == (1, 1, 1)
    assert report.rules == ("keywords:1",)
    assert report.scorers == ("m",)


def test_another_week_and_another_topic_hold_nothing_of_it(store: SqlStore) -> None:
    (number,) = passed(store, "2606.00001")
    store.scoring.add_relevances([(number, a_relevance())], [], RUN, NOW)

    assert store.reports.weekly(TOPIC, WEEK.earlier()).empty
    assert store.reports.weekly(replace(TOPIC, slug="other"), WEEK).counts["scored"] == 0
    assert not store.reports.weekly(TOPIC, WEEK).empty


def test_an_approval_that_an_audit_brought_counts_as_no_find_of_screening(store: SqlStore) -> None:
    (number,) = screened_out(store, "2606.00001")
    store.audits.add_samples(TOPIC.slug, [(number, SAMPLE)], RUN, NOW)
    store.audits.add_answer(number, says(belongs=True))
    decide(store, number, Verdict.APPROVE)

    assert store.reports.weekly(TOPIC, WEEK).recall.found == 0
