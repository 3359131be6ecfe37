"""The store keeps its promises on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

from tests.adapters.store.steps import TOPIC, announce, passed, with_card
from tests.factories import NOW, RUN, a_relevance, an_announcement
from watcher.adapters.store import SqlStore
from watcher.domain.budget import Usage
from watcher.domain.papers.paper import AnnounceType
from watcher.ports import Failure, Reply, Request


def test_a_paper_announced_twice_is_one_candidate(store: SqlStore) -> None:
    first = store.papers.announce([an_announcement()], [TOPIC], RUN, NOW)
    second = store.papers.announce([an_announcement(feed="cs.LG")], [TOPIC], RUN, NOW)

    assert (first, second) == (1, 0)
    assert len(store.papers.to_screen(TOPIC.slug, 10)) == 1


def test_a_paper_comes_back_from_the_store_as_it_went_in(store: SqlStore) -> None:
    announcement = an_announcement(title_raw="a<b & \\'e\n ", comment="10 pages", doi="10.1/x")
    store.papers.announce([announcement], [TOPIC], RUN, NOW)

    (candidate,) = store.papers.to_screen(TOPIC.slug, 10)

    assert candidate.paper == announcement.paper
    assert candidate.announced_at == NOW


def test_a_new_version_of_a_known_paper_makes_no_second_candidate(store: SqlStore) -> None:
    announce(store, "2606.00001")

    new = store.papers.announce(
        [an_announcement("2606.00001", AnnounceType.CROSS, version=2), an_announcement("2606.00001", version=3)],
        [TOPIC],
        RUN,
        NOW,
    )

    assert new == 2
    assert len(store.papers.to_screen(TOPIC.slug, 10)) == 1


def test_a_replacement_alone_makes_no_candidate_but_a_later_cross_list_does(store: SqlStore) -> None:
    store.papers.announce([an_announcement("2606.00001", AnnounceType.REPLACE, version=2)], [TOPIC], RUN, NOW)
    assert store.papers.to_screen(TOPIC.slug, 10) == []

    store.papers.announce([an_announcement("2606.00001", AnnounceType.CROSS, version=2)], [TOPIC], RUN, NOW)

    assert len(store.papers.to_screen(TOPIC.slug, 10)) == 1


def test_a_paper_outside_the_watched_categories_is_announced_but_no_candidate(store: SqlStore) -> None:
    assert store.papers.announce([an_announcement(categories=("math.AG",))], [TOPIC], RUN, NOW) == 1
    assert store.papers.to_screen(TOPIC.slug, 10) == []


def test_known_counts_versions_announced_before(store: SqlStore) -> None:
    announce(store, "2606.00001")

    papers = [an_announcement("2606.00001", version=v).paper for v in (1, 2)]

    assert store.papers.count_known(papers) == 1


def test_batches_are_assigned_by_priority_and_stay_together(store: SqlStore) -> None:
    later = passed(store, "2606.00001", "2606.00002", priority=2)
    first = passed(store, "2606.00003", "2606.00004", priority=0)

    batches = store.scoring.batches(TOPIC.slug, 2, None)
    again = store.scoring.batches(TOPIC.slug, 7, None)

    assert [[c.number for c in batch.candidates] for batch in batches] == [first, later]
    assert again == batches


def test_the_budget_bounds_what_is_given_out_and_the_rest_is_counted(store: SqlStore) -> None:
    passed(store, "2606.00001", "2606.00002", "2606.00003")

    batches = store.scoring.batches(TOPIC.slug, 10, 2)

    assert [len(batch.candidates) for batch in batches] == [2]
    assert store.scoring.unscored(TOPIC.slug) == (2, 1)


def test_what_an_answer_missed_is_asked_alone_with_a_growing_attempt(store: SqlStore) -> None:
    one, two = passed(store, "2606.00001", "2606.00002")
    store.scoring.batches(TOPIC.slug, 10, None)

    store.scoring.add_relevances([(one, a_relevance())], [Failure("score", two, "left out")], RUN, NOW)
    store.runs.add_failure(Failure("score", two, "left out"), RUN, NOW)
    (batch,) = store.scoring.batches(TOPIC.slug, 10, None)

    assert ([c.number for c in batch.candidates], batch.attempt) == ([two], 2)
    assert [failure.number for failure in store.runs.failures("score")] == [two]


def test_a_verdict_once_stored_is_not_overwritten(store: SqlStore) -> None:
    number = with_card(store)

    store.scoring.add_relevances([(number, a_relevance(0))], [], RUN, NOW)

    assert store.cards.get(number).score == 4


def test_summaries_are_asked_for_best_first_and_only_for_what_is_relevant(store: SqlStore) -> None:
    low, out, high = passed(store, "2606.00001", "2606.00002", "2606.00003")
    store.scoring.add_relevances([(low, a_relevance(3)), (out, a_relevance(2)), (high, a_relevance(4))], [], RUN, NOW)
    store.runs.add_failure(Failure("summarize", low, "broken"), RUN, NOW)

    waiting = store.summaries.to_summarize(TOPIC.slug)

    assert [(candidate.number, attempt) for candidate, _, attempt in waiting] == [(high, 0), (low, 1)]


def test_a_recorded_reply_is_found_again_and_its_cost_is_counted_once(store: SqlStore) -> None:
    request = Request("score", "system", "user", "s", {})
    reply = Reply("{}", "m", "stop", Usage(1, 10, 20, 30, 0.5))

    store.models.add_reply("k", request, reply, NOW)
    store.models.add_reply("k", request, Reply("other", "m", "stop", Usage(1, 1, 1, 1, 1.0)), NOW)

    assert store.models.reply("k") == reply
    assert store.models.reply("other") is None
    assert store.models.usage() == reply.usage
    assert store.models.usage(NOW + timedelta(seconds=1)) == Usage()


def test_todays_papers_are_scored_before_those_of_a_backfill(store: SqlStore) -> None:
    passed(store, "2606.00001", "2606.00002")
    today = passed(store, "2606.00003")

    (batch,) = store.scoring.batches(TOPIC.slug, 10, 1)

    assert [c.number for c in batch.candidates] == today


def test_what_failed_before_is_asked_after_what_was_never_asked(store: SqlStore) -> None:
    poison = passed(store, "2606.00001")
    store.scoring.batches(TOPIC.slug, 10, None)
    store.scoring.add_relevances([], [Failure("score", poison[0], "unreadable")], RUN, NOW)
    fresh = passed(store, "2606.00002", "2606.00003")

    batches = store.scoring.batches(TOPIC.slug, 10, None)

    assert [{c.number for c in batch.candidates} for batch in batches] == [set(fresh), set(poison)]

    store.scoring.add_relevances([(n, a_relevance(4 if n in poison else 3)) for n in (*poison, *fresh)], [], RUN, NOW)
    assert [c.number for c, _, _ in store.summaries.to_summarize(TOPIC.slug)] == [*poison, *fresh]
    store.runs.add_failure(Failure("summarize", poison[0], "unreadable"), RUN, NOW)
    assert [c.number for c, _, _ in store.summaries.to_summarize(TOPIC.slug)] == [*fresh, *poison]
