"""Jobs wait once, are done by whoever is free, and outlive neither their tables nor their worker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.fakes import NOON
from tests.servers.slack import eventually
from watcher.adapters.queue.queue import MODEL_CALLS, Job, Queue, RemoteWorkers
from watcher.adapters.store import SqlStore
from watcher.domain.errors import ConfigError, Unavailable
from watcher.ports import JobResult, ModelJob

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def queue(database_url: str) -> Iterator[Queue]:
    made = Queue(database_url)
    made.prepare()
    yield made
    made.close()


@contextmanager
def working(queue: Queue, tasks: dict[str, Callable[..., None]], concurrency: int = 2) -> Iterator[None]:
    stop = threading.Event()
    worker = threading.Thread(target=queue.work, args=(tasks, concurrency, stop))
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join(20)
        assert not worker.is_alive()


def test_a_job_is_done_once_with_its_arguments_and_then_gone(queue: Queue) -> None:
    done: list[int] = []
    queue.put(Job("task", "one", {"number": 1}))
    queue.put(Job("task", "one", {"number": 1}))
    queue.put(Job("task", "two", {"number": 2}))

    assert queue.waiting(["one", "two", "three"]) == {"one", "two"}
    with working(queue, {"task": lambda **arguments: done.append(arguments["number"])}):
        eventually(lambda: not queue.waiting(["one", "two"]))
    assert sorted(done) == [1, 2]


def test_of_those_with_one_lock_a_single_one_is_done_at_a_time(queue: Queue) -> None:
    inside, most, done = 0, 0, 0

    def task() -> None:
        nonlocal inside, most, done
        inside += 1
        most = max(most, inside)
        time.sleep(0.05)
        inside -= 1
        done += 1

    for key in "abc":
        queue.put(Job("task", key, lock="alone"))
    with working(queue, {"task": task}, concurrency=3):
        eventually(lambda: done == 3)
    assert most == 1


def test_what_nobody_has_begun_can_be_withdrawn(queue: Queue) -> None:
    queue.put(Job("task", "one"))
    queue.withdraw(["one"])

    assert queue.waiting(["one"]) == frozenset()


def test_code_with_another_version_of_the_library_works_beside_this_one(queue: Queue, database_url: str) -> None:
    done: list[str] = []
    newer = Queue(database_url, "99.0")
    with working(queue, {"task": lambda: done.append("old")}):
        newer.prepare()
        queue.put(Job("task", "one"))
        newer.put(Job("task", "two"))
        queue.prepare()
        eventually(lambda: done == ["old"])

    assert newer.waiting(["one", "two"]) == {"two"}
    with working(newer, {"task": lambda: done.append("new")}):
        eventually(lambda: done == ["old", "new"])
    newer.close()


def schemas(database_url: str) -> set[str]:
    with psycopg.connect(database_url) as connection:
        found = connection.execute(r"select nspname from pg_namespace where nspname like 'watcher\_queue%'")
        return {str(row[0]) for row in found}


@pytest.mark.parametrize("beats", [True, False])
def test_tables_of_another_version_go_once_nobody_has_used_them_for_an_hour(
    queue: Queue, database_url: str, *, beats: bool
) -> None:
    newer = Queue(database_url, "99.0")
    newer.prepare()
    assert schemas(database_url) == {queue.schema, newer.schema}, "it was made ready a moment ago"
    with psycopg.connect(database_url) as connection:
        connection.execute(f"comment on schema {queue.schema} is '2026-01-01T00:00:00+00:00'".encode())
        if beats:
            connection.execute(f"insert into {queue.schema}.procrastinate_workers default values".encode())

    newer.prepare()

    assert schemas(database_url) == ({queue.schema, newer.schema} if beats else {newer.schema})
    newer.put(Job("task", "one"))
    newer.close()


def test_a_worker_that_is_asked_to_end_leaves_what_takes_too_long_to_others(queue: Queue) -> None:
    begun, go_on, stop, done = (threading.Event() for _ in range(4))

    def slow() -> None:
        begun.set()
        go_on.wait(30)

    queue.put(Job("task", "one"))
    ending = threading.Thread(target=lambda: queue.work({"task": slow}, 2, stop, grace=0.2))
    ending.start()
    assert begun.wait(10)
    stop.set()
    ending.join(10)
    assert not ending.is_alive()

    with working(queue, {"task": done.set}):
        assert done.wait(20)
    go_on.set()


def test_a_job_that_this_code_does_not_know_waits_for_code_that_does(queue: Queue) -> None:
    done = threading.Event()
    queue.put(Job("task of tomorrow", "one"))
    queue.put(Job("task", "two"))
    with working(queue, {"task": done.set}):
        assert done.wait(10)
    assert queue.waiting(["one"]) == {"one"}


def test_a_job_with_arguments_that_this_code_does_not_know_is_done_by_code_that_does(queue: Queue) -> None:
    seen: list[str] = []

    def older(number: int) -> None:
        raise AssertionError(number)

    def newer(number: int, mood: str) -> None:
        seen.append(f"{number} {mood}")

    queue.put(Job("task", "one", {"number": 1, "mood": "calm"}))
    with working(queue, {"task": older}):
        eventually(lambda: tried(queue) == 1)
    assert queue.waiting(["one"]) == {"one"}

    with working(queue, {"task": newer}):
        eventually(lambda: seen)
    assert seen == ["1 calm"]


def tried(queue: Queue) -> int:
    """How often the jobs that wait were tried."""
    with psycopg.connect(queue.conninfo) as connection:
        row = connection.execute("select coalesce(max(attempts), 0) from procrastinate_jobs").fetchone()
        return int(row[0]) if row else 0


def test_a_job_of_a_worker_whose_heart_stopped_is_done_by_another(queue: Queue) -> None:
    done = threading.Event()
    queue.put(Job("task", "one"))
    with psycopg.connect(queue.conninfo) as connection:
        row = connection.execute("select * from procrastinate_register_worker_v1()").fetchone()
        assert row is not None
        connection.execute("select procrastinate_fetch_job_v2(null, %s)", [row[0]])
        connection.execute("update procrastinate_workers set last_heartbeat = now() - interval '1 minute'")

    with working(queue, {"task": done.set}):
        assert done.wait(10)


@pytest.mark.usefixtures("database_url")
def test_a_server_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    nowhere = Queue(f"postgresql://postgres@/none?host={tmp_path}")
    with pytest.raises(ConfigError, match="queue cannot be made"):
        nowhere.prepare()


def jobs(count: int) -> list[ModelJob]:
    return [ModelJob("run", "score", "topic", (number,)) for number in range(count)]


def doing(store: SqlStore, result: JobResult, done: list[Any]) -> Callable[..., None]:
    def do(run: str, stage: str, topic: str, numbers: list[int], now: str | None) -> None:
        assert now is None
        job = ModelJob(run, stage, topic, tuple(numbers))
        done.append(job)
        store.coordination.put_result(job.key, result, NOON)

    return do


def test_jobs_are_done_by_workers_and_their_results_taken_in(queue: Queue, store: SqlStore) -> None:
    done: list[ModelJob] = []
    told: list[JobResult] = []
    with working(queue, {MODEL_CALLS: doing(store, JobResult({"scored": 2}), done)}):
        left = RemoteWorkers(queue, store.coordination).map(jobs(5), told.append)

    assert left == []
    assert sorted(done, key=lambda job: job.numbers) == jobs(5)
    assert told == [JobResult({"scored": 2})] * 5


def test_what_was_done_under_one_who_died_is_not_given_out_again(queue: Queue, store: SqlStore) -> None:
    store.coordination.put_result(jobs(1)[0].key, JobResult({"scored": 1}), NOON)
    told: list[JobResult] = []

    assert RemoteWorkers(queue, store.coordination).map(jobs(1), told.append) == []
    assert told == [JobResult({"scored": 1})]
    assert queue.waiting([jobs(1)[0].key]) == frozenset()


def test_after_three_failures_on_end_the_rest_is_left_for_another_time(queue: Queue, store: SqlStore) -> None:
    done: list[ModelJob] = []
    told: list[JobResult] = []

    def slowly(**arguments: Any) -> None:
        time.sleep(0.1)
        doing(store, JobResult(failures=("score: HTTP 500",)), done)(**arguments)

    with working(queue, {MODEL_CALLS: slowly}, concurrency=1):
        RemoteWorkers(queue, store.coordination).map(jobs(40), told.append)

    assert 3 <= len(told) < 20


def test_a_job_that_is_lost_is_given_out_again(queue: Queue, store: SqlStore) -> None:
    done: list[ModelJob] = []
    told: list[JobResult] = []
    sharing = threading.Thread(target=lambda: RemoteWorkers(queue, store.coordination).map(jobs(2), told.append))
    sharing.start()
    eventually(lambda: len(queue.waiting([job.key for job in jobs(2)])) == 2)
    queue.withdraw([jobs(2)[0].key])
    with working(queue, {MODEL_CALLS: doing(store, JobResult({"scored": 1}), done)}):
        sharing.join(15)

    assert not sharing.is_alive()
    assert len(told) == 2


def test_a_queue_that_is_away_is_a_service_that_does_not_answer(queue: Queue, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(f"drop schema {queue.schema} cascade".encode())

    with pytest.raises(Unavailable, match="queue does not answer"):
        queue.put(Job("task", "one"))


def test_hands_are_counted_from_the_workers_whose_hearts_beat(queue: Queue, store: SqlStore) -> None:
    worker_pool = RemoteWorkers(queue, store.coordination, each=3)

    assert worker_pool.capacity() == 1
    with (
        working(queue, {MODEL_CALLS: doing(store, JobResult(), [])}),
        working(queue, {MODEL_CALLS: doing(store, JobResult(), [])}),
    ):
        eventually(lambda: worker_pool.capacity() == 6)
    eventually(lambda: worker_pool.capacity() == 1)
