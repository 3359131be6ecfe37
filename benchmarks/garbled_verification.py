"""Garbled answers of the verifier: papers lost, and summaries called verified that were not.

    python benchmarks/garbled_verification.py [--answers 1000] [--seed 1]

Summaries with and without a fault go through the whole line while four of five answers of the verifier are garbled:
numbers invented, doubled, shifted or exchanged, verdicts of another summary, quotes of another paper or of none,
everything ok without quotes, everything wrong, cut off, wrapped, with orders in them. Ends with 1 where a paper is lost
or a summary with a fault is called verified.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' world, from wherever this is run

from tests.garbled_verification import check
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
    print(f"{found.cards.total()} cards: {', '.join(f'{name} {count}' for name, count in found.cards.most_common())}")
    print("\n".join(found.wrong) or "0 papers lost, 0 summaries with a fault called verified")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
