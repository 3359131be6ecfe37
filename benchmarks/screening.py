"""Screens papers with the configured prefilter and keywords: papers per second, peak memory, growth with N.

    python benchmarks/screening.py [--papers 99000] [--processes 2] [--topics 1]

The papers are the 8,841 of tests/data/papers, repeated with new ids. Nothing is stored; benchmarks/backfill.py measures
the way into the database. Every size runs in processes of its own, which share the papers; `wall` is the time until
the last is done, `cpu` what their processors worked: on a machine that does nothing else the two say the same.
With several topics each looks at every paper, a thousand papers at a time, as the line does; all use the shipped topic's
weights. What one more topic costs is printed, against what the first does.
Exits with 1 when, by the processors' time, fewer papers a second are screened (for one topic), more memory is taken or
growth is steeper than it should be, or when a further topic costs as much as the first.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import cycle, islice, pairwise
from multiprocessing.synchronize import Barrier
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the project and the tests' papers, from wherever this is run

from tests.cards import real_papers
from watcher.adapters.prefilters import PREFILTERS
from watcher.bootstrap import Watcher
from watcher.bootstrap.configuration import read_prefilter
from watcher.domain.facts import Candidate
from watcher.domain.papers.paper import AnnounceType, PaperId
from watcher.settings import load_settings
from watcher.stages.screen import Screen

_CONFIG = Path(__file__).parents[1] / "config"
_NOW = datetime(2026, 7, 4, tzinfo=UTC)
_AT_A_TIME = 1000
_FEWEST, _MOST_MEMORY, _MOST_GROWTH = 5000, 600, 1.25  # papers a second, MB, seconds for twice the papers over twice


@dataclass(frozen=True)
class Screened:
    """What one process did; seconds and MB."""

    papers: int
    passed: int
    wall: float
    cpu: float
    memory: float


def main() -> None:
    """Screen N, 2N and 4N papers, print a line each and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=99_000, help="4N")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--topics", type=int, default=1)
    given = parser.parse_args()
    if given.topics > 1:
        raise SystemExit(_many_topics(given.papers, given.processes, given.topics))
    sizes = [given.papers // 4, given.papers // 2, given.papers]
    rates, cpus, memory = [], [], 0.0
    for papers in sizes:
        done = _screen(papers, given.processes, 1)
        wall, cpu = max(one.wall for one in done), sum(one.cpu for one in done)
        memory = sum(one.memory for one in done)
        cpus.append(cpu)
        rates.append(papers / cpu * given.processes)
        print(
            f"{papers} papers, {sum(one.passed for one in done)} passed: wall {wall:.1f} s, {papers / wall:.0f}/s; "
            f"cpu {cpu:.1f} s, {rates[-1]:.0f}/s on {given.processes} cores; peak memory {memory:.0f} MB in {given.processes} processes",
            flush=True,
        )
    growth = [after / before / 2 for before, after in pairwise(cpus)]
    print(f"cpu for 2N over twice that for N: {growth[0]:.2f}; for 4N over twice that for 2N: {growth[1]:.2f}")
    raise SystemExit(rates[-1] < _FEWEST or memory > _MOST_MEMORY or max(growth) > _MOST_GROWTH)


def _many_topics(papers: int, processes: int, topics: int) -> bool:
    """Screen the papers for one topic and for all, and compare; whether a further topic costs as much as the first."""
    one, every = (_screen(papers, processes, count) for count in (1, topics))
    first, all_ = (sum(done.cpu for done in screened) / papers * 1e6 for screened in (one, every))
    further = (all_ - first) / (topics - 1)
    memory = [sum(done.memory for done in screened) for screened in (one, every)]
    print(
        f"{papers} papers, cpu a paper: {first:.0f} us for one topic, {all_:.0f} us for {topics}; "
        f"each further topic {further:.0f} us, {further / first:.2f} of the first; "
        f"peak memory {memory[0]:.0f} MB and {memory[1]:.0f} MB in {processes} processes"
    )
    return further >= first


def _screen(papers: int, processes: int, topics: int) -> list[Screened]:
    shares = [(len(range(begin, papers, processes)), topics) for begin in range(processes)]
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(processes)
    with context.Pool(processes, initializer=_meet, initargs=(together,)) as pool:
        return pool.starmap(_share, shares, chunksize=1)


_BARRIERS: list[Barrier] = []


def _meet(barrier: Barrier) -> None:
    _BARRIERS.append(barrier)


def _share(papers: int, topics: int) -> Screened:
    known = list(real_papers())
    with tempfile.TemporaryDirectory() as folder:
        watcher = Watcher(load_settings({"WATCHER_CONFIG": str(_CONFIG), "WATCHER_DATA": folder}))
        (topic,) = watcher.pipeline.deps.options.topics
        settings, store = watcher.settings, watcher.store
        trained = read_prefilter(settings, topic.slug)
        screens = [
            Screen(topic, PREFILTERS[settings.values.screen.prefilter](trained), settings.values.screen.share)
            for _ in range(topics)
        ]
        threshold = screens[0].threshold(store.papers)
        watcher.close()
    if threshold is None:
        raise SystemExit("the configured prefilter is not trained: this would measure keywords alone")

    def candidates() -> Iterator[Candidate]:
        for number, paper in enumerate(islice(cycle(known), papers), 1):
            again = replace(paper, id=PaperId("arxiv", f"{2700 + number // 90_000}.{number % 90_000:05d}"))
            yield Candidate(number, topic.slug, again, AnnounceType.NEW, _NOW)

    _BARRIERS[0].wait()
    wall, cpu = time.perf_counter(), time.process_time()
    passed, every = 0, candidates()
    while some := list(islice(every, _AT_A_TIME)):
        passed += sum(screen(candidate, threshold).passed for screen in screens for candidate in some)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Screened(papers, passed, wall, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    main()
