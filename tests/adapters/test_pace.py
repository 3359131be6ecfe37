"""Requests to arXiv never overlap and never come closer than the interval, over threads and over processes."""

from __future__ import annotations

import itertools
import json
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests import commands
from tests.commands import Command
from tests.servers.arxiv import ArxivServer, Fault
from watcher.adapters.sources.fetch import ARXIV_HOSTS, Fetcher, Limits, LocalThrottle
from watcher.adapters.store import Database, open_database
from watcher.adapters.store.coordination import DatabaseThrottle
from watcher.adapters.store.migrations import upgrade
from watcher.adapters.store.tables import throttles
from watcher.domain.errors import ConfigError, FeedError
from watcher.ports import Throttle

HOST = "rss.arxiv.org"
INTERVAL = 0.03

# A worker takes `count` turns and prints when each began and ended, on a clock all processes of a machine share.
WORKER = """
import json, sys, time
from watcher.adapters.store import open_database
from watcher.adapters.store.coordination import DatabaseThrottle

url, host, interval, lease, count = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
pace = DatabaseThrottle(open_database(url), {host}, interval=interval, lease=lease)
for _ in range(count):
    with pace(host):
        began = time.monotonic()
        time.sleep(interval / 4)
        print(json.dumps([began, time.monotonic()]), flush=True)
"""


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture(params=["one process", "database"])
def pace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Throttle]:
    if request.param == "one process":
        yield LocalThrottle(INTERVAL)
        return
    database = open_database(f"sqlite:///{tmp_path / 'turns.db'}")
    upgrade(database)
    yield DatabaseThrottle(database, ARXIV_HOSTS, interval=INTERVAL)
    database.close()


def worker(url: str, count: int, interval: float = INTERVAL, lease: float = 60) -> Command:
    arguments = ["-c", WORKER, url, HOST, str(interval), str(lease), str(count)]
    return commands.start(arguments, stdout=subprocess.PIPE)


def smallest_gap(turns: list[tuple[float, float]]) -> float:
    """From the end of a turn to the beginning of the next; negative when two overlap."""
    return min(after[0] - before[1] for before, after in itertools.pairwise(sorted(turns)))


def take(pace: Throttle, host: str = HOST) -> tuple[float, float]:
    with pace(host):
        began = time.monotonic()
        time.sleep(INTERVAL / 4)
        return began, time.monotonic()


def test_turns_of_many_threads_and_hosts_stand_apart(pace: Throttle) -> None:
    with ThreadPoolExecutor(4) as pool:
        hosts = itertools.islice(itertools.cycle(sorted(ARXIV_HOSTS)), 12)
        turns = list(pool.map(lambda host: take(pace, host), hosts))
    assert smallest_gap(turns) >= INTERVAL


def test_a_turn_that_failed_is_given_back(pace: Throttle) -> None:
    with pytest.raises(FeedError), pace(HOST):
        raise FeedError("broken")
    started = time.monotonic()
    take(pace)
    assert time.monotonic() - started < 5


def test_other_hosts_do_not_wait(pace: Throttle) -> None:
    with pace(HOST), pace("127.0.0.1"), pace("example.org"):
        pass


def test_the_first_turn_begins_at_once_and_the_next_an_interval_after_its_end() -> None:
    slept: list[float] = []
    pace = LocalThrottle(monotonic=lambda: sum(slept), sleep=slept.append)
    for host in ("rss.arxiv.org", "oaipmh.arxiv.org", "127.0.0.1", "export.arxiv.org"):
        with pace(host):
            slept.append(0.5 if host in ARXIV_HOSTS else 0)
    assert slept == [0.0, 0.5, 3.0, 0.5, 0, 3.0, 0.5]


@pytest.mark.endurance
@pytest.mark.usefixtures("database")
def test_two_processes_never_ask_at_once_nor_too_soon(database_url: str) -> None:
    processes = [worker(database_url, 25) for _ in range(2)]
    turns = [json.loads(line) for process in processes for line in process.communicate()[0].splitlines()]
    assert [process.returncode for process in processes] == [0, 0]
    assert len(turns) == 50
    assert smallest_gap(turns) >= INTERVAL


@pytest.mark.endurance
def test_a_killed_process_holds_up_the_others_no_longer_than_its_lease(database: Database, database_url: str) -> None:
    lease = 0.3
    dying = worker(database_url, 1, interval=lease, lease=lease)
    assert dying.stdout
    pace = DatabaseThrottle(database, {HOST}, interval=INTERVAL, lease=lease)
    while not (holder := held_by(database)):
        time.sleep(0.005)
    dying.kill()
    dying.communicate()
    assert held_by(database) == holder
    started = time.monotonic()
    take(pace)
    assert time.monotonic() - started < lease + 5


def held_by(database: Database) -> str:
    with database.read() as connection:
        return str(connection.scalar(sa.select(throttles.c.holder)) or "")


def test_one_who_outlived_its_lease_does_not_end_the_turn_of_another(database: Database) -> None:
    slow = DatabaseThrottle(database, {HOST}, interval=0.01, lease=0.01)
    other = DatabaseThrottle(database, {HOST}, interval=0.01, lease=30)
    with slow(HOST):
        time.sleep(0.03)
        ours = other(HOST)
        ours.__enter__()
        holder = held_by(database)
    assert held_by(database) == holder != ""
    ours.__exit__(None, None, None)
    assert held_by(database) == ""


def test_a_clock_that_was_set_back_does_not_block_for_hours(database: Database) -> None:
    pace = DatabaseThrottle(database, {HOST}, interval=INTERVAL)
    take(pace)
    with database.write() as connection:
        connection.execute(sa.update(throttles).values(free_at=throttles.c.free_at + 7200))
    started = time.monotonic()
    take(pace)
    assert time.monotonic() - started < 5


def test_a_lease_shorter_than_the_interval_is_refused(database: Database) -> None:
    with pytest.raises(ConfigError, match="lease"):
        DatabaseThrottle(database, {HOST}, interval=3, lease=1)


def test_requests_as_the_server_sees_them_stand_apart(database: Database) -> None:
    with ArxivServer({"cs.CL": b"<rss/>"}) as server:
        pace = DatabaseThrottle(database, {"127.0.0.1"}, interval=INTERVAL)
        fetcher = Fetcher(own_urls=[server.rss_url], pace=pace, limits=Limits(timeout=2, wait=0.001))
        server.fault(Fault(status=503))
        with ThreadPoolExecutor(3) as pool:
            urls = [server.rss_url + "cs.CL"] * 3
            assert list(pool.map(lambda url: fetcher.get(url, about="cs.CL"), urls)) == [b"<rss/>"] * 3
        times = sorted(seen.at for seen in server.requests)
    assert len(times) == 4
    assert min(after - before for before, after in itertools.pairwise(times)) >= INTERVAL
