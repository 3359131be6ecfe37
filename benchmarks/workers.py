"""One worker against four on PostgreSQL with model calls of 50 ms, and what sharing costs a paper.

    python benchmarks/workers.py [--papers 1200] [--workers 4] [--seconds 0.05] [--rounds 1]

Every paper is a question of its own, asked one at a time by each worker, so that N workers could be N times as fast.
1,200 is about what arXiv announces in a day. Rounds go by turns, and medians are compared. Workers live for weeks, so each has asked its first questions before the time is taken.
Beside the ratio it prints what remains of a paper's time when the model's is taken away: the store, the queue, the
processes, with one worker sharing and with no sharing at all. A PostgreSQL server is started for it; the model is on
loopback, in a process of its own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["PYTHONPATH"] = sys.path[0]

from benchmarks.crash import databases
from tests.factories import a_screening, an_announcement
from tests.scenarios.conftest import NOBODY
from tests.servers.llm import LlmServer, slow
from watcher.adapters.queue.queue import Queue, RemoteWorkers
from watcher.bootstrap import Watcher
from watcher.domain.papers.topic import Topic
from watcher.pipeline.pipeline import STAGES
from watcher.pipeline.run import Run
from watcher.settings import Settings, load_settings

_FIRST = 8  # questions a worker, until everything it needs is loaded and connected
_CONFIG = Path(__file__).parents[1] / "config"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=1200)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=0.05)
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    times: dict[int, list[float]] = {0: [], 1: [], given.workers: []}
    with tempfile.TemporaryDirectory() as name, databases(Path(name), "postgres") as fresh:
        for number in range(given.rounds):
            for count, took in times.items():
                folder = Path(name) / f"{count}-workers-{number}"
                took.append(measured(folder, fresh(), count, given.papers, given.seconds))
    alone, one, many = map(statistics.median, times.values())
    print(f"{given.papers} papers, one question of {given.seconds * 1000:.0f} ms each")
    print(f"not shared: {alone:.1f} s, {1000 * (alone / given.papers - given.seconds):.1f} ms a paper beside the model")
    print(f"1 worker:   {one:.1f} s, {1000 * (one / given.papers - given.seconds):.1f} ms a paper beside the model")
    print(f"{given.workers} workers:  {many:.1f} s, {one / many:.2f} times as fast as one")
    print("each round:", "; ".join(" ".join(f"{took:.2f}" for took in taken) for taken in times.values()))


def measured(folder: Path, url: str, count: int, papers: int, seconds: float) -> float:
    """The seconds that scoring takes with so many workers of one question at a time; 0 shares nothing."""
    with language_model(seconds) as (llm, calls):
        settings = deployment(folder, url, llm)
        queue = Queue(url)
        watcher = Watcher(
            settings, worker_pool=(lambda store: RemoteWorkers(queue, store.coordination)) if count else None
        )
        queue.prepare()
        before = max(1, count) * _FIRST
        topic = filled(watcher, papers + before)
        workers = [born(settings) for _ in range(count)]
        try:
            while count and queue.workers() < count:
                time.sleep(0.2)
            deps = watcher.pipeline.deps
            usual = deps.options.scope
            STAGES["score"](Run(deps, "run-1", scope=replace(usual, budget=before)), topic)
            run = Run(deps, "run-2", scope=replace(usual, budget=papers))
            began = time.monotonic()
            STAGES["score"](run, topic)
            took = time.monotonic() - began
        finally:
            for worker in workers:
                worker.terminate()
                worker.wait()
        found = run.result().counts["scored"], calls()
        queue.close()
        watcher.close()
        assert found == (papers, papers + before), run.failures
    return took


@contextmanager
def language_model(seconds: float) -> Iterator[tuple[str, Callable[[], int]]]:
    """Where a model answers after so many seconds, and how many calls it has had. It has a process of its own, so that
    it takes no turns from the one that gives the pieces out.
    """
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    model = multiprocessing.get_context("spawn").Process(target=_answer, args=(theirs, seconds), daemon=True)
    model.start()

    def calls() -> int:
        ours.send(None)
        return int(ours.recv())

    try:
        yield ours.recv(), calls
    finally:
        model.terminate()
        model.join()


def _answer(asked: Connection, seconds: float) -> None:
    with LlmServer() as llm:
        llm.always(slow(seconds))
        asked.send(llm.url)
        while True:
            asked.recv()
            asked.send(llm.calls)


def deployment(folder: Path, url: str, llm: str) -> Settings:
    """The shipped configuration with a paper a question, one question at a time."""
    shutil.copytree(_CONFIG, folder / "config")
    file = folder / "config" / "watcher.toml"
    text = (
        file.read_text(encoding="utf-8").replace("batch_size = 15", "batch_size = 1").replace('"learned"', '"keywords"')
    )
    file.write_text(text.replace("concurrency = 4", "concurrency = 1"), encoding="utf-8")
    environment = {"DATABASE_URL": url, "WATCHER_QUEUE": "postgresql", "WATCHER_CONFIG": str(folder / "config")}
    environment |= {"OPENAI_BASE_URL": llm, "OPENAI_API_KEY": "sk-test-0123456789", "WATCHER_MODEL": "m"}
    environment |= {"WATCHER_DATA": str(folder / "var"), "WATCHER_ARXIV_RSS_URL": f"{NOBODY}/"}
    os.environ.update(environment)
    return load_settings()


def filled(watcher: Watcher, papers: int) -> Topic:
    """So many screened papers; gives their topic."""
    topic, store, now = watcher.settings.topics[0], watcher.store, datetime.now(UTC)
    ids = [f"2606.{number:05d}" for number in range(1, papers + 1)]
    store.papers.announce([an_announcement(native) for native in ids], [topic], "fill", now)
    waiting = store.papers.to_screen(topic.slug, papers)
    store.papers.add_screenings([(candidate.number, a_screening()) for candidate in waiting], "fill", now)
    return topic


def born(settings: Settings) -> subprocess.Popen[bytes]:
    """A worker that does one piece at a time."""
    assert settings.is_distributed
    command = [sys.executable, "-m", "watcher", "worker", "--concurrency", "1", "--only", "model-calls"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
