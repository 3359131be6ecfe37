"""Damages the catalog in its thousands, then reads, exports, edits it: what was refused, done, or went wrong.

    python benchmarks/fuzz_catalog.py [--mutants 100000] [--seconds 3000] [--seed 0] [--shapes]

With --shapes the catalogs are made up, of many shapes, every second one damaged; papers are added, taken out and merged.

Ends with 1, naming the seeds, when a byte changed that was none of the bot's or anything but CatalogError was raised.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' documents, from wherever this is run

from tests.catalog_mutants import account, mutant
from tests.catalog_shapes import account as account_of_shape
from tests.catalog_shapes import damaged, made


def _shaped(dice: Random, *, damage: int) -> str:
    data = made(dice)
    for _ in range(damage * dice.choice([1, 1, 2, 3])):
        data = damaged(data, dice)
    return account_of_shape(data, dice)


def main() -> int:
    """Run until the number or the time is reached, and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=100_000, help="how many")
    parser.add_argument("--seconds", type=float, default=3000.0, help="stop after so many")
    parser.add_argument("--seed", type=int, default=0, help="of the first")
    parser.add_argument("--shapes", action="store_true", help="made-up catalogs of many shapes")
    options = parser.parse_args()
    fates: Counter[str] = Counter()
    failures: list[str] = []
    began = time.monotonic()
    for seed in range(options.seed, options.seed + options.mutants):
        if time.monotonic() - began > options.seconds:
            break
        dice = Random(seed)
        try:
            fates[_shaped(dice, damage=seed % 2) if options.shapes else account(mutant(dice), dice)] += 1
        except Exception as error:  # noqa: BLE001 - finding these is the purpose
            fates["FAILED"] += 1
            failures.append(f"{seed}: {type(error).__name__}: {str(error)[:200]}")
    print(f"{fates.total()} mutants in {time.monotonic() - began:.0f} s")
    for fate, count in fates.most_common():
        print(f"{fate:28} {count:7}")
    print("\n".join(failures[:20]) or "no crash, no foreign byte changed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
