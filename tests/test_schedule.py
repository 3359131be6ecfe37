"""Slots are nominal, in UTC, the same on every machine, and caught up after a pause."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.servers.slack import eventually
from watcher.domain.errors import DatabaseError
from watcher.runtime.jobs import Scheduler
from watcher.schedule import digest_trigger, last_slot, poll_trigger, reconcile_trigger, slot_id
from watcher.settings import Schedule


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        ("2026-06-29T04:15:00+00:00", "2026-06-29T04:10:00+00:00"),  # 00:10 in New York, summer
        ("2026-01-05T05:15:00+00:00", "2026-01-05T05:10:00+00:00"),  # 00:10 in New York, winter
        ("2026-06-28T12:00:00+00:00", "2026-06-26T11:40:00+00:00"),  # Sunday: the last was on Friday
    ],
)
def test_polls_follow_new_york_through_summer_and_winter(now: str, slot: str) -> None:
    assert last_slot(poll_trigger(Schedule()), at(now)) == at(slot)


def test_the_digest_follows_tokyo() -> None:
    assert last_slot(digest_trigger(Schedule()), at("2026-06-29T00:00:01+00:00")) == at("2026-06-29T00:00:00+00:00")
    assert last_slot(digest_trigger(Schedule()), at("2026-06-28T23:59:59+00:00")) == at("2026-06-28T00:00:00+00:00")


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        ("2026-06-29T03:00:00+00:00", "2026-06-29T02:45:00+00:00"),  # Sunday 22:45 in New York, summer
        ("2026-01-06T04:00:00+00:00", "2026-01-06T03:45:00+00:00"),  # Monday 22:45, winter
        ("2026-06-27T12:00:00+00:00", "2026-06-26T02:45:00+00:00"),  # Saturday: the last was on Thursday
    ],
)
def test_reconciliation_follows_each_announcement_in_new_york(now: str, slot: str) -> None:
    assert last_slot(reconcile_trigger(Schedule()), at(now)) == at(slot)


def test_a_slot_names_its_run() -> None:
    assert slot_id("poll", at("2026-06-29T04:10:00+00:00")) == "poll-20260629T041000Z"


def test_an_hour_that_comes_twice_in_autumn_is_two_slots_and_one_that_is_missing_is_none() -> None:
    trigger = poll_trigger(Schedule(poll_days="*", poll_hours="1", poll_minutes="30"))
    autumn = last_slot(trigger, datetime(2026, 11, 1, 8, tzinfo=UTC))
    spring = last_slot(trigger, datetime(2026, 3, 8, 8, tzinfo=UTC))

    assert autumn in {at("2026-11-01T05:30:00+00:00"), at("2026-11-01T06:30:00+00:00")}
    assert spring == at("2026-03-08T06:30:00+00:00")


def test_a_slot_that_fails_keeps_no_other_from_being_fired() -> None:
    fired: list[str] = []

    def fire(kind: str, run_id: str) -> None:
        fired.append(kind)
        raise DatabaseError("the disk is full", about=run_id)

    scheduler = Scheduler(Schedule(), fire)
    scheduler.start()
    try:
        eventually(lambda: {"poll", "reconcile", "digest", "weekly", "refresh"} <= set(fired))
        assert scheduler.alive
    finally:
        scheduler.stop()


def test_starting_fires_the_last_slots_at_once_polls_first() -> None:
    fired: list[str] = []
    clock = Scheduler(Schedule(), lambda _, run_id: fired.append(run_id))

    clock.start()
    eventually(lambda: len(fired) == 5)
    clock.stop()

    assert [name.split("-")[0] for name in fired] == ["poll", "reconcile", "digest", "weekly", "refresh"]
