"""New code takes the place of old while work is under way: nothing lost, nothing doubled, no schema written by both."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.kills import Day, Found, workspace
from tests.revisions import SECOND, next_release
from tests.scenarios.conftest import Deployment
from tests.scenarios.test_workers import count, running
from tests.servers.slack import eventually
from watcher.adapters.queue.queue import MODEL_CALLS, Job, Queue
from watcher.adapters.store.migrations import HEAD
from watcher.runtime.cluster import RUNS
from watcher.words_ja.cli import WORKING

pytestmark = [pytest.mark.endurance, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]


def test_a_day_goes_on_under_newer_code_that_came_while_it_was_under_way(tmp_path: Path, database_url: str) -> None:
    found, folder = Found(), tmp_path / "day"
    recorded = count(database_url, "select count(*) from replies")
    with workspace(folder / "slack") as slack, Day(folder, database_url, 2, slack, random.Random(1), 1) as day:
        eventually(lambda: recorded() >= 3)
        queue = Queue(database_url)
        queue.put(Job("paint", "nobody's"))
        queue.put(Job(RUNS, "dream-1", {"kind": "dream", "run_id": "dream-1"}, urgent=True))
        queue.put(Job(MODEL_CALLS, "odd", {"run": "r", "stage": "paint", "topic": "t", "numbers": [], "mood": "calm"}))
        day.deploy(found)
        day.endure(0, time.monotonic(), found)
        assert queue.waiting(["nobody's"]) == {"nobody's"}, "what no code knows harms nobody"
        queue.close()

    assert found.days == 1
    assert found.recovered[0] < 30


@pytest.mark.empty_database
def test_old_code_ends_once_a_release_overtakes_it_and_new_code_does_not_begin_before_its_own(
    deployment: Deployment, database_url: str
) -> None:
    deployment.env |= {"DATABASE_URL": database_url, "WATCHER_QUEUE": "postgresql"}
    log = deployment.folder / "serve.log"

    def begun(role: str) -> bool:
        return WORKING.format(roles=role) in log.read_text(encoding="utf-8")

    released = deployment("db", "upgrade")
    assert released.code == 0, released.err
    with running(deployment, ("worker",), ("clock",)) as (worker, clock):
        eventually(lambda: begun("worker") and begun("clock"))
        newer = next_release(deployment.folder / "newer")
        assert by_release(newer, deployment, "db", "upgrade") == (0, SECOND)
        assert (worker.wait(60), clock.wait(60)) == (1, 1)
    assert f"the schema stands at {SECOND}, not at {HEAD}" in log.read_text(encoding="utf-8")

    late = deployment("worker")
    assert late.code == 1
    assert f"a newer version made the schema: it stands at {SECOND}, this program knows {HEAD}" in late.err

    assert by_release(newer, deployment, "db", "downgrade", HEAD) == (0, HEAD)
    code, said = by_release(newer, deployment, "clock")
    assert code == 1
    assert 'run "watcher db upgrade" first' in said
    assert said.count("\n") == 0, "one line"
    assert deployment("db", "upgrade").out.strip() == HEAD


def by_release(program: Path, deployment: Deployment, *arguments: str) -> tuple[int, str]:
    """How a command of another release ends, and what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "watcher", *arguments],
        cwd=program,
        env=deployment.environment() | {"PYTHONPATH": str(program)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, (done.stdout + done.stderr).strip()
