"""No more goes out in a minute than the limit, over threads and over processes; what was guessed is corrected."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.adapters.llm.memory import model_at
from tests.servers.llm import LlmServer
from watcher.adapters.llm.rate import Rate
from watcher.adapters.store import Database, open_database
from watcher.adapters.store.bucket import Bucket
from watcher.adapters.store.migrations import upgrade
from watcher.ports import Request

SCORING = Request("score", "Judge.", "arXiv:2606.27483\nTitle: a\n\narXiv:2606.27380\nTitle: b", "relevance", {})

# Takes as many turns as it gets until it is killed, and prints when each began.
WORKER = """
import sys, time
from watcher.adapters.store import open_database
from watcher.adapters.store.bucket import Bucket
bucket = Bucket(open_database(sys.argv[1]), "server", float(sys.argv[2]))
while True:
    bucket.take()
    print(time.time(), flush=True)
"""


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    upgrade(opened)
    yield opened
    opened.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_three_processes_together_send_no_more_than_the_limit(database: Database, database_url: str) -> None:
    """A process may wake late, never early: so the n-th of all goes n intervals after the first at the earliest."""
    allowed, seconds = 50, 2.0
    root = Path(__file__).parents[2]
    bucket = Bucket(database, "server", allowed * 60 / seconds)
    command = [sys.executable, "-c", WORKER, database_url, str(allowed * 60 / seconds)]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) for _ in range(3)]
    began = time.time()
    bucket.take()
    times: list[float] = []
    for worker in workers:
        assert worker.stdout is not None
        times.append(float(worker.stdout.readline()))
    time.sleep(seconds)
    for worker in workers:
        worker.kill()
        times += [float(line) for line in worker.communicate()[0].split()]

    early = [at for n, at in enumerate(sorted(times), start=1) if at < began + n * seconds / allowed - 0.01]
    assert early == []
    assert len(times) > allowed // 2, "nobody waits longer than needed"


def test_the_first_goes_at_once_and_the_next_when_there_is_room(database: Database) -> None:
    bucket = Bucket(database, "server", 600)
    began = time.monotonic()
    bucket.take()
    first = time.monotonic() - began
    bucket.take(2)
    bucket.take()

    assert first < 0.09
    assert time.monotonic() - began >= 0.29


def test_names_do_not_wait_for_each_other(database: Database) -> None:
    Bucket(database, "one", 1).take(100)
    began = time.monotonic()
    Bucket(database, "other", 1).take()

    assert time.monotonic() - began < 1


def test_what_was_guessed_too_high_is_given_back(database: Database) -> None:
    bucket = Bucket(database, "server", 60)
    bucket.take(1000)
    bucket.correct(-999.9)
    began = time.monotonic()
    bucket.take()

    assert time.monotonic() - began < 1


class Counting:
    """`ports.Flow` that lets everything through and lists it."""

    def __init__(self) -> None:
        self.units: list[float] = []

    def take(self, units: float = 1) -> None:
        self.units.append(units)

    def correct(self, units: float) -> None:
        self.units.append(units)


def test_every_request_waits_for_its_turn_and_tokens_are_counted_as_the_server_counts_them(database: Database) -> None:
    tokens = Counting()
    rate = Rate(Bucket(database, "requests", 240), tokens)
    with LlmServer() as server, model_at(server, rate=rate) as model:
        for attempt in range(3):
            model.ask(replace(SCORING, attempt=attempt))
        _, second, third = [asked.at for asked in server.asked]  # the first connects

    assert third - second >= 0.15
    assert sum(tokens.units) == 3 * 1200
