"""What a feed's answer means on a given day, judged by the ids in it and arXiv's announcement calendar."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from watcher.domain.papers.feeds import SourceState

EASTERN = ZoneInfo("America/New_York")
_SUNDAY = 6
_ANNOUNCED_ON_EVENINGS = {_SUNDAY, 0, 1, 2, 3}  # to Thursday, 20:00 Eastern (info.arxiv.org/help/availability)
_ANNOUNCED_AT = time(20)


def feed_day(now: datetime) -> date:
    """The day the feed shows at a moment: it turns at midnight Eastern."""
    return now.astimezone(EASTERN).date()


def day_start(now: datetime) -> datetime:
    """When the feed day of a moment began."""
    return datetime.combine(feed_day(now), time(), EASTERN)


def announced_at(day: date) -> datetime:
    """When the batch that the feed of a day shows is announced: the evening before."""
    return datetime.combine(day - timedelta(days=1), _ANNOUNCED_AT, EASTERN)


def brings_papers(day: date, holidays: AbstractSet[date]) -> bool:
    """Whether the feed of a day should hold a batch: the one announced the evening before.

    On a holiday no submissions are closed, so nothing is announced that evening; what is closed on a Friday is
    announced on Sunday. After Friday 19 June 2026 the feed of Monday 22 June held nothing, and the next day's held the
    papers of both (tests/data/papers).
    """
    evening = day - timedelta(days=1)
    closed = evening - timedelta(days=2) if evening.weekday() == _SUNDAY else evening
    return evening.weekday() in _ANNOUNCED_ON_EVENINGS and holidays.isdisjoint({evening, closed})


def unlisted_year(day: date, holidays: AbstractSet[date]) -> int | None:
    """The year of a day for which no holiday is listed at all; every year has some (1 January, 25 December)."""
    return None if any(holiday.year == day.year for holiday in holidays) else day.year


def source_state(*, fresh: bool, now: datetime, holidays: AbstractSet[date], window_hours: int) -> SourceState:
    """FRESH with a new batch; else QUIET on a day without one, WAITING while it may still come (`window_hours` after
    midnight Eastern), and STALLED after that, also when an old batch is shown.
    """
    if fresh:
        return SourceState.FRESH
    local = now.astimezone(EASTERN)
    if not brings_papers(local.date(), holidays):
        return SourceState.QUIET
    return SourceState.WAITING if local.hour < window_hours else SourceState.STALLED


def poll_is_due(states: Sequence[tuple[SourceState, datetime]], now: datetime, settled: timedelta) -> bool:
    """Whether feeds should be read again, given each one's last state of the day and when it was read.

    One without its batch is read at every slot. With every batch there, or none expected, another look `settled`
    later is for what came late: one reading never closes the day.
    """
    calm = {SourceState.FRESH, SourceState.QUIET}
    if not states or any(state not in calm for state, _ in states):
        return True
    return now - max(at for _, at in states) >= settled
