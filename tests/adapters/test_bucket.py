"""No more goes out in a minute than the limits, over threads and over processes; what was guessed is corrected."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from tests.adapters.llm.memory import model_at
from tests.servers.llm import LlmServer
from tests.windows import fullest, start, stop
from watcher.adapters.llm.openai import RateLimiter
from watcher.adapters.store import Database, open_database
from watcher.adapters.store.coordination import DatabaseRateLimiter
from watcher.adapters.store.migrations import upgrade
from watcher.ports import Request

SCORING = Request("score", "Judge.", "arXiv:2606.27483\nTitle: a\n\narXiv:2606.27380\nTitle: b", "relevance", {})
SECONDS = 4.0  # what stands for a minute
LATE = 0.5  # by so much less, since a busy machine wakes late; benchmarks/limits.py counts real minutes
ALLOWED = 50  # requests a minute
TOKENS, LARGE = 50_000, 4000

# Takes as many turns as it gets until it is killed, some of them large, and prints when each began.
TAKER = f"""
import sys, time
from watcher.adapters.store import open_database
from watcher.adapters.store.coordination import DatabaseRateLimiter
a_minute = 60 / {SECONDS}
bucket = DatabaseRateLimiter(open_database(sys.argv[1]), "server", {{"requests": {ALLOWED} * a_minute, "tokens": {TOKENS} * a_minute}})
print("ready.", flush=True)
while True:
    for tokens in (10, 10, 10, 10, {LARGE}):
        bucket.take({{"requests": 1, "tokens": tokens}})
        print(f"{{time.monotonic()}} {{tokens}} .", flush=True)
"""

# Asks a server as often as it may, three at a time.
ASKER = f"""
import sys, threading
from dataclasses import replace
from tests.adapters.llm.memory import MemoryAbilities
from tests.adapters.test_bucket import SCORING
from watcher.adapters.llm.openai import OpenAIModel
from watcher.adapters.llm.openai import RateLimiter
from watcher.adapters.store import open_database
from watcher.adapters.store.coordination import DatabaseRateLimiter
a_minute = 60 / {SECONDS}
bucket = DatabaseRateLimiter(open_database(sys.argv[1]), "server", {{sys.argv[3]: float(sys.argv[4]) * a_minute}})
model = OpenAIModel("test-model", sys.argv[2], "sk-test", MemoryAbilities(), rate=RateLimiter(bucket))
def ask():
    while True:
        model.ask(SCORING)
for _ in range(3):
    threading.Thread(target=ask).start()
"""


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    upgrade(opened)
    yield opened
    opened.close()


@pytest.mark.endurance
@pytest.mark.usefixtures("database")
def test_processes_together_keep_both_limits_in_every_minute(database_url: str) -> None:
    """Small requests are held up by the one limit and large ones by the other; neither lets the other's gather."""
    workers = start(3, TAKER, database_url)
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready.\n"
    time.sleep(SECONDS * 1.2)
    taken = [(float(at), float(tokens)) for at, tokens, _ in map(str.split, stop(workers))]

    assert fullest([(at, 1) for at, _ in taken], SECONDS - LATE) <= ALLOWED + 1
    assert fullest(taken, SECONDS - LATE) <= TOKENS + LARGE
    assert len(taken) > 15, "five take 640 ms, and nobody waits longer than needed"


@pytest.mark.endurance
@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("database_url", "kind", "limit", "each"),
    [
        ("sqlite", "requests", ALLOWED, 1),
        ("postgresql", "requests", ALLOWED, 1),
        ("postgresql", "tokens", 36_000, 1200),
    ],
    indirect=["database_url"],
)
def test_a_server_sees_no_more_than_the_limit_in_any_minute(
    database_url: str, kind: str, limit: float, each: float
) -> None:
    with LlmServer() as server:
        workers = start(2, ASKER, database_url, server.url, kind, str(limit))
        patience = time.monotonic() + 60
        while server.calls * each < limit * 1.15 and time.monotonic() < patience:
            time.sleep(0.02)
        seen = [(asked.at, each) for asked in server.asked]
        stop(workers)

    assert limit < len(seen) * each
    assert fullest(seen, SECONDS - LATE) <= limit + each


def test_the_first_goes_at_once_and_the_next_when_there_is_room(database: Database) -> None:
    bucket = DatabaseRateLimiter(database, "server", {"requests": 600})
    began = time.monotonic()
    bucket.take({"requests": 1})
    first = time.monotonic() - began
    bucket.take({"requests": 2})
    bucket.take({"requests": 1})

    assert first < 1
    assert time.monotonic() - began >= 0.29


def test_services_and_kinds_without_a_limit_do_not_wait(database: Database) -> None:
    DatabaseRateLimiter(database, "one", {"requests": 1}).take({"requests": 100})
    began = time.monotonic()
    other = DatabaseRateLimiter(database, "other", {"requests": 1})
    other.take({"requests": 0, "tokens": 10_000})
    other.take({"requests": 1})

    assert time.monotonic() - began < 9


def test_what_was_guessed_too_high_is_given_back(database: Database) -> None:
    bucket = DatabaseRateLimiter(database, "server", {"requests": 6000, "tokens": 60})
    bucket.take({"requests": 1, "tokens": 1000})
    bucket.correct({"tokens": -999.9})
    began = time.monotonic()
    bucket.take({"requests": 1, "tokens": 1})

    assert time.monotonic() - began < 9


class Counting:
    """`ports.RateLimits` that lets everything through and lists it."""

    def __init__(self) -> None:
        self.units: list[Mapping[str, float]] = []

    def take(self, units: Mapping[str, float]) -> None:
        self.units.append(units)

    def correct(self, units: Mapping[str, float]) -> None:
        self.units.append(units)


def test_tokens_are_counted_as_the_server_counts_them_and_the_next_answer_is_expected_to_be_like_the_last() -> None:
    flow = Counting()
    with LlmServer() as server, model_at(server, rate=RateLimiter(flow)) as model:
        for attempt in range(3):
            model.ask(replace(SCORING, attempt=attempt))

    assert sum(units.get("requests", 0) for units in flow.units) == 3
    assert sum(units["tokens"] for units in flow.units) == 3 * 1200
    assert flow.units[-1] == {"tokens": 0}
