"""New code takes the place of old while work is under way: nothing lost, nothing doubled, no schema written by both."""

from __future__ import annotations

import random
import time
from pathlib import Path

import psycopg
import pytest

from tests.kills import Day, Found, workspace
from tests.scenarios.conftest import Deployment
from tests.scenarios.test_crew import count, running
from tests.servers.slack import eventually
from watcher.adapters.engine.crew import PIECE
from watcher.adapters.engine.queue import Errand, Queue
from watcher.adapters.store.migrations import HEAD
from watcher.deployed import SLOT
from watcher.words_ja.cli import WORKING

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def test_a_day_goes_on_under_newer_code_that_came_while_it_was_under_way(tmp_path: Path, database_url: str) -> None:
    found, folder = Found(), tmp_path / "day"
    recorded = count(database_url, "select count(*) from replies")
    with workspace(folder / "slack") as slack, Day(folder, database_url, 2, slack, random.Random(1), 1) as day:
        eventually(lambda: recorded() >= 3, 60)
        queue = Queue(database_url)
        queue.put(Errand("paint", "nobody's"))
        queue.put(Errand(SLOT, "dream-1", {"kind": "dream", "run_id": "dream-1"}, urgent=True))
        queue.put(Errand(PIECE, "odd", {"run": "r", "stage": "paint", "topic": "t", "numbers": [], "mood": "calm"}))
        day.deploy(found)
        day.endure(0, time.monotonic(), found)
        assert queue.waiting(["nobody's"]) == {"nobody's"}, "what no code knows harms nobody"
        queue.close()

    assert found.days == 1
    assert found.recovered[0] < 30


def stand_at(url: str, revision: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("update alembic_version set version_num = %s", [revision])


@pytest.mark.empty_database
def test_old_code_ends_once_a_release_overtakes_it_and_new_code_does_not_begin_before_its_own(
    deployment: Deployment, database_url: str
) -> None:
    deployment.env |= {"DATABASE_URL": database_url, "WATCHER_ENGINE": "procrastinate"}
    log = deployment.folder / "serve.log"

    def begun(role: str) -> bool:
        return WORKING.format(roles=role) in log.read_text(encoding="utf-8")

    released = deployment("db", "upgrade")
    assert released.code == 0, released.err
    with running(deployment, ("worker",), ("clock",)) as (worker, clock):
        eventually(lambda: begun("worker") and begun("clock"), 60)
        stand_at(database_url, "9999")
        assert (worker.wait(60), clock.wait(60)) == (1, 1)
    assert f"the schema stands at 9999, not at {HEAD}" in log.read_text(encoding="utf-8")

    late = deployment("worker")
    assert late.code == 1
    assert f"a newer version made the schema: it stands at 9999, this program knows {HEAD}" in late.err

    stand_at(database_url, HEAD)
    assert deployment("db", "downgrade", f"{int(HEAD) - 1:04}").code == 0
    early = deployment("clock")
    assert early.code == 1
    assert 'run "watcher db upgrade" first' in early.err
    assert early.err.count("\n") == 1, "one line"
    assert deployment("db", "upgrade").out.strip() == HEAD
