"""Starts commands as a shell would: seconds until they are done, beside the demo's database.

    python benchmarks/cold_start.py [--times 10]

Each start is a new interpreter with its compiled files in the page cache. The median is what a person waits; the
processor's time, git's included, is what is left of it when the machine is busy with other things. `decide` approves and
rejects a paper in turn, which puts its row into the catalog and takes it out. Exits with 1 when a processor's time is
over what is promised.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from itertools import cycle
from pathlib import Path

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))  # the project, from wherever this is run

from watcher.demo import demo_settings, prepare_catalog, run_day  # noqa: E402

_PAPER = "2606.27483"
_MOST = {"--help": 0.25, "status": 0.7, "decide": 0.7}  # seconds of a processor


def _prepared(folder: str) -> dict[str, str]:
    """Make the demo's day in a folder; the environment of commands that look at it."""
    os.environ |= {"WATCHER_DATA": folder, "WATCHER_CONFIG": str(_ROOT / "config")}
    settings = demo_settings()
    prepare_catalog(settings.catalog)
    run_day(settings, pause=0.0).close()
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"WATCHER_DATA": str(settings.data), "WATCHER_CATALOG": str(settings.catalog)}


def _seconds(arguments: list[str], environ: Mapping[str, str]) -> tuple[float, float]:
    """What one start takes, by the wall and of processors."""
    began, before = time.perf_counter(), os.times()
    command = [sys.executable, "-m", "watcher", *arguments]
    subprocess.run(command, cwd=_ROOT, env=environ, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - began, used


def main() -> None:
    """Start each command so many times, print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10)
    given, slow = parser.parse_args(), False
    with tempfile.TemporaryDirectory() as folder:
        environ, verdicts = _prepared(folder), cycle(["approve", "reject"])
        for command, most in _MOST.items():
            found = []
            for _ in range(given.times + 1):
                arguments = [command, _PAPER, next(verdicts)] if command == "decide" else [command]
                found.append(_seconds(arguments, environ))
            walls, cpus = zip(*found[1:], strict=True)  # the first start compiles
            median, least = statistics.median(cpus), min(cpus)
            slow |= median > most
            print(f"{command:8} {statistics.median(walls):.2f} s, of processors {median:.2f} s (least {least:.2f})")
    raise SystemExit(slow)


if __name__ == "__main__":
    main()
