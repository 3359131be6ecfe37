"""Tries garbled answers on an empty store, and tells what came of them: what garbled_triage and garbled_verification share."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.garbled import Found
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade


def measure(description: str | None, check: Callable[[SqlStore, Path, int, int], Found], all_well: str) -> int:
    """Run `check` with the number of answers and the seed of the command line; gives the exit code, 1 where something is
    wrong. `all_well` is printed where nothing is.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        database = open_database(f"sqlite:///{Path(name) / 'watcher.db'}")
        upgrade(database)
        found = check(SqlStore(database), Path(name), given.answers, given.seed)
        database.close()
    print(f"{found.garbled.total()} garbled answers of {len(found.garbled)} kinds in {time.monotonic() - began:.0f} s")
    print(f"{found.outcomes.total()} papers: {', '.join(f'{o} {count}' for o, count in found.outcomes.most_common())}")
    print("\n".join(found.wrong) or all_well)
    return 1 if found.wrong else 0
