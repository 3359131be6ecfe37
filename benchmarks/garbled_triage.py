"""Garbled answers of triage: papers lost, and papers put aside by an answer that was not accepted.

    python benchmarks/garbled_triage.py [--answers 1000] [--seed 1]

Real papers, one in ten of which belongs, go through triage while every answer that names one is garbled: numbers
invented, doubled or shifted, the words of other lines, everything named, nothing named, cut off, wrapped, with orders in
them (that a single name is left out is not among them: nothing could tell it from an honest answer). Ends with 1 where a
paper is lost, or put aside though it belongs or by an answer that was not accepted or missed a known paper.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' world, from wherever this is run

from benchmarks.garbled_answers import measure
from tests.triaging import check

if __name__ == "__main__":
    sys.exit(measure(__doc__, check, "0 papers lost, 0 put aside that belong or by an answer that was not accepted"))
