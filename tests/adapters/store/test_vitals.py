"""What a deployment says of itself: queues, their ages, money."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.adapters.store.steps import TOPIC, announce, decide, passed, with_card
from tests.factories import NOW, RUN, a_relevance
from watcher.adapters.store import SqlStore
from watcher.domain.budget import Usage
from watcher.domain.facts import CardPosted, CatalogRow, RowChange, Verdict
from watcher.domain.health import Vitals
from watcher.domain.papers.feeds import FeedReport, SourceState
from watcher.ports import Failure, Reply, Request, RunReport

LATER = NOW + timedelta(hours=5)


def vitals(store: SqlStore) -> Vitals:
    return store.monitoring.vitals([TOPIC.slug], "web", LATER)


def test_a_store_that_holds_nothing_says_so(store: SqlStore) -> None:
    found = vitals(store)

    assert {waiting.count for waiting in found.waiting.values()} == {0}
    assert {waiting.seconds(LATER) for waiting in found.waiting.values()} == {0}
    assert (dict(found.spent), dict(found.failing), dict(found.runs)) == ({}, {}, {})
    assert found.push is None
    assert found.digest is None


@pytest.mark.endurance
def test_every_queue_tells_since_when_its_oldest_waits(store: SqlStore) -> None:
    announce(store, "2606.00001")
    passed(store, "2606.00002")
    (relevant,) = passed(store, "2606.00003")
    store.scoring.add_relevances([(relevant, a_relevance())], [], RUN, NOW + timedelta(hours=1))
    with_card(store, "2606.00004")
    approved = with_card(store, "2606.00005")
    decide(store, approved, Verdict.APPROVE)

    found = vitals(store)

    assert {stage: waiting.count for stage, waiting in found.waiting.items()} == {
        "screen": 1,
        "triage": 0,
        "score": 1,
        "summarize": 1,
        "post": 1,
        "decide": 1,
        "catalog": 1,
    }
    assert {stage: waiting.seconds(LATER) / 3600 for stage, waiting in found.waiting.items()} == {
        "screen": 5,
        "triage": 0,
        "score": 5,
        "summarize": 4,
        "post": 5,
        "decide": 5,
        "catalog": 5,
    }
    assert found.done == {
        "collect": 5,
        "screen": 4,
        "triage": 0,
        "score": 3,
        "summarize": 2,
        "post": 0,
        "decide": 1,
        "catalog": 0,
    }


def test_a_row_is_done_once_whatever_was_intended_before(store: SqlStore) -> None:
    number = with_card(store, "2606.00001")
    decide(store, number, Verdict.APPROVE)
    store.catalog.intend(number, NOW)
    assert vitals(store).done["catalog"] == 0

    store.catalog.add_row(number, CatalogRow(RowChange.ADDED, 26, "", NOW))

    assert vitals(store).done["catalog"] == 1


def test_a_queue_of_another_topic_is_not_counted(store: SqlStore) -> None:
    announce(store, "2606.00001")

    assert store.monitoring.vitals(["another"], "web", LATER).waiting["screen"].count == 0


def test_a_message_that_was_intended_and_not_sent_is_owed(store: SqlStore) -> None:
    store.outbox.intend("card/slack/1", "slack", NOW)
    store.outbox.intend("card/slack/2", "slack", NOW - timedelta(hours=1))
    store.outbox.record_sent("card/slack/2", "C/1", NOW)

    assert vitals(store).unsent.count == 1
    assert vitals(store).unsent.seconds(LATER) == 5 * 3600


def test_money_is_told_by_stage_day_and_month(store: SqlStore) -> None:
    request = Request("score", "s", "u", "n", {})
    for key, age, usd in (("a", 0, 0.5), ("b", 2, 0.25), ("c", 40, 0.125)):
        at = LATER - timedelta(days=age)
        store.models.add_reply(key, request, Reply("{}", "m", "stop", Usage(1, 100, 400, 10, usd)), at)

    found = vitals(store)

    assert found.spent["score"] == Usage(3, 300, 1200, 30, 0.875)
    assert found.today.cost_usd == 0.5
    assert found.month.cost_usd == 0.75


def test_failures_feeds_and_runs_are_told(store: SqlStore) -> None:
    number = with_card(store)
    store.feeds.add_readings([FeedReport("cs.AI", SourceState.FRESH, 3, 2)], RUN, NOW)
    store.runs.add_failure(Failure("post", number, "Slack failed"), RUN, NOW)
    for name, minutes in (("poll-20260629T041000Z", 3), ("odd name", 1)):
        store.runs.start(name, NOW)
        store.runs.finish(RunReport(name, NOW, NOW + timedelta(minutes=minutes)))

    found = vitals(store)

    assert found.failing == {"post": 1}
    assert [feed.name for feed in found.sources] == ["cs.AI"]
    assert {kind: run.seconds for kind, run in found.runs.items()} == {"poll": 180, "other": 60}

    store.cards.add(number, CardPosted("web", "web/1", NOW), "0", RUN)
    assert vitals(store).failing == {}


def test_what_a_past_day_was_to_be_told_is_not_owed_any_more(store: SqlStore) -> None:
    for kind in ("digest/topic", "reminder/topic", "card/web"):
        store.outbox.intend(f"{kind}/1", "web", NOW - timedelta(days=2))
    store.outbox.intend("digest/topic/2", "web", NOW)

    unsent = vitals(store).unsent

    assert (unsent.count, unsent.since) == (2, NOW - timedelta(days=2)), "the card and today's digest"
