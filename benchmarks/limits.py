"""The most requests and tokens that a model server saw in any minute, from processes that ask as fast as they may.

    python benchmarks/limits.py [--minutes 2] [--processes 3] [--requests 50] [--tokens 60000] [--database URL]

Prints what was seen beside what was allowed; one more request than the limit is what a closed minute can hold.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' server, from wherever this is run

from tests.adapters.llm.memory import MemoryAbilities
from tests.servers.llm import USAGE, LlmServer
from tests.windows import fullest
from watcher.adapters.llm.openai import OpenAIModel, RateLimiter
from watcher.adapters.store import open_database
from watcher.adapters.store.coordination import DatabaseRateLimiter
from watcher.adapters.store.migrations import upgrade
from watcher.ports import Request

ABSTRACT = Request("score", "Judge.", "arXiv:2606.27483\nTitle: a\n" + "words " * 400, "relevance", {})
THREADS = 3


def ask(database: str, url: str, limits: dict[str, float]) -> None:
    """What each process does until it is killed."""
    rate = RateLimiter(DatabaseRateLimiter(open_database(database), "server", limits))
    model = OpenAIModel("test-model", url, "sk-test", MemoryAbilities(), rate=rate)

    def forever() -> None:
        while True:
            model.ask(ABSTRACT)

    for _ in range(THREADS):
        threading.Thread(target=forever).start()


def main() -> None:
    """Start the server and the processes, wait, and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--requests", type=float, default=50, help="a minute, of all processes together")
    parser.add_argument("--tokens", type=float, default=60_000, help="a minute, of all processes together")
    parser.add_argument("--database", help="default: SQLite in a temporary folder")
    parser.add_argument("--ask", help=argparse.SUPPRESS)
    options = parser.parse_args()
    limits = {"requests": options.requests, "tokens": options.tokens}
    if options.ask:
        ask(options.database, options.ask, limits)
        return
    with tempfile.TemporaryDirectory() as folder, LlmServer() as server:
        url = options.database or f"sqlite:///{Path(folder) / 'watcher.db'}"
        database = open_database(url)
        upgrade(database)
        database.close()
        command = [sys.executable, __file__, f"--ask={server.url}", f"--database={url}"]
        command += [f"--{kind}={most}" for kind, most in limits.items()]
        processes = [subprocess.Popen(command) for _ in range(options.processes)]
        time.sleep(options.minutes * 60)
        seen = [asked.at for asked in server.asked]
        for process in processes:
            process.kill()
            process.wait()
    each = float(str(USAGE["total_tokens"]))
    print(f"{len(seen)} requests by {options.processes} processes of {THREADS} threads in {options.minutes:g} minutes")
    print(f"most requests in a minute: {fullest([(at, 1) for at in seen], 60):.0f} of {options.requests:.0f}")
    print(f"most tokens in a minute: {fullest([(at, each) for at in seen], 60):.0f} of {options.tokens:.0f}")


if __name__ == "__main__":
    main()
