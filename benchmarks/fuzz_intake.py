"""Damages feeds and OAI-PMH pages in their thousands: what was read, refused, lost or crashed.

    python benchmarks/fuzz_intake.py [--mutants 100000] [--seconds 600] [--seed 0]

Ends with 1, naming the seeds, when an entry was lost silently or anything but FeedError was raised.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from itertools import cycle
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' documents, from wherever this is run

from tests.mutants import KINDS, account, mutant


def main() -> int:
    """Run until the number or the time is reached, and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=100_000, help="how many, over all kinds of document")
    parser.add_argument("--seconds", type=float, default=600.0, help="stop after so many")
    parser.add_argument("--seed", type=int, default=0, help="of the first")
    options = parser.parse_args()
    fates: Counter[tuple[str, str]] = Counter()
    failures: list[str] = []
    began = time.monotonic()
    for seed, kind in zip(range(options.seed, options.seed + options.mutants), cycle(KINDS), strict=False):
        if time.monotonic() - began > options.seconds:
            break
        try:
            fates[kind, account(kind, mutant(KINDS[kind][0], Random(seed)))] += 1
        except Exception as error:  # noqa: BLE001 - finding these is the purpose
            fates[kind, "FAILED"] += 1
            failures.append(f"{kind} {seed}: {type(error).__name__}: {str(error)[:200]}")
    seconds = time.monotonic() - began
    print(f"{fates.total()} mutants in {seconds:.0f} s")
    for (kind, fate), count in sorted(fates.items()):
        print(f"{kind:8} {fate:8} {count:7}")
    print("\n".join(failures[:20]) or "no crash, no entry lost silently")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
