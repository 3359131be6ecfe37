"""The embedded engine does every unit, survives bad ones, and leaves an outage alone."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest

from tests import commands
from watcher.adapters.queue.folder_lock import hold
from watcher.domain.errors import BusyError, ConfigError, DeskRefused, ModelError, ModelRefused, WatcherError
from watcher.pipeline.run import attempt_each


def test_every_unit_is_done_and_the_failed_ones_are_named() -> None:
    done: list[int] = []

    def work(unit: int) -> None:
        if unit % 2:
            raise WatcherError("odd", about=str(unit))
        done.append(unit)

    failed = attempt_each(range(6), work, concurrency=3)

    assert sorted(done) == [0, 2, 4]
    assert [unit for unit, _ in failed] == [1, 3, 5]


def test_units_run_at_the_same_time() -> None:
    meet = threading.Barrier(4, timeout=5)

    def work(unit: int) -> None:
        del unit
        meet.wait()

    assert attempt_each(range(4), work, concurrency=4) == []


def test_an_unexpected_error_is_one_units_failure() -> None:
    def work(unit: int) -> None:
        if unit == 0:
            raise ZeroDivisionError

    failed = attempt_each(range(3), work)

    assert [(unit, "ZeroDivisionError" in str(error)) for unit, error in failed] == [(0, True)]


@pytest.mark.parametrize("refusal", [ModelRefused("no key"), DeskRefused("not in channel")])
def test_a_refusal_leaves_the_rest_for_another_time(refusal: WatcherError) -> None:
    asked: list[int] = []

    def work(unit: int) -> None:
        asked.append(unit)
        raise refusal

    failed = attempt_each(range(10), work)

    assert asked == [0]
    assert len(failed) == 1


def test_three_failures_of_a_service_in_a_row_are_an_outage() -> None:
    asked: list[int] = []

    def work(unit: int) -> None:
        asked.append(unit)
        if unit != 1:
            raise ModelError("HTTP 500")

    attempt_each(range(10), work)

    assert asked == [0, 1, 2, 3, 4]


@pytest.mark.endurance
def test_the_folder_is_free_again_after_its_holder_was_killed(tmp_path: Path) -> None:
    script = f"from pathlib import Path; from watcher.adapters.queue.folder_lock import hold\nwith hold(Path({str(tmp_path)!r})):\n print('held', flush=True); input()"
    with commands.start(["-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(BusyError, match="another watcher"), hold(tmp_path):
            pass
        holder.kill()

    with hold(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="WATCHER_DATA"), hold(tmp_path / "file" / "var"):
        pass
