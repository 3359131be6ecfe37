"""The throttle of one process: turns apart, or a few at once as long as the minute's rate is kept."""

from __future__ import annotations

from contextlib import suppress
from types import SimpleNamespace

import pytest

from watcher.adapters.desks.slack import desk
from watcher.adapters.desks.slack.desk import LocalThrottle, TurnUnused


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was slept so far; nothing else takes time."""
    found: list[float] = []
    monkeypatch.setattr(desk, "time", SimpleNamespace(monotonic=lambda: 100 + sum(found), sleep=found.append))
    return found


def took(throttle: LocalThrottle, turns: int) -> None:
    for _ in range(turns):
        with throttle.turn():
            pass


def test_turns_are_a_pause_apart(slept: list[float]) -> None:
    took(LocalThrottle(1.2), 3)

    assert slept == pytest.approx([0.0, 1.2, 1.2])


def test_a_burst_passes_at_once_and_no_minute_holds_more_than_fifty(slept: list[float]) -> None:
    began = list[float]()
    throttle = LocalThrottle(1.2, burst=10)
    for _ in range(200):
        with throttle.turn():
            began.append(sum(slept))

    assert began[:11] == pytest.approx([0.0] * 10 + [12.0])
    assert max(sum(begin <= other < begin + 60 for other in began) for begin in began) == 50


def test_a_turn_in_which_nothing_was_sent_costs_none(slept: list[float]) -> None:
    throttle = LocalThrottle(1.2, burst=2)
    for _ in range(5):
        with suppress(TurnUnused), throttle.turn():
            raise TurnUnused
    took(throttle, 2)

    assert sum(slept) == 0.0
