"""Being alone with something, over threads and processes; results of jobs, taken once."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests import commands
from tests.commands import Command
from tests.fakes import NOON
from watcher.adapters.store import SqlStore, open_database
from watcher.domain.budget import Cap, Usage
from watcher.domain.errors import BusyError
from watcher.ports import JobResult, ModelJob

HOLDER = """
import sys
from watcher.adapters.store import open_database
database = open_database(sys.argv[1])
with database.locks.hold("key"):
    print("held", flush=True)
    sys.stdin.readline()
"""
postgresql_alone = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def other(database_url: str) -> Iterator[SqlStore]:
    database = open_database(database_url)
    yield SqlStore(database)
    database.close()


def holder(url: str) -> Command:
    process = commands.start(["-c", HOLDER, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_of_many_threads_one_at_a_time_is_alone_with_a_key(store: SqlStore) -> None:
    inside, most = 0, 0

    def enter(_: int) -> None:
        nonlocal inside, most
        with store.locks.hold("key"):
            inside += 1
            most = max(most, inside)
            time.sleep(0.002)
            inside -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, range(24)))
    assert most == 1


def test_other_keys_do_not_wait(store: SqlStore) -> None:
    with store.locks.hold("one"), store.locks.hold("other"):
        pass


def test_a_failure_inside_gives_the_key_back(store: SqlStore) -> None:
    with pytest.raises(ZeroDivisionError), store.locks.hold("key"):
        raise ZeroDivisionError
    with store.locks.hold("key"):
        pass


@postgresql_alone
def test_another_process_waits_until_the_key_is_free(store: SqlStore, other: SqlStore) -> None:
    entered = threading.Event()

    def enter() -> None:
        with other.locks.hold("key"):
            entered.set()

    with store.locks.hold("key"):
        waiting = threading.Thread(target=enter)
        waiting.start()
        assert not entered.wait(0.3)
    assert entered.wait(5)
    waiting.join()


@postgresql_alone
def test_what_a_killed_process_held_is_free_again(store: SqlStore, database_url: str) -> None:
    with holder(database_url) as process:
        process.kill()
    with store.locks.hold("key"):
        pass


def test_the_same_work_has_the_same_key_wherever_it_is_thought_of() -> None:
    one, same = ModelJob("run", "score", "topic", (1, 2)), ModelJob("run", "score", "topic", (2, 1), NOON)
    others = [
        ModelJob("run", "score", "topic", (12,)),
        ModelJob("run", "score", "other", (1, 2)),
        ModelJob("r", "score", "t", ()),
    ]

    assert one.key == same.key
    assert one.key not in {other.key for other in others}


def test_a_result_of_a_job_is_taken_once_and_as_it_was_left(store: SqlStore) -> None:
    result = JobResult({"scored": 3}, Usage(1, 20, 300, 4, 0.5), ("score: failed",), Cap.USD)
    store.coordination.put_result("run/score/a", result, NOON)
    store.coordination.put_result("run/score/b", JobResult(), NOON)

    assert store.coordination.has_result("run/score/a")
    assert store.coordination.pop_results(["run/score/a", "run/score/c"]) == {"run/score/a": result}
    assert not store.coordination.has_result("run/score/a")
    assert store.coordination.pop_results(["run/score/a"]) == {}
    assert store.coordination.pop_run_results("ru_") == []
    assert store.coordination.pop_run_results("run") == [JobResult()]


def test_a_result_that_nobody_takes_is_forgotten_after_days(store: SqlStore) -> None:
    store.coordination.put_result("old", JobResult(), NOON)
    store.coordination.put_result("new", JobResult(), NOON + timedelta(days=3))

    assert not store.coordination.has_result("old")
    assert store.coordination.has_result("new")


def test_a_run_without_an_end_is_known(store: SqlStore) -> None:
    store.runs.start("poll-1", NOON)
    store.runs.start("poll-0", NOON - timedelta(days=3))

    assert store.runs.unfinished(NOON - timedelta(days=1)) == ["poll-1"]


@postgresql_alone
def test_those_who_share_a_database_keep_out_who_wants_it_for_itself(store: SqlStore, other: SqlStore) -> None:
    with store.database.hold(shared=True), other.database.hold(shared=True):
        pass
    with store.database.hold(shared=True), pytest.raises(BusyError), other.database.hold():
        pass
    with store.database.hold(), pytest.raises(BusyError), other.database.hold(shared=True):
        pass
