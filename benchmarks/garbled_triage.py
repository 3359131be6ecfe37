"""Garbled answers of triage: papers lost, and papers put aside by an answer that was not accepted.

    python benchmarks/garbled_triage.py [--answers 1000] [--seed 1]

Real papers, one in ten of which belongs, go through triage while every answer that names one is garbled: numbers
invented, doubled or shifted, the words of other lines, everything named, nothing named, cut off, wrapped, with orders in
them (that a single name is left out is not among them: nothing could tell it from an honest answer). Ends with 1 where a
paper is lost, or put aside though it belongs or by an answer that was not accepted or missed a known paper.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' world, from wherever this is run

from tests.triaging import check
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade


def main() -> int:
    """Garble and look."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
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
    print("\n".join(found.wrong) or "0 papers lost, 0 put aside that belong or by an answer that was not accepted")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
