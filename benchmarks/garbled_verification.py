"""Garbled answers of the verifier: papers lost, and summaries called verified that were not.

    python benchmarks/garbled_verification.py [--answers 1000] [--seed 1]

Summaries with and without a fault go through the whole line while four of five answers of the verifier are garbled:
numbers invented, doubled, shifted or exchanged, verdicts of another summary, quotes of another paper or of none,
everything ok without quotes, everything wrong, cut off, wrapped, with orders in them. Ends with 1 where a paper is lost
or a summary with a fault is called verified.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' world, from wherever this is run

from benchmarks.garbled_answers import measure
from tests.garbled_verification import check

if __name__ == "__main__":
    sys.exit(measure(__doc__, check, "0 papers lost, 0 summaries with a fault called verified"))
