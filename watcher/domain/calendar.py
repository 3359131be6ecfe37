"""What a feed's answer means on a given day, judged by what is new in it and arXiv's announcement calendar."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from watcher.domain.card import SourceState

EASTERN = ZoneInfo("America/New_York")
_ANNOUNCED_ON_EVENINGS = {6, 0, 1, 2, 3}  # Sunday to Thursday, 20:00 Eastern (info.arxiv.org/help/availability)


def feed_day(now: datetime) -> date:
    """The day the feed shows at a moment: it turns at midnight Eastern."""
    return now.astimezone(EASTERN).date()


def brings_papers(day: date, holidays: AbstractSet[date]) -> bool:
    """Whether the feed of a day should hold a batch: the one announced the evening before."""
    evening = day - timedelta(days=1)
    return evening.weekday() in _ANNOUNCED_ON_EVENINGS and evening not in holidays


def source_state(
    *, entries: int, new: int, now: datetime, holidays: AbstractSet[date], window_hours: int
) -> SourceState:
    """FRESH when anything is new; else QUIET on a day without a batch, WAITING while the batch may still
    come (`window_hours` after midnight Eastern), and STALLED after that.

    A feed whose entries are all known is never a success by itself: it may be yesterday's.
    """
    if new:
        return SourceState.FRESH
    local = now.astimezone(EASTERN)
    if not brings_papers(local.date(), holidays):
        return SourceState.QUIET
    if local.hour < window_hours:
        return SourceState.WAITING
    return SourceState.STALLED if not entries else SourceState.WAITING
