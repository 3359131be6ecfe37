"""Killed, refused by the remote and edited by people all at once; `benchmarks/catalog_kills.py` does fifty lives."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.catalog_kills import CATALOGS, torment

pytestmark = pytest.mark.endurance


@pytest.mark.parametrize("kind", CATALOGS)
def test_lives_cut_short_lose_no_row_and_no_edit_and_double_nothing(tmp_path: Path, kind: str) -> None:
    assert torment(tmp_path, kills=6, seed=1, kind=kind)[0] > 1, "the kills came too late: choose another seed"
