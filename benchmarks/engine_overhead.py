"""What it costs to have a paper's work done: by the embedded engine, as a fact of the store, by a worker of the pool.

    python benchmarks/engine_overhead.py [--units 2000] [--times 3]

Four prices of one unit of work that does nothing: handed to the embedded engine's threads, recorded as a fact in a
transaction of its own on SQLite and on PostgreSQL, and given to a worker by the queue, from putting the job to taking
in its word. Ratios are to one commit of PostgreSQL. The best of the times is printed.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # the project, from wherever this is run

from benchmarks.crash import databases
from tests.day import TOPIC
from tests.factories import a_screening, an_announcement
from watcher.adapters.queue.queue import MODEL_CALLS, Queue, RemoteWorkers
from watcher.adapters.store import SqlStore
from watcher.adapters.store.database import open_database
from watcher.adapters.store.migrations import upgrade
from watcher.pipeline.run import attempt_each
from watcher.ports import JobResult, ModelJob

_NOW = datetime(2026, 6, 29, tzinfo=UTC)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=2000)
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as name, databases(Path(name), "postgres") as fresh:
        files = (f"sqlite:///{name}/{place}.db" for place in range(given.times))
        prices = {
            "embedded engine, four threads": best(given.times, partial(handed, given.units)),
            "fact on SQLite": best(given.times, lambda: recorded(next(files), given.units)),
            "fact on PostgreSQL": best(given.times, lambda: recorded(fresh(), given.units)),
            "job by a worker": best(given.times, lambda: shared(fresh(), given.units // 10)),
        }
    commit = prices["fact on PostgreSQL"]
    for what, seconds in prices.items():
        print(f"{what:32} {1000 * seconds:8.3f} ms a paper, {seconds / commit:6.2f} commits")


def best(times: int, measure: Callable[[], float]) -> float:
    """The least of so many measures."""
    return min(measure() for _ in range(times))


def handed(units: int) -> float:
    """Seconds a unit that the embedded engine takes to have nothing done."""
    began = time.perf_counter()
    failed = attempt_each(range(units), lambda _: None, concurrency=4)
    assert not failed
    return (time.perf_counter() - began) / units


def recorded(url: str, units: int) -> float:
    """Seconds a paper for one fact, each in a transaction of its own."""
    store = opened(url)
    store.papers.announce([an_announcement(f"2606.{number:05d}") for number in range(units)], [TOPIC], "fill", _NOW)
    waiting = store.papers.to_screen(TOPIC.slug, units)
    began = time.perf_counter()
    for candidate in waiting:
        store.papers.add_screenings([(candidate.number, a_screening())], "run", _NOW)
    took = (time.perf_counter() - began) / units
    assert not store.papers.to_screen(TOPIC.slug, 1)
    store.database.close()
    return took


def shared(url: str, units: int) -> float:
    """Seconds a job from putting its job to taking in its word, with one worker of one job at a time."""
    store, queue, stop = opened(url), Queue(url), threading.Event()
    queue.prepare()

    def do(run: str, stage: str, topic: str, numbers: list[int], now: str | None) -> None:
        del now
        store.coordination.put_result(ModelJob(run, stage, topic, tuple(numbers)).key, JobResult({"scored": 1}), _NOW)

    worker = threading.Thread(target=queue.work, args=({MODEL_CALLS: do}, 1, stop))
    worker.start()
    told: list[Any] = []
    worker_pool = RemoteWorkers(queue, store.coordination)
    worker_pool.map([ModelJob("warm", "score", TOPIC.slug, (0,))], told.append)
    began = time.perf_counter()
    worker_pool.map([ModelJob("run", "score", TOPIC.slug, (number,)) for number in range(units)], told.append)
    took = (time.perf_counter() - began) / units
    stop.set()
    worker.join()
    assert len(told) == units + 1
    queue.close()
    store.database.close()
    return took


def opened(url: str) -> SqlStore:
    """A store on an empty database."""
    database = open_database(url)
    upgrade(database)
    return SqlStore(database)


if __name__ == "__main__":
    main()
