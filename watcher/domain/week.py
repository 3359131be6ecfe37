"""Calendar weeks (ISO 8601) in the readers' time zone, Asia/Tokyo."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from watcher.domain.errors import Misuse

TOKYO = ZoneInfo("Asia/Tokyo")
_NAME = re.compile(r"([0-9]{4})-W([0-9]{2})")
_YEARS = range(1991, 2200)  # arXiv began in 1991; the weeks before and after each must have a name too


@dataclass(frozen=True, slots=True)
class Week:
    """A calendar week in Tokyo, from Monday to Sunday."""

    monday: date

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """The week that contains a moment."""
        day = moment.astimezone(TOKYO).date()
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def named(cls, name: str) -> Self:
        """The week with an ISO name such as `2026-W27`. Raises Misuse."""
        if found := _NAME.fullmatch(name):
            with suppress(ValueError):  # a year without its 53rd week
                monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
                if monday.year in _YEARS:
                    return cls(monday)
        raise Misuse(f"not an ISO week: {name!r}", about="week", remedy="e.g. 2026-W27")

    def __str__(self) -> str:
        """The ISO name, e.g. `2026-W27`."""
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02}"

    @property
    def sunday(self) -> date:
        """The last day of the week."""
        return self.monday + timedelta(days=6)

    @property
    def begins(self) -> datetime:
        """The first moment of the week."""
        return datetime.combine(self.monday, time(), TOKYO)

    @property
    def ends(self) -> datetime:
        """The first moment of the next week."""
        return self.earlier(-1).begins

    def earlier(self, weeks: int = 1) -> Week:
        """The week `weeks` weeks before."""
        return Week(self.monday - timedelta(weeks=weeks))
