"""Smallest gap between requests, and how many overlapped: two processes, 50 requests, as the server saw them.

    python benchmarks/arxiv_pace.py [--interval 3.0] [--requests 50] [--database URL]

Prints the gap between the starts, and between the end of one request and the start of the next. Needs about
`interval` x `requests` seconds.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' server, from wherever this is run

from tests.servers.arxiv import ArxivServer
from watcher.adapters.sources.fetch import Fetcher
from watcher.adapters.store import open_database
from watcher.adapters.store.coordination import DatabaseThrottle
from watcher.adapters.store.migrations import upgrade


def ask(database: str, url: str, interval: float, count: int) -> None:
    """What each process does."""
    pace = DatabaseThrottle(open_database(database), {"127.0.0.1"}, interval=interval)
    fetcher = Fetcher(own_urls=[url], pace=pace)
    for _ in range(count):
        fetcher.get(url + "cs.CL", about="cs.CL")


def main() -> None:
    """Start the server and two processes, wait, and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interval", type=float, default=3.0, help="seconds between two requests")
    parser.add_argument("--requests", type=int, default=50, help="of both processes together")
    parser.add_argument("--database", help="default: SQLite in a temporary folder")
    parser.add_argument("--ask", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        ask(options.database, options.ask, options.interval, options.requests)
        return
    with tempfile.TemporaryDirectory() as folder, ArxivServer({"cs.CL": b"<rss/>"}) as server:
        url = options.database or f"sqlite:///{Path(folder) / 'watcher.db'}"
        database = open_database(url)
        upgrade(database)
        database.close()
        shares = (options.requests - options.requests // 2, options.requests // 2)
        common = [sys.executable, __file__, f"--ask={server.rss_url}", f"--database={url}"]
        commands = [[*common, f"--interval={options.interval}", f"--requests={share}"] for share in shares]
        for process in [subprocess.Popen(command) for command in commands]:
            assert process.wait() == 0
        seen = sorted(server.requests, key=lambda request: request.at)
    pairs = list(itertools.pairwise(seen))
    print(f"requests: {len(seen)} by 2 processes, interval {options.interval:g} s")
    print(f"smallest gap between two starts: {min(after.at - before.at for before, after in pairs):.4f} s")
    print(
        f"smallest gap from an end to the next start: {min(after.at - before.ended for before, after in pairs):.4f} s"
    )
    print(f"overlaps: {sum(after.at < before.ended for before, after in pairs)}")


if __name__ == "__main__":
    main()
