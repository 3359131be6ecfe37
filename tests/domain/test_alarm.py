"""When people must hear of trouble, and how often."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from watcher.domain.health import (
    Alarm,
    AlarmChange,
    AlarmKind,
    Observations,
    alarm_changes,
    due_batch,
    find_problems,
)
from watcher.domain.papers.feeds import Account, FeedReport, SourceState, Span

EIGHT = time(20)
BATCH = datetime(2026, 6, 29, 0, 0, tzinfo=UTC)  # Sunday 20:00 in New York
TOLD = datetime(2026, 6, 29, 11, 0, tzinfo=UTC)  # Monday 20:00 in Tokyo
HOUR = timedelta(hours=1)
SHOWN = date(2026, 6, 29)  # by the feed of Monday


def read_to(day: date) -> Account:
    """What is known where every day was read up to this one."""
    return Account(BATCH - timedelta(days=30), [Span(date(2026, 6, 1), day)])


def found(now: datetime = TOLD, **signs: object) -> set[AlarmKind]:
    told = Observations(**{"first_run": BATCH - timedelta(days=30), "account": read_to(SHOWN), **signs})  # type: ignore[arg-type]
    return set(find_problems(told, now, BATCH, HOUR))


@pytest.mark.parametrize(
    ("now", "announced"),
    [
        ("2026-06-29T10:59:00+00:00", "2026-06-26T00:00:00+00:00"),  # a minute before Monday's eight: Friday's counts
        ("2026-06-29T11:00:00+00:00", "2026-06-29T00:00:00+00:00"),
        ("2026-06-28T20:00:00+00:00", "2026-06-26T00:00:00+00:00"),  # Sunday brings nothing
        ("2026-07-06T11:00:00+00:00", "2026-07-06T00:00:00+00:00"),
    ],
)
def test_a_batch_is_due_at_eight_in_tokyo_of_a_day_that_brings_papers(now: str, announced: str) -> None:
    assert due_batch(datetime.fromisoformat(now), frozenset(), EIGHT) == datetime.fromisoformat(announced)


def test_no_batch_is_due_on_a_holiday() -> None:
    holiday = frozenset({date(2026, 6, 28)})

    assert due_batch(TOLD, holiday, EIGHT) == datetime(2026, 6, 26, tzinfo=UTC)


def test_an_announcement_day_that_nobody_has_read_alarms_and_one_that_is_accounted_for_does_not() -> None:
    assert found(account=read_to(SHOWN - timedelta(days=1))) == {AlarmKind.NO_NEWS}
    assert found(account=read_to(SHOWN)) == set()
    assert found(account=Account()) == set(), "nothing was ever read"


def test_a_bot_that_began_after_the_batch_is_not_told_what_it_missed() -> None:
    unread = read_to(SHOWN - timedelta(days=1))
    assert found(account=unread, first_run=TOLD) == set()
    assert found(account=unread, first_run=None) == set()


@pytest.mark.parametrize(
    ("state", "new", "alarms"),
    [(SourceState.COMPLETE, 0, False), (SourceState.COMPLETE, 2, True), (SourceState.FAILED, 0, True)],
)
def test_a_reconciliation_that_found_something_or_was_not_whole_alarms(
    state: SourceState, new: int, *, alarms: bool
) -> None:
    assert (AlarmKind.MISSED in found(reconciled=FeedReport("oai", state, 9, new))) is alarms


@pytest.mark.parametrize("stage", ["score", "summarize", "post", "catalog", "push"])
def test_a_stage_alarms_once_it_has_failed_for_an_hour(stage: str) -> None:
    failing = {stage: (TOLD - HOUR, "HTTP 500")}

    assert found(failing=failing) == {AlarmKind(stage)}
    assert found(TOLD - timedelta(seconds=1), failing=failing) == set()


def test_slots_that_never_fired_alarm() -> None:
    assert found(overdue=("digest-20260629T000000Z",)) == {AlarmKind.SCHEDULE}


def test_an_alarm_is_opened_reminded_of_daily_closed_and_opened_anew() -> None:
    told: list[Alarm] = []
    said = []
    for hours in range(80):
        now = TOLD + timedelta(hours=hours)
        wrong = {AlarmKind.SCORE: "HTTP 500"} if hours < 50 or hours > 60 else {}
        made = alarm_changes(told, wrong, now)
        told = made or told
        said += [(hours, alarm.change) for alarm in made]

    assert said == [
        (0, AlarmChange.OPENED),
        (24, AlarmChange.REMINDED),
        (48, AlarmChange.REMINDED),
        (50, AlarmChange.CLOSED),
        (61, AlarmChange.OPENED),
    ]


def test_kinds_do_not_concern_each_other() -> None:
    standing = [Alarm(AlarmKind.SCORE, AlarmChange.OPENED, "", TOLD)]

    assert [(a.kind, a.change) for a in alarm_changes(standing, {AlarmKind.PUSH: "x"}, TOLD)] == [
        (AlarmKind.PUSH, AlarmChange.OPENED),
        (AlarmKind.SCORE, AlarmChange.CLOSED),
    ]


def test_rows_that_are_in_no_commit_alarm_at_once() -> None:
    assert found(lost=("2 approved rows are in no commit",)) == {AlarmKind.ROWS}
