"""What a feed's answer means, over weekends, holidays and the hours of the day."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from watcher.domain.calendar import EASTERN, brings_papers, feed_day, source_state
from watcher.domain.card import SourceState

HOLIDAYS = frozenset({date(2026, 11, 26)})


def eastern(day: int, hour: int, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=EASTERN)


def state(now: datetime, entries: int = 0, new: int = 0) -> SourceState:
    return source_state(entries=entries, new=new, now=now, holidays=HOLIDAYS, window_hours=7)


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2026, 6, 29), True), (date(2026, 7, 3), True), (date(2026, 7, 4), False), (date(2026, 7, 5), False)],
)
def test_batches_come_monday_to_friday(day: date, expected: bool) -> None:
    assert brings_papers(day, frozenset()) is expected


def test_the_day_after_a_holiday_evening_brings_nothing() -> None:
    assert not brings_papers(date(2026, 11, 27), HOLIDAYS)
    assert brings_papers(date(2026, 11, 26), HOLIDAYS)


def test_anything_new_is_fresh_whatever_the_day() -> None:
    assert state(eastern(5, 3, month=7), entries=3, new=1) is SourceState.FRESH


def test_nothing_on_a_weekend_or_after_a_holiday_is_quiet() -> None:
    assert state(eastern(5, 3, month=7)) is SourceState.QUIET
    assert state(eastern(27, 3, month=11)) is SourceState.QUIET


def test_nothing_new_yet_is_waiting_and_nothing_at_all_too_late_is_stalled() -> None:
    assert state(eastern(29, 1)) is SourceState.WAITING
    assert state(eastern(29, 1), entries=10) is SourceState.WAITING
    assert state(eastern(29, 9)) is SourceState.STALLED


def test_the_feed_turns_at_midnight_eastern_in_summer_and_winter() -> None:
    assert feed_day(datetime.fromisoformat("2026-06-29T12:59:00+09:00")) == date(2026, 6, 28)
    assert feed_day(datetime.fromisoformat("2026-06-29T13:00:00+09:00")) == date(2026, 6, 29)
    assert feed_day(datetime.fromisoformat("2026-12-01T13:59:00+09:00")) == date(2026, 11, 30)
    assert feed_day(datetime.fromisoformat("2026-12-01T14:00:00+09:00")) == date(2026, 12, 1)
