"""Starts `watcher --help` as a shell would: seconds until it is printed.

    python benchmarks/cold_start.py [--times 10]

Each start is a new interpreter with its files in the page cache. The median is what a person waits; the processor's
time is what is left of it when the machine is busy with other things. Exits with 1 when that is over 0.4 s.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_MOST = 0.4


def main() -> None:
    """Start it so many times, print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10)
    given = parser.parse_args()
    walls, cpus = [], []
    for _ in range(given.times):
        began, before = time.perf_counter(), os.times()
        subprocess.run([sys.executable, "-m", "watcher", "--help"], cwd=_ROOT, check=True, stdout=subprocess.DEVNULL)
        after = os.times()
        walls.append(time.perf_counter() - began)
        cpus.append(after.children_user + after.children_system - before.children_user - before.children_system)
    print(f"watcher --help: {statistics.median(walls):.2f} s, of which {statistics.median(cpus):.2f} s processor time")
    raise SystemExit(statistics.median(cpus) > _MOST)


if __name__ == "__main__":
    main()
