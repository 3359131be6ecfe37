"""The parts of a process that stays are stopped however it ends, and no thread crashes its end."""

from __future__ import annotations

import signal
import subprocess
import threading
from contextlib import ExitStack

import pytest

from tests import commands
from watcher.runtime import serve
from watcher.runtime.serve import running


def parts(told: list[str], fails: str = "") -> None:
    """Start three parts, of which one may fail to start, run them, and tell what was stopped."""

    def start(started: ExitStack) -> None:
        for name in ("watcher", "web", "threads"):
            started.callback(told.append, name)
            if name == fails:
                raise RuntimeError(name)

    with running(start):
        if fails == "later":
            raise RuntimeError(fails)


@pytest.mark.parametrize(
    ("fails", "stopped"),
    [
        ("", ["threads", "web", "watcher"]),
        ("later", ["threads", "web", "watcher"]),
        ("web", ["web", "watcher"]),
    ],
)
def test_what_was_started_is_stopped_in_turn_also_after_a_failure(fails: str, stopped: list[str]) -> None:
    told: list[str] = []
    if fails:
        with pytest.raises(RuntimeError, match=fails):
            parts(told, fails)
    else:
        parts(told)
    assert told == stopped


def test_a_part_that_does_not_stop_keeps_a_failure_waiting_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "END_SECONDS", 0.1)
    free = threading.Event()

    def start(started: ExitStack) -> None:
        started.callback(free.wait, 20)
        raise RuntimeError("Slack refuses")

    with pytest.raises(RuntimeError, match="Slack refuses"), running(start):
        pass
    free.set()


# A thread whose every moment is in SQLite's code, and whose connections have a function written in Python to take down.
_BUSY = """
import sqlite3, threading, time
from watcher.domain.errors import DeskError
from watcher.runtime.serve import staying
def work():
    while True:
        connection = sqlite3.connect(":memory:")
        connection.create_function("regexp", 2, lambda *_: 1)
        connection.execute("select 'a' regexp 'b'")
        connection.close()
with staying() as asked:
    for _ in range(4):
        threading.Thread(target=work, daemon=True).start()
    print("alive", flush=True)
    {does}
"""


@pytest.mark.parametrize(
    ("does", "code", "said"),
    [
        ('time.sleep(0.05); raise DeskError("invalid_auth", about="Socket Mode")', 1, "invalid_auth"),
        ("time.sleep(0.05); 1 / 0", 1, "ZeroDivisionError"),
        ("asked.wait()", 0, ""),
    ],
)
def test_a_process_that_stays_ends_with_its_code_and_one_line_while_threads_are_busy(
    does: str, code: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        with commands.start(["-c", _BUSY.format(does=does)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "alive\n"
            if not code:
                process.send_signal(signal.SIGTERM)
                process.send_signal(signal.SIGTERM)
            assert process.wait(20) == code
        told = capfd.readouterr().err
        assert (said in told, told.count("\n")) == (True, code), told
