"""Garbled answers of the verifier lose no paper, and no summary is called verified that was not."""

from __future__ import annotations

from pathlib import Path

from tests.garbled_verification import check
from watcher.adapters.store import SqlStore


def test_no_garbled_answer_marks_a_faulty_summary_as_verified_or_loses_its_paper(
    store: SqlStore, tmp_path: Path
) -> None:
    """benchmarks/garbled_verification.py takes a thousand answers."""
    found = check(store, tmp_path, 100, seed=3)
    assert found.wrong == []
    assert found.outcomes["verified"] > 0
    assert found.outcomes["unchecked"] > 0
    assert found.outcomes["flagged"] > 0
