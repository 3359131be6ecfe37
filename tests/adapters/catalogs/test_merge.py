"""Our rows and cells are put into a catalog that others changed meanwhile; theirs stays, and nothing is doubled."""

from __future__ import annotations

import random
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.catalogs.rows import SEED, content
from watcher.adapters.catalogs.markdown import added_to, removed_from
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.adapters.catalogs.merge import merge_catalogs
from watcher.domain.errors import CatalogConflict
from watcher.domain.facts import ApprovedRow, RowChange
from watcher.domain.summaries.cells import RowContent

BASE = SEED.read_bytes()


def no_texts(*_: bytes) -> bytes | None:
    raise AssertionError("rows alone changed: no lines are to be merged")


def by_lines(base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """As git merges."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for file, data in zip(files, (ours, base, theirs), strict=True):
            file.write_bytes(data)
        done = subprocess.run(["git", "merge-file", "--stdout", *files], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def plus(data: bytes, *rows: RowContent) -> bytes:
    for row in rows:
        data = added_to(data, row, "")[0]
    return data


def rows(*numbers: int, year: str = "2026") -> list[RowContent]:
    return [content(f"2606.{n:05d}", title=f"Paper {n}", year=year) for n in numbers]


def test_rows_added_here_and_there_all_stand_once_and_are_counted() -> None:
    ours, theirs = plus(BASE, *rows(1, 2)), plus(BASE, *rows(2, 3))
    merged = merge_catalogs(BASE, ours, theirs, no_texts, "")
    found = read_entries(merged, "")
    assert [str(entry.ids[0]) for entry in found.rows[25:]] == [f"arxiv:2606.0000{n}" for n in (2, 3, 1)]
    assert [entry.number for entry in found.rows] == list(range(1, 29))
    assert found.total is not None
    assert found.total.count == 28


def test_a_row_taken_out_here_and_one_there_are_both_gone() -> None:
    base = plus(BASE, *rows(1, 2, 3))
    ours, theirs = removed_from(base, rows(1)[0], "")[0], removed_from(base, rows(3)[0], "")[0]
    assert merge_catalogs(base, ours, theirs, no_texts, "") == plus(BASE, *rows(2))
    assert merge_catalogs(base, ours, ours, no_texts, "") == ours


def test_a_cell_changed_here_and_another_there_both_change() -> None:
    ours = BASE.replace("EMNLP 2023 (長編論文)".encode(), b"EMNLP 2023")
    theirs = plus(BASE.replace("中 (LLM計画強化として注目)".encode(), "高".encode()), *rows(1, year="2023"))
    merged = merge_catalogs(BASE, ours, theirs, no_texts, "")
    assert merged == theirs.replace("EMNLP 2023 (長編論文)".encode(), b"EMNLP 2023")


def test_one_cell_changed_here_and_there_is_left_to_people() -> None:
    ours, theirs = (BASE.replace("EMNLP 2023 (長編論文)".encode(), text) for text in (b"A", b"B"))
    with pytest.raises(CatalogConflict, match="a cell was changed here and there"):
        merge_catalogs(BASE, ours, theirs, no_texts, "")


def test_a_row_that_they_took_out_stays_out_though_a_cell_of_it_changed_here() -> None:
    base = plus(BASE, *rows(1))
    ours, theirs = base.replace(b"Paper 1", b"Paper One"), BASE
    assert merge_catalogs(base, ours, theirs, no_texts, "") == BASE


def test_a_row_that_went_and_came_again_here_stands_once_among_theirs_whatever_its_place() -> None:
    base = plus(BASE, *rows(1, 2))
    ours = plus(removed_from(base, rows(1)[0], "")[0], *rows(3, 1)).replace(b"# ", b"## ", 1)
    theirs = plus(base, *rows(9)) + b"\nTheir note\n"
    merged = merge_catalogs(base, ours, theirs, by_lines, "")
    found = read_entries(merged, "")
    assert sorted(str(entry.ids[0]) for entry in found.rows[25:]) == [f"arxiv:2606.0000{n}" for n in (1, 2, 3, 9)]
    assert [entry.number for entry in found.rows] == list(range(1, 30))
    assert found.total is not None
    assert found.total.count == 29
    assert merged.startswith(b"## ")
    assert merged.endswith(b"Their note\n")


def test_prose_changed_here_goes_the_way_of_texts() -> None:
    ours = plus(BASE, *rows(1)).replace(b"with chatGPT", b"with care")
    theirs = plus(BASE, *rows(2))

    def texts(base: bytes, mine: bytes, other: bytes) -> bytes | None:
        assert base == plus(BASE, *rows(1))
        assert mine == ours
        return other.replace(b"with chatGPT", b"with care")

    merged = merge_catalogs(BASE, ours, theirs, texts, "")
    assert merged == plus(BASE, *rows(2, 1)).replace(b"with chatGPT", b"with care")
    with pytest.raises(CatalogConflict, match="the same lines"):
        merge_catalogs(BASE, ours, theirs, lambda *_: None, "")


@pytest.mark.endurance
@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_whatever_came_and_went_here_and_there_stands_once_or_not_at_all(seed: int) -> None:
    dice = random.Random(seed)
    pool = [content(f"2606.{n:05d}", title=f"Paper {n}", year=str(2022 + n % 5)) for n in range(12)]
    base = plus(BASE, *dice.sample(pool, 5))

    def hand(data: bytes) -> tuple[bytes, set[str]]:
        touched = set()
        for row in dice.sample(pool, 4):
            named = row.id.native.encode() in data
            data = removed_from(data, row, "")[0] if named else plus(data, row)
            touched.add(row.id.native)
        return data, touched

    (ours, here), (theirs, there) = hand(base), hand(base)
    merged = merge_catalogs(base, ours, theirs, no_texts, "")
    ids = [entry.ids[0].native for entry in read_entries(merged, "").rows if entry.ids]
    for row in pool:
        native = row.id.native
        decided = [data for data, by in ((ours, here), (theirs, there)) if native in by] or [base]
        wanted = any(native.encode() in data for data in decided)
        assert ids.count(native) == int(wanted), native
    total = read_entries(merged, "").total
    assert total is not None
    assert total.count == len(read_entries(merged, "").rows)


def test_a_number_that_is_kept_for_a_missing_row_is_kept_through_a_merge_and_filled_again() -> None:
    base = SEED.read_bytes()
    theirs = base.replace(b"NeurIPS 2023", b"NeurIPS 2023 (oral)", 1)
    lost = ApprovedRow(1, content().id, ("T",), RowChange.LOST, 26)
    gapped, (_, number) = added_to(base, content("2606.00001"), "", approved=[lost])
    assert number == 27
    merged = merge_catalogs(base, gapped, theirs, no_texts, "")
    assert b"(oral)" in merged
    assert b"**27. " in merged
    assert b"**26. " not in merged
    wanted = ApprovedRow(1, content().id, ("T",), RowChange.WANTED_BACK, 26)
    filled, (_, number) = added_to(gapped, content(), "", approved=[wanted])
    assert number == 26
    whole = merge_catalogs(gapped, filled, merged, no_texts, "")
    assert [whole.count(sign) for sign in (b"**26. ", b"**27. ", b"**28. ", b"(oral)")] == [1, 1, 0, 1]
