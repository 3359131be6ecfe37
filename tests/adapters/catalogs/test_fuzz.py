"""A damaged catalog is refused or edited with care; `benchmarks/fuzz_catalog.py` does this a hundred thousand times."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from tests.catalog_mutants import account, mutant


@pytest.mark.endurance
def test_no_damage_crashes_anything_or_lets_a_foreign_byte_change() -> None:
    fates: Counter[str] = Counter()
    for seed in range(120):
        dice = Random(seed)
        fates[account(mutant(dice), dice)] += 1
    assert fates["refused"] < 90, "most damage should leave a catalog that can be worked on"
    assert fates["added, cell replaced"] > 30
