"""The program as its operator starts it, in an interpreter of its own: other scenarios run commands in forks."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scenarios.conftest import FEED, NOBODY, NOW, Deployment
from watcher import __version__

pytestmark = pytest.mark.endurance

MODULE = (sys.executable, "-m", "watcher")
SCRIPT = (str(Path(sys.executable).with_name("watcher")),)


def started(deployment: Deployment, program: tuple[str, ...], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*program, *arguments],
        env=deployment.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_day_is_the_same_day_as_in_a_fork(deployment: Deployment, tmp_path: Path) -> None:
    forked = Deployment(tmp_path / "forked", dict(deployment.env))
    forked.prepare()
    arguments = ("run", "--feed", str(FEED), "--now", NOW, "--json")

    done, same = started(deployment, MODULE, *arguments), forked(*arguments)

    told, alike = json.loads(done.stdout), same.json
    assert told.pop("run_id") != alike.pop("run_id")
    assert (done.returncode, told) == (same.code, alike)
    assert told["posted"] == 7


@pytest.mark.parametrize("program", [MODULE, SCRIPT], ids=["module", "script"])
def test_exit_codes_and_streams_are_those_of_a_fork(deployment: Deployment, program: tuple[str, ...]) -> None:
    for arguments, code in ((["--version"], 0), (["decide", "1", "approve"], 1), (["nonsense"], 2)):
        done, same = started(deployment, program, *arguments), deployment(*arguments)
        assert (done.returncode, done.stdout) == (same.code, same.out)
        assert done.returncode == code
        assert re.sub(r"python -m watcher|\bwatcher\b", "", done.stderr) == re.sub(
            r"python -m watcher|\bwatcher\b", "", same.err
        )
    assert started(deployment, program, "--version").stdout.strip() == __version__


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serving_begins_and_ends_on_request(deployment: Deployment, number: signal.Signals) -> None:
    deployment.env |= dict.fromkeys(("WATCHER_ARXIV_RSS_URL", "WATCHER_ARXIV_OAI_URL"), NOBODY)
    with subprocess.Popen(
        [*MODULE, "serve", "--port", "0"],
        env=deployment.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        told = next(line for line in process.stdout if "http://127.0.0.1:" in line)
        process.send_signal(number)
        rest = process.stdout.read()

    assert (process.returncode, "Traceback" in told + rest) == (0, False)


LOADED = """
import contextlib, sys
from watcher.__main__ import main
with contextlib.suppress(SystemExit):
    main()
print(*sys.modules, file=sys.stderr)
"""
UNUSED = {
    "alembic",
    "numpy",
    "openai",
    "procrastinate",
    "psycopg",
    "slack_bolt",
    "slack_sdk",
    "sqlalchemy.dialects.postgresql",
    "starlette",
    "sudachipy",
    "uvicorn",
}
"""What commands that look or decide do not use without Slack and PostgreSQL."""
LOGS = {"rich.console", "structlog"}
"""What commands do not use that log nothing."""


def test_a_command_loads_what_it_uses(deployment: Deployment) -> None:
    deployment("run", "--feed", str(FEED), "--now", NOW)
    needless = {
        ("--help",): UNUSED | LOGS | {"filelock", "pydantic", "sqlalchemy"},
        ("status",): UNUSED | LOGS | {"feedparser", "filelock", "httpx2"},
        ("log",): UNUSED | LOGS | {"feedparser", "filelock", "httpx2"},
        ("decide", "2606.27483", "reject"): UNUSED | LOGS | {"feedparser", "httpx2"},
        ("check",): UNUSED,
    }

    for arguments, names in needless.items():
        done = started(deployment, (sys.executable, "-c", LOADED), *arguments)
        assert done.returncode == 0, done.stderr
        loaded = set(done.stderr.splitlines()[-1].split())
        assert "typer" in loaded, arguments
        assert sorted(names & loaded) == [], arguments
