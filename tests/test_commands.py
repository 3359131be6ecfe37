"""A program that runs in a fork is as one that was started: streams, environment, folder, signals and exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import commands

TELLS = """
import json, os, signal, socket, sys, threading, time
print(json.dumps({
    "argv": sys.argv, "cwd": os.getcwd(), "own": os.environ.get("OWN"), "left": os.environ.get("LEFT_OUT"),
    "zone": time.tzname[0], "stdin": sys.stdin.read(), "threads": threading.active_count(), "name": __name__,
    "int": signal.getsignal(signal.SIGINT) is signal.default_int_handler, "connects": socket.socket.__module__,
    "fds": sorted(os.listdir("/proc/self/fd"), key=int)[:-1],
}))
print("beside", file=sys.stderr)
"""
WAITS = "import sys; print('ready', flush=True); sys.stdin.read()"


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        ("pass", 0, ""),
        ("import sys; sys.exit(3)", 3, ""),
        ("import sys; sys.exit('no')", 1, "no\n"),
        ("raise ValueError('odd')", 1, "ValueError: odd\n"),
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL, ""),
        ("import atexit, sys; atexit.register(print, 'late', file=sys.stderr)", 0, "late\n"),
        (
            "import sys, threading as t; t.Timer(0.1, print, ['after'], {'file': sys.stderr}).start()",
            0,
            "after\n",
        ),
    ],
)
def test_it_ends_as_it_would_when_started(script: str, code: int, said: str) -> None:
    started = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    done = commands.run(["-c", script])

    assert (done.returncode, done.stdout) == (started.returncode, started.stdout) == (code, "")
    assert done.stderr.endswith(said)
    assert started.stderr.endswith(said)
    assert bool(done.stderr) is bool(said)


@pytest.mark.endurance
def test_it_sees_its_own_arguments_environment_folder_and_streams(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEFT_OUT", "1")
    env = {"OWN": "日本語", "TZ": "Asia/Tokyo"}

    command = commands.start(
        ["-c", TELLS, "one", "two words"], env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert command.stdin is not None
    command.stdin.write("given")
    told = json.loads(command.communicate()[0])

    assert told == {
        "argv": ["-c", "one", "two words"],
        "cwd": str(tmp_path),
        "own": "日本語",
        "left": None,
        "zone": "JST",
        "stdin": "given",
        "threads": 1,
        "name": "__main__",
        "int": True,
        "connects": "socket",
        "fds": told["fds"],
    }
    assert commands.run(["-c", TELLS], {}).stderr == "beside\n"


@pytest.mark.endurance
def test_it_holds_open_no_more_of_the_server_than_a_fork_of_nothing_else_under_way() -> None:
    alone = json.loads(commands.run(["-c", TELLS]).stdout)["fds"]
    with commands.start(["-c", WAITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as waits:
        assert waits.stdout is not None
        assert waits.stdout.readline() == "ready\n"
        beside = json.loads(commands.run(["-c", TELLS]).stdout)["fds"]

    assert beside == alone
    assert waits.returncode == 0


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, -signal.SIGINT), (signal.SIGKILL, -signal.SIGKILL)],
)
def test_signals_reach_it(number: signal.Signals, code: int) -> None:
    command = commands.start(["-c", WAITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert command.stdout is not None
    assert command.stdout.readline() == "ready\n"
    assert command.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        command.wait(0.01)

    os.kill(command.pid, number)

    assert command.wait(20) == command.returncode == command.poll() == code
    command.kill()
    command.communicate()


def test_one_that_takes_too_long_is_ended() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        commands.run(["-c", "import time; time.sleep(60)"], timeout=0.1)


@pytest.mark.endurance
def test_many_run_side_by_side_each_with_its_own_chance() -> None:
    barrier = threading.Barrier(4)

    def ask(number: int) -> tuple[int, str]:
        barrier.wait()
        done = commands.run(["-c", f"import random, sys; print(random.random()); sys.exit({number})"])
        return done.returncode, done.stdout

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(ask, range(4)))

    assert [code for code, _ in done] == [0, 1, 2, 3]
    assert len({drawn for _, drawn in done}) == 4


def test_it_runs_a_module_as_python_does() -> None:
    started = subprocess.run([sys.executable, "-m", "platform"], capture_output=True, text=True, check=False)

    done = commands.run(["-m", "platform"])

    assert (done.returncode, done.stdout, done.stderr) == (started.returncode, started.stdout, started.stderr)
