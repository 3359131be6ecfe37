"""Weeks are ISO's, in Tokyo."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from watcher.domain.curation.weekly import Week
from watcher.domain.errors import UsageError


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        ("2026-06-28T14:59:59+00:00", "2026-W26"),  # Sunday, a second before midnight in Tokyo
        ("2026-06-28T15:00:00+00:00", "2026-W27"),
        ("2027-01-03T00:00:00+00:00", "2026-W53"),
    ],
)
def test_a_moment_lies_in_the_week_of_tokyo(moment: str, week: str) -> None:
    assert str(Week.of(datetime.fromisoformat(moment))) == week


def test_weeks_follow_each_other_without_a_gap() -> None:
    week = Week.of(datetime(2026, 6, 29, tzinfo=UTC))

    assert week.earlier().ends == week.begins
    assert week.ends - week.begins == timedelta(days=7)
    assert Week.of(week.begins) == week == Week.named(str(week))


@pytest.mark.parametrize("name", ["2026-27", "2026-W54", "2026-W00", "last", "2026-W2７", "9999-W52", "0001-W01"])
def test_a_name_that_is_no_week_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=r"2026-W27"):
        Week.named(name)
