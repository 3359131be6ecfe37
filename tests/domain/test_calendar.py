"""What a feed's answer means, over weekends, holidays and the hours of the day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from watcher.domain.papers.feeds import (
    EASTERN,
    SourceState,
    announced_at,
    brings_papers,
    feed_day,
    poll_is_due,
    source_state,
    unlisted_year,
)
from watcher.domain.papers.paper import PaperId

HOLIDAYS = frozenset({date(2026, 11, 26)})
NEWEST = PaperId("arxiv", "2606.27000")


def eastern(day: int, hour: int, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=EASTERN)


def state(now: datetime, *, fresh: bool = False) -> SourceState:
    return source_state(fresh=fresh, now=now, holidays=HOLIDAYS, window_hours=7)


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2026, 6, 29), True), (date(2026, 7, 3), True), (date(2026, 7, 4), False), (date(2026, 7, 5), False)],
)
def test_batches_come_monday_to_friday(day: date, expected: bool) -> None:
    assert brings_papers(day, frozenset()) is expected


def test_the_day_after_a_holiday_evening_brings_nothing() -> None:
    assert not brings_papers(date(2026, 11, 27), HOLIDAYS)
    assert brings_papers(date(2026, 11, 26), HOLIDAYS)


def test_the_monday_after_a_holiday_on_a_friday_brings_nothing() -> None:
    friday = frozenset({date(2026, 6, 19)})
    assert not brings_papers(date(2026, 6, 22), friday)
    assert brings_papers(date(2026, 6, 19), friday)
    assert brings_papers(date(2026, 6, 23), friday)


def test_a_year_without_any_holiday_is_not_listed() -> None:
    assert unlisted_year(date(2026, 1, 1), HOLIDAYS) is None
    assert unlisted_year(date(2027, 1, 1), HOLIDAYS) == 2027


def test_a_batch_is_fresh_whatever_the_day() -> None:
    assert state(eastern(5, 3, month=7), fresh=True) is SourceState.FRESH


def test_no_batch_on_a_weekend_or_after_a_holiday_is_quiet() -> None:
    assert state(eastern(5, 3, month=7)) is SourceState.QUIET
    assert state(eastern(27, 3, month=11)) is SourceState.QUIET


def test_no_batch_yet_is_waiting_and_none_too_late_is_stalled() -> None:
    assert state(eastern(29, 1)) is SourceState.WAITING
    assert state(eastern(29, 9)) is SourceState.STALLED


def test_the_feed_turns_at_midnight_eastern_in_summer_and_winter() -> None:
    assert feed_day(datetime.fromisoformat("2026-06-29T12:59:00+09:00")) == date(2026, 6, 28)
    assert feed_day(datetime.fromisoformat("2026-06-29T13:00:00+09:00")) == date(2026, 6, 29)
    assert feed_day(datetime.fromisoformat("2026-12-01T13:59:00+09:00")) == date(2026, 11, 30)
    assert feed_day(datetime.fromisoformat("2026-12-01T14:00:00+09:00")) == date(2026, 12, 1)


def test_a_batch_is_announced_at_eight_in_the_evening_before_in_summer_and_winter() -> None:
    assert announced_at(date(2026, 6, 29)) == datetime.fromisoformat("2026-06-29T00:00:00+00:00")
    assert announced_at(date(2026, 12, 1)) == datetime.fromisoformat("2026-12-01T01:00:00+00:00")


def test_a_feed_without_its_batch_is_read_at_every_slot_and_one_with_it_again_later() -> None:
    first, settled = eastern(29, 0), timedelta(hours=7)

    def due(hour: int, *states: SourceState) -> bool:
        return poll_is_due([(state, first) for state in states], eastern(29, hour), settled)

    assert due(0)
    assert due(1, SourceState.WAITING)
    assert due(1, SourceState.FRESH, SourceState.FAILED)
    assert due(1, SourceState.FRESH, SourceState.STALLED)
    assert not due(6, SourceState.FRESH, SourceState.QUIET)
    assert due(7, SourceState.FRESH, SourceState.QUIET)
