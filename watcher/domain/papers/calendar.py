"""arXiv's announcement calendar, and the state of a feed on a given day according to it."""

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
    """The day that arXiv's feeds show at a time; it changes at midnight Eastern."""
    return now.astimezone(EASTERN).date()


def day_start(now: datetime) -> datetime:
    """The time at which arXiv's feed day that contains a time began (midnight Eastern)."""
    return datetime.combine(feed_day(now), time(), EASTERN)


def announced_at(day: date) -> datetime:
    """The time at which arXiv announces the batch of papers that its feed shows on a day: 20:00 Eastern on the evening
    before.
    """
    return datetime.combine(day - timedelta(days=1), _ANNOUNCED_AT, EASTERN)


def brings_papers(day: date, holidays: AbstractSet[date]) -> bool:
    """Whether arXiv's feed of a day should contain a batch of papers, which was announced the evening before.

    On a holiday no submissions are closed, so nothing is announced that evening; submissions closed on a Friday are
    announced on Sunday. After Friday 19 June 2026, the feed of Monday 22 June was empty, and the next day's contained
    the papers of both (tests/data/papers).
    """
    evening = day - timedelta(days=1)
    closed = evening - timedelta(days=2) if evening.weekday() == _SUNDAY else evening
    return evening.weekday() in _ANNOUNCED_ON_EVENINGS and holidays.isdisjoint({evening, closed})


def unlisted_year(day: date, holidays: AbstractSet[date]) -> int | None:
    """The year of a day if the configured holidays list none in that year, so that the list must be extended; else
    None.
    """
    return None if any(holiday.year == day.year for holiday in holidays) else day.year


def source_state(*, fresh: bool, now: datetime, holidays: AbstractSet[date], window_hours: int) -> SourceState:
    """The state of a feed: FRESH with a new batch; else QUIET on a day without one, WAITING while it may still come
    (`window_hours` after midnight Eastern), and STALLED after that, also if an old batch is shown.
    """
    if fresh:
        return SourceState.FRESH
    local = now.astimezone(EASTERN)
    if not brings_papers(local.date(), holidays):
        return SourceState.QUIET
    return SourceState.WAITING if local.hour < window_hours else SourceState.STALLED


def poll_is_due(states: Sequence[tuple[SourceState, datetime]], now: datetime, settled: timedelta) -> bool:
    """Whether feeds should be read again, given pairs of (last state of a feed on this day, time of that reading).

    If a feed lacks its batch, they are read at every scheduled time. If every batch has been read or none is expected,
    one more reading `settled` after the last takes in late papers.
    """
    calm = {SourceState.FRESH, SourceState.QUIET, SourceState.FORGOT}
    if not states or any(state not in calm for state, _ in states):
        return True
    return now - max(at for _, at in states) >= settled
