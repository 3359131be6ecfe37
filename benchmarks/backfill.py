"""Backfills papers from a local OAI-PMH server into SQLite, screening included: papers per second, peak memory.

    python benchmarks/backfill.py [--papers 100000] [--profile]

The server runs in a process of its own and has its pages ready before the clock starts. arXiv's politeness delay
does not apply to a local server; at arXiv each page of 2,500 papers costs 3 s on top.
"""

from __future__ import annotations

import argparse
import cProfile
import multiprocessing
import resource
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the project and the tests' server, from wherever this is run

from benchmarks.oai_harvest import serve
from watcher.bootstrap import Watcher
from watcher.domain.papers.feeds import History
from watcher.pipeline.intake import backfill
from watcher.settings import load_settings

_CONFIG = Path(__file__).parents[1] / "config"
_NOW = datetime(2026, 7, 4, tzinfo=UTC)


def main() -> None:
    """Start the server, backfill, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=100_000)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=(given.papers, theirs))
    server.start()
    url = ours.recv()
    with tempfile.TemporaryDirectory() as folder:
        environment = {"WATCHER_CONFIG": str(_CONFIG), "WATCHER_DATA": folder, "WATCHER_ARXIV_OAI_URL": url}
        watcher = Watcher(load_settings(environment))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        profile = cProfile.Profile()
        began = time.perf_counter()
        span = History(date(2025, 1, 1), _NOW.date(), frozenset({"cs.CL"}))
        if given.profile:
            profile.enable()
        report = watcher.pipeline.run("benchmark", backfill(span), until="screen", now=_NOW)
        profile.disable()
        seconds = time.perf_counter() - began
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6
        watcher.close()
    ours.send("done")
    server.join()
    if report.failures or report.counts["screened"] != given.papers:
        raise SystemExit(f"not whole: {report}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{report.counts['screened']} papers taken in and screened, {report.counts['passed']} passed")
    print(f"{seconds:.1f} s, {given.papers / seconds:.0f} papers/s, database {size:.0f} MB")
    print(f"peak memory {peak:.0f} MB ({before:.0f} MB before the first page)")
    if given.profile:
        profile.print_stats("cumtime")


if __name__ == "__main__":
    main()
