"""What no model answers about is handed over after three runs, shown, decided and tried again; and nothing waits for it."""

from __future__ import annotations

import pytest

from tests.adapters.store.steps import TOPIC, announce, decide, passed, with_card
from tests.factories import NOW, RUN, a_relevance, a_screening, a_summary, a_topic, an_announcement
from watcher.adapters.store import SqlStore
from watcher.domain.errors import UsageError
from watcher.domain.facts import CardPosted, HandoverCause, LoneFailure, Retry, Verdict

REFUSED = LoneFailure("score", HandoverCause.REFUSED, "HTTP 400: Content Exists Risk", "p", "m")
AGAIN = Retry("hana", NOW, "web")


def handed_over(store: SqlStore, native: str = "2606.00001", failure: LoneFailure = REFUSED) -> int:
    (number,) = passed(store, native)
    store.scoring.batches(TOPIC.slug, 10, None)
    for run in ("a", "b", "c"):
        store.handovers.add_failure(number, failure, run, NOW)
    return number


def test_three_failures_of_a_run_are_one_and_three_runs_hand_the_paper_over(store: SqlStore) -> None:
    (number,) = passed(store, "2606.00001")
    assert [store.handovers.add_failure(number, REFUSED, run, NOW) for run in "aaabbc"] == [*[False] * 5, True]
    assert store.handovers.failed_alone(TOPIC.slug, "score", "c") == {number}
    assert store.scoring.unscored(TOPIC.slug) == (0, 0)
    assert store.scoring.batches(TOPIC.slug, 10, None) == []
    assert store.runs.failures() == []


def test_it_waits_for_its_card_then_for_a_decision_and_for_no_score(store: SqlStore) -> None:
    number = handed_over(store)
    waiting = store.waiting.counts([TOPIC.slug], "web")
    assert [waiting[stage] for stage in ("screen", "score", "summarize", "post", "decide")] == [0, 0, 0, 1, 1]
    assert store.cards.to_post(TOPIC.slug, "web") == [number]
    card = store.cards.get(number)
    store.cards.add(number, CardPosted("web", "w1", NOW), card.etag, RUN)
    assert store.cards.stale("web") == []
    assert [one.score for one in store.cards.overdue(TOPIC.slug, "web", NOW.replace(year=2027), NOW.date())] == [None]
    assert store.papers.with_card() == {card.candidate.paper.id}
    assert [known.summary_ja for known in store.cards.known(TOPIC.slug)] == [""]
    assert store.monitoring.vitals([TOPIC.slug], "web", NOW).waiting["score"].count == 0
    digest = store.reports.digest(TOPIC, NOW.date(), None, recorded=False)
    assert (digest.cards, digest.handed_over, digest.unscored, digest.failures) == (1, 1, 0, ())
    decide(store, number, Verdict.APPROVE)
    assert store.catalog.to_write(TOPIC.slug) == [(number, True)]
    assert store.scoring.examples(TOPIC.slug, NOW.replace(year=2027)) == []


def test_its_history_tells_every_run_the_handing_over_and_the_wish_to_try_again(store: SqlStore) -> None:
    number = handed_over(store)
    store.handovers.add_retry(number, AGAIN)
    told = [entry.what for entry in store.history.of(store.cards.get(number).candidate.paper.id)]
    assert (told.count("failed alone"), told.count("handed over"), told.count("retry asked for")) == (3, 1, 1)
    assert [act.what for act in store.history.acts(5)] == ["retry"]


def test_what_is_tried_again_waits_for_its_score_and_the_card_goes_stale(store: SqlStore) -> None:
    number = handed_over(store)
    store.cards.add(number, CardPosted("web", "w1", NOW), store.cards.get(number).etag, RUN)
    store.waiting.mark_done()
    assert store.handovers.add_retry(number, AGAIN)
    assert not store.handovers.add_retry(number, AGAIN)
    assert store.scoring.unscored(TOPIC.slug) == (1, 0)
    assert [[c.number for c in batch.candidates] for batch in store.scoring.batches(TOPIC.slug, 10, None)] == [[number]]
    assert store.cards.to_post(TOPIC.slug, "web") == []
    assert store.cards.stale("web") == [(number, "w1")]
    store.scoring.add_relevances([(number, a_relevance(0, relevant=False))], [], RUN, NOW)
    store.waiting.mark_done()
    assert [candidate.number for candidate, *_ in store.summaries.to_summarize(TOPIC.slug)] == [number]
    store.summaries.add(number, a_summary(), RUN, NOW)
    card = store.cards.get(number)
    assert (card.handover, card.retrying, card.score) == (None, False, 0)
    with pytest.raises(UsageError):
        store.summaries.add_rewrite(handed_over(store, "2606.00002"), AGAIN)  # type: ignore[arg-type]


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.REJECT])
def test_a_decision_ends_the_wish_to_try_again_and_another_wish_may_follow_an_undo(
    store: SqlStore, verdict: Verdict
) -> None:
    number = handed_over(store)
    store.handovers.add_retry(number, AGAIN)
    decide(store, number, verdict)
    assert store.scoring.unscored(TOPIC.slug) == (0, 0)
    assert not store.cards.get(number).retrying
    decide(store, number, Verdict.UNDO)
    assert store.scoring.unscored(TOPIC.slug) == (0, 0)
    assert store.handovers.add_retry(number, AGAIN)
    assert store.scoring.unscored(TOPIC.slug) == (1, 0)


def test_a_card_with_its_answers_cannot_be_tried_again(store: SqlStore) -> None:
    with pytest.raises(UsageError):
        store.handovers.add_retry(with_card(store), AGAIN)


def test_a_summary_that_never_comes_leaves_score_and_reason_on_the_card(store: SqlStore) -> None:
    (number,) = passed(store, "2606.00001")
    store.scoring.add_relevances([(number, a_relevance())], [], RUN, NOW)
    for run in ("a", "b", "c"):
        store.handovers.add_failure(number, LoneFailure("summarize", HandoverCause.UNUSABLE, "no JSON"), run, NOW)
    card = store.cards.get(number)
    assert (card.score, card.summary, card.cells.summary) == (4, None, "")
    assert card.handover is not None
    assert card.handover.stage == "summarize"
    assert store.summaries.to_summarize(TOPIC.slug) == []
    assert store.cards.to_post(TOPIC.slug, "web") == [number]


def test_another_topic_takes_over_the_failures_on_the_same_version_by_the_same_prompt(store: SqlStore) -> None:
    other, apart = a_topic(slug="other"), a_topic(slug="apart")
    store.papers.announce([an_announcement("2606.00001")], [TOPIC, other, apart], RUN, NOW)
    numbers = {}
    for topic in (TOPIC, other, apart):
        (candidate,) = store.papers.to_screen(topic.slug, 10)
        numbers[topic.slug] = candidate.number
        store.papers.add_screenings([(candidate.number, a_screening())], RUN, NOW)
    for run in ("a", "b"):
        store.handovers.add_failure(numbers[TOPIC.slug], REFUSED, run, NOW)
    store.handovers.share_failures("other", "p", "m", "b", NOW)
    store.handovers.share_failures("apart", "another prompt", "m", "b", NOW)
    assert store.handovers.failed_alone("other", "score", "b") == {numbers["other"]}
    assert store.handovers.failed_alone("apart", "score", "b") == frozenset()
    store.handovers.add_failure(numbers[TOPIC.slug], REFUSED, "c", NOW)
    store.handovers.share_failures("other", "p", "m", "c", NOW)
    assert store.cards.to_post("other", "web") == [numbers["other"]]
    store.handovers.add_retry(numbers["other"], AGAIN)
    store.handovers.share_failures("other", "p", "m", "d", NOW)
    assert store.scoring.unscored("other") == (0, 1)


@pytest.mark.endurance
def test_a_paper_that_failed_alone_is_given_to_no_company(store: SqlStore) -> None:
    one, *_ = passed(store, "2606.00001", "2606.00002", "2606.00003")
    store.handovers.add_failure(one, REFUSED, "a", NOW)
    batches = store.scoring.batches(TOPIC.slug, 10, None)
    assert sorted(len(batch.candidates) for batch in batches) == [1, 2]
    assert announce(store, "2606.00004")
