"""Cards, decisions, rows and digests keep their promises on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.adapters.store.steps import TOPIC, decide, passed, with_card
from tests.factories import NOW, RUN, a_relevance, a_summary
from watcher.adapters.store import SqlStore
from watcher.adapters.store.tables import screenings
from watcher.domain.curation.card import CardState
from watcher.domain.errors import UsageError
from watcher.domain.facts import CardPosted, CatalogRow, Decision, Nomination, Revision, RowChange, Verdict, Violation
from watcher.domain.papers.feeds import FeedReport, SourceState
from watcher.domain.papers.paper import PaperId
from watcher.ports import Failure, Manner, RunReport


def test_the_outbox_tells_a_first_intent_from_a_repeated_one(store: SqlStore) -> None:
    assert store.outbox.intend("key", "slack", NOW) is None
    assert store.outbox.intend("key", "slack", NOW + timedelta(hours=1)) == NOW
    assert store.outbox.sent("key") is None

    store.outbox.record_sent("key", "C/1", NOW)

    assert store.outbox.sent("key") == "C/1"


def test_a_card_waits_for_a_desk_until_it_is_posted_or_decided_elsewhere(store: SqlStore) -> None:
    one, two = with_card(store, "2606.00001"), with_card(store, "2606.00002")
    decide(store, two, Verdict.REJECT)
    assert store.cards.to_post(TOPIC.slug, "slack") == [one]

    store.cards.add(one, CardPosted("slack", "C/1", NOW), store.cards.get(one).etag, RUN)

    assert store.cards.to_post(TOPIC.slug, "slack") == []


def test_a_card_is_stale_after_everything_that_happens_to_it(store: SqlStore) -> None:
    number = with_card(store)
    store.cards.add(number, CardPosted("slack", "C/1", NOW), store.cards.get(number).etag, RUN)
    assert store.cards.stale("slack") == []

    steps: list[Callable[[], object]] = [
        lambda: decide(store, number, Verdict.APPROVE),
        lambda: store.cards.revise(number, [Revision("year", "2026", "2025", "hana", NOW)], None),
        lambda: store.runs.add_failure(Failure("catalog", number, "read-only"), RUN, NOW),
        lambda: store.catalog.add_row(number, CatalogRow(RowChange.ADDED, 26, "abc", NOW)),
    ]
    for happen in steps:
        happen()
        assert store.cards.stale("slack") == [(number, "C/1")]
        store.cards.mark_shown(number, "slack", store.cards.get(number).etag)
        assert store.cards.stale("slack") == []


def test_a_verdict_that_stands_already_is_no_new_decision(store: SqlStore) -> None:
    number = with_card(store)

    given = [decide(store, number, v) for v in (Verdict.UNDO, Verdict.APPROVE, Verdict.APPROVE, Verdict.REJECT)]

    assert given == [False, True, False, True]
    assert store.cards.get(number).state is CardState.REJECTED


def test_of_many_clicks_at_once_one_is_a_decision(store: SqlStore) -> None:
    number = with_card(store)
    given: list[bool] = []
    threads = [
        threading.Thread(target=lambda i=i: given.append(decide(store, number, Verdict.APPROVE, f"curator {i}")))
        for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(given) == [False] * 7 + [True]


def test_the_catalog_follows_the_latest_decision(store: SqlStore) -> None:
    number = with_card(store)
    decide(store, number, Verdict.APPROVE)
    assert store.catalog.to_write(TOPIC.slug) == [(number, True)]

    store.catalog.add_row(number, CatalogRow(RowChange.ADDED, 26, "abc", NOW))
    assert store.catalog.to_write(TOPIC.slug) == []
    assert store.cards.get(number).state is CardState.CATALOGED

    decide(store, number, Verdict.UNDO)
    assert store.catalog.to_write(TOPIC.slug) == [(number, False)]

    store.catalog.add_row(number, CatalogRow(RowChange.REMOVED, 26, "def", NOW))
    assert store.catalog.to_write(TOPIC.slug) == []
    assert store.cards.get(number).state is CardState.OPEN


def test_a_row_that_stood_there_before_the_bot_is_never_asked_to_leave(store: SqlStore) -> None:
    number = with_card(store)
    decide(store, number, Verdict.APPROVE)
    store.catalog.add_row(number, CatalogRow(RowChange.PRESENT, 4, "", NOW))

    decide(store, number, Verdict.UNDO)

    assert store.catalog.to_write(TOPIC.slug) == []


def test_an_approval_withdrawn_after_an_interrupted_write_still_waits_for_the_catalog(store: SqlStore) -> None:
    number = with_card(store)
    decide(store, number, Verdict.APPROVE)
    etag = store.cards.get(number).etag

    assert store.catalog.intend(number, NOW)
    assert not store.catalog.intend(number, NOW)
    assert store.catalog.to_write(TOPIC.slug) == [(number, True)]
    assert store.cards.get(number).etag == etag
    decide(store, number, Verdict.UNDO)

    assert store.catalog.to_write(TOPIC.slug) == [(number, False)]


def test_revisions_show_on_the_card_and_conflicts_are_refused(store: SqlStore) -> None:
    number = with_card(store)
    store.cards.revise(number, [Revision("year", "2026", "2025", "hana", NOW)], 0)

    with pytest.raises(UsageError, match="someone else"):
        store.cards.revise(number, [Revision("year", "2026", "2024", "ken", NOW)], 0)

    assert store.cards.get(number).cells.year == "2025"
    assert store.cards.get(number).revision == 1


def test_trouble_stands_on_the_card_until_the_row_is_written(store: SqlStore) -> None:
    number = with_card(store)
    decide(store, number, Verdict.APPROVE)
    store.runs.add_failure(Failure("catalog", number, "read-only"), RUN, NOW)
    assert store.cards.get(number).trouble == "read-only"
    assert store.runs.failures() == [Failure("catalog", number, "read-only", TOPIC.slug)]

    store.catalog.add_row(number, CatalogRow(RowChange.ADDED, 26, "", NOW))

    assert store.cards.get(number).trouble == ""
    assert store.runs.failures() == []


def test_the_digest_counts_what_happened_since_the_last_one(store: SqlStore) -> None:
    near, high = passed(store, "2606.00001", "2606.00002")
    store.feeds.add_readings([FeedReport("cs.AI", SourceState.FRESH, 2, 2)], RUN, NOW)
    store.feeds.add_readings([FeedReport("cs.AI", SourceState.WAITING, 2, 0)], RUN, NOW)
    store.scoring.add_relevances([(near, a_relevance(2)), (high, a_relevance())], [], RUN, NOW)
    store.summaries.add(high, a_summary(violations=(Violation("length", "12"),)), RUN, NOW)

    digest = store.reports.digest(TOPIC, NOW.date(), None, recorded=False)
    later = store.reports.digest(TOPIC, NOW.date(), NOW + timedelta(seconds=1), recorded=False)

    assert (digest.announced, digest.screened, digest.scored, digest.relevant, digest.cards) == (2, 2, 2, 1, 1)
    assert digest.sources == (FeedReport("cs.AI", SourceState.FRESH, 2, 2),)
    assert [item.score for item in digest.borderline] == [2]
    assert digest.healthy
    assert (later.announced, later.scored, later.borderline) == (0, 0, ())


def test_a_card_put_off_until_a_day_is_due_from_that_day_on(store: SqlStore) -> None:
    numbers = [with_card(store, f"2606.0000{n}") for n in (1, 2, 3)]
    for number in numbers:
        store.cards.add(number, CardPosted("slack", f"C/{number}", NOW), "1", RUN)
    day = NOW.date()
    put_off = {numbers[1]: day + timedelta(days=2), numbers[2]: day + timedelta(days=9)}
    for number, until in put_off.items():
        assert store.cards.decide(number, Decision(Verdict.LATER, "hana", NOW, "slack", until=until))

    def due(days: int, limit: int = 3) -> list[int]:
        now = NOW + timedelta(days=days, seconds=1)
        return [c.number for c in store.cards.overdue(TOPIC.slug, "slack", now - timedelta(days=limit), now.date())]

    assert due(1) == []
    assert due(2) == [numbers[1]]
    assert due(4) == numbers[:2]
    assert due(9) == numbers
    assert store.cards.get(numbers[2]).until == put_off[numbers[2]]


def test_another_day_is_a_new_decision_and_the_same_day_or_none_is_not(store: SqlStore) -> None:
    number = with_card(store)
    days = [None, NOW.date(), NOW.date(), None, NOW.date() + timedelta(days=1)]

    given = [store.cards.decide(number, Decision(Verdict.LATER, "hana", NOW, "slack", until=day)) for day in days]

    assert given == [True, True, False, False, True]


def test_a_digest_names_what_has_a_card_and_each_other_paper_in_one_fold(store: SqlStore) -> None:
    near, nil, forward, high = numbers = passed(store, *(f"2606.0000{n}" for n in range(1, 5)))
    with store.database.write() as connection:
        connection.execute(sa.update(screenings).values(probability=0.999))
    scores = [(near, 2), (nil, 0), (forward, 2), (high, 4)]
    store.scoring.add_relevances([(number, a_relevance(score)) for number, score in scores], [], RUN, NOW)
    store.papers.nominate([forward], Nomination("hana", NOW, "web"), RUN)
    for number in (forward, high):
        store.summaries.add(number, a_summary(), RUN, NOW)

    digest = store.reports.digest(TOPIC, NOW.date(), None, recorded=False)

    assert [one.number for one in digest.found] == [high, forward]
    assert [one.number for one in digest.near_misses] == [near]
    assert [one.number for one in digest.disagreements] == [nil]
    assert len(numbers) == 4


def test_a_digest_is_not_healthy_while_papers_wait_for_a_score(store: SqlStore) -> None:
    passed(store, "2606.00001")
    store.scoring.batches(TOPIC.slug, 10, None)
    store.runs.add_failure(Failure("score", None, "the server is down"), RUN, NOW)

    digest = store.reports.digest(TOPIC, NOW.date(), None, recorded=False)

    assert (digest.unscored, digest.healthy) == (1, False)
    assert digest.failures == ("score: the server is down",)


def test_a_digest_and_a_run_come_back_as_they_went_in(store: SqlStore) -> None:
    digest = store.reports.digest(TOPIC, NOW.date(), None, recorded=True)
    report = RunReport(
        RUN, NOW, NOW, (FeedReport("cs.AI", SourceState.FAILED, error="HTTP 500"),), {"scored": 1}, {"post": 2}
    )
    store.runs.start(RUN, NOW)
    assert store.runs.report(RUN) is None

    store.reports.put_digest(digest, "C/1", NOW)
    store.runs.finish(report)

    assert store.reports.last_digest() == (digest, NOW)
    assert store.reports.last_digest(TOPIC.slug, before=NOW.date()) is None
    assert store.runs.last() == report
    assert store.runs.report(RUN) == report


def test_the_history_of_a_paper_is_its_facts_in_order(store: SqlStore) -> None:
    number = with_card(store)
    decide(store, number, Verdict.APPROVE)

    history = store.history.of(PaperId("arxiv", "2606.00001"))

    assert [entry.what for entry in history] == ["announced", "screened", "scored", "summarized", "decided"]
    assert [entry.what for entry in store.history.acts(5)] == ["approve"]


def test_abilities_of_servers_are_remembered(store: SqlStore) -> None:
    manner = Manner(format="json_object", limit="max_completion_tokens", most=4096, system=False, without=("store",))
    store.models.put_manner("http://a", "m", Manner(format="plain"), NOW)
    store.models.put_manner("http://a", "m", manner, NOW)

    assert store.models.manner("http://a", "m") == (manner, NOW)
    assert store.models.manner("http://b", "m") is None


def test_the_rest_is_rejected_where_nobody_decided_and_undone_where_that_still_stands(store: SqlStore) -> None:
    numbers = [with_card(store, f"2606.0000{n}") for n in range(1, 6)]
    approved, put_off, taken_back, rest, other = numbers
    decide(store, approved, Verdict.APPROVE)
    decide(store, put_off, Verdict.LATER)
    decide(store, taken_back, Verdict.REJECT)
    decide(store, taken_back, Verdict.UNDO)
    sweep = Decision(Verdict.REJECT, "hana (U01)", NOW, "slack", sweep="s1")

    assert store.cards.reject_open(numbers, sweep) == [taken_back, rest, other]
    assert store.cards.reject_open(numbers, sweep) == []
    decide(store, other, Verdict.APPROVE, "ken")
    swept = store.cards.swept(numbers)
    assert swept is not None
    assert (swept.sweep, swept.curator, swept.count) == ("s1", "hana (U01)", 2)

    undone = store.cards.undo_sweep("s1", Decision(Verdict.UNDO, "ken", NOW, "slack"))

    assert undone == [taken_back, rest]
    assert store.cards.swept(numbers) is None
    states = [store.cards.get(number).state for number in numbers]
    assert states == [CardState.APPROVED, CardState.LATER, CardState.OPEN, CardState.OPEN, CardState.APPROVED]


def test_a_card_is_stale_when_it_is_discussed_or_no_longer(store: SqlStore) -> None:
    number = with_card(store)
    store.cards.add(number, CardPosted("slack", "C/1", NOW), store.cards.get(number).etag, RUN)

    assert store.cards.add_discussions("slack", {number: 0}, NOW) == []
    for replies in (2, 0):
        assert store.cards.add_discussions("slack", {number: replies}, NOW) == [number]
        assert store.cards.add_discussions("slack", {number: replies}, NOW) == []
        assert store.cards.get(number).replies == replies
        assert store.cards.stale("slack") == [(number, "C/1")]
        store.cards.mark_shown(number, "slack", store.cards.get(number).etag)


def test_what_was_decided_last_is_shown_first(store: SqlStore) -> None:
    numbers = [with_card(store, f"2606.0000{n}") for n in (1, 2, 3)]
    for number in numbers:
        store.cards.add(number, CardPosted("slack", f"C/{number}", NOW), store.cards.get(number).etag, RUN)
    for number in (numbers[1], numbers[0], numbers[2]):
        decide(store, number, Verdict.APPROVE)

    assert [number for number, _ in store.cards.stale("slack")] == [numbers[2], numbers[0], numbers[1]]
    assert [store.cards.is_stale(number, "slack") for number in numbers] == [True] * 3
    store.cards.mark_shown(numbers[0], "slack", store.cards.get(numbers[0]).etag)
    assert not store.cards.is_stale(numbers[0], "slack")
