"""Kills the catalog stage with -9 at random moments, with git, a remote that refuses and people who edit, go elsewhere with
HEAD, reset commits away that may be pushed, and take rows out.

    python benchmarks/catalog_kills.py [--kills 50] [--seed 0] [--catalog seed|bullets|years]

Ends with 1, saying what, when a row or an edit was lost or doubled.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' world, from wherever this is run

from tests.catalog_kills import CATALOGS, torment


def main() -> int:
    """Kill and look."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50, help="how many lives")
    parser.add_argument("--seed", type=int, default=0, help="of the moments and of what people do")
    parser.add_argument("--catalog", choices=CATALOGS, default="seed", help="the shape of the catalog")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            killed, world = torment(Path(folder), options.kills, options.seed, options.catalog)
        except AssertionError as error:
            print(f"BROKEN: {error}")
            return 1
    print(f"{options.kills} lives, {killed} killed at work, in {time.monotonic() - began:.0f} s")
    asked = {str(change): count for change, count in world.found.items()}
    print(f"{world.resets} times a commit was reset away; rows that were asked about between lives: {asked}")
    print("nothing lost, nothing doubled, every edit of people kept")
    return 0


if __name__ == "__main__":
    sys.exit(main())
