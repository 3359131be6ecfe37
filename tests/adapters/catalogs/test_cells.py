"""One cell of one row says something else afterwards, and nothing else in the file changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.catalogs.rows import SEED
from watcher.adapters.catalogs.markdown_change import cell_text, with_cell
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.domain.errors import CatalogConflict, CatalogError, UsageError
from watcher.domain.facts import Cells
from watcher.domain.papers.paper import PaperId
from watcher.domain.summaries.cells import plain
from watcher.ports import LINK, CellChange

DATA = SEED.read_bytes()
ENTRIES = read_entries(DATA, "seed").rows


def change(row: int, cell: str, after: str, **fields: str) -> CellChange:
    entry = ENTRIES[row - 1]
    paper = entry.ids[0] if entry.ids else None
    return CellChange(paper, entry.title, cell, **({"before": cell_text(entry, cell)} | fields), after=after)


@pytest.mark.endurance
@pytest.mark.parametrize("row", range(1, 26))
@pytest.mark.parametrize("cell", Cells.names())
def test_every_cell_of_the_seed_can_say_something_else_and_what_it_said_before(row: int, cell: str) -> None:
    after = "2022" if cell == "year" else "新しい | 文 *と* [印]"
    edited = with_cell(DATA, change(row, cell, after), "seed")
    assert cell_text(read_entries(edited, "seed").rows[row - 1], cell) == after
    lines = zip(DATA.splitlines(), edited.splitlines(), strict=True)
    assert sum(old != new for old, new in lines) == 1
    entry = ENTRIES[row - 1]
    title = after if cell == "title" else entry.title
    back = CellChange(entry.ids[0] if entry.ids else None, title, cell, after, cell_text(entry, cell))
    assert read_entries(with_cell(edited, back, "seed"), "seed").rows[row - 1].title == entry.title


def test_a_piece_is_exchanged_within_people_s_own_markup() -> None:
    before = ENTRIES[4].summary
    edited = with_cell(DATA, change(5, "summary", before.replace("VirtualHome", "VirtualHome 2")), "seed")
    assert edited == DATA.replace("(例: VirtualHome)".encode(), "(例: VirtualHome 2)".encode())


def test_an_id_takes_the_place_of_the_words_for_an_unknown_one() -> None:
    edited = with_cell(DATA, change(6, LINK, "2310.13394"), "seed").decode()
    assert (
        "**Shu et al.**<br>EMNLP\u00a02023 Findings<br>[arXiv:2310.13394](https://arxiv.org/abs/2310.13394) " in edited
    )
    assert "**Shu et al.**<br>EMNLP\u00a02023 Findings<br>[arXivリンク不明]" not in edited
    edited = with_cell(DATA, change(10, LINK, "2401.14151"), "seed").decode()
    assert "[arXiv:2401.14151](https://arxiv.org/abs/2401.14151) " in edited


def test_a_wrong_id_gives_way_to_the_right_one() -> None:
    edited = with_cell(DATA, change(1, LINK, "2306.99999"), "seed")
    assert edited == DATA.replace(b"2306.12672", b"2306.99999")


def test_a_cell_that_says_so_already_is_left_alone() -> None:
    done = change(2, "venue", "NeurIPS 2023", before="something else")
    assert with_cell(DATA, done, "seed") == DATA


def test_a_cell_that_somebody_changed_meanwhile_is_a_conflict() -> None:
    with pytest.raises(CatalogConflict, match="says something else now"):
        with_cell(DATA, change(2, "venue", "ICLR 2024", before="arXiv"), "seed")
    gone = CellChange(PaperId("arxiv", "2699.00001"), "", "venue", "", "x")
    with pytest.raises(CatalogConflict, match="no row is about this paper"):
        with_cell(DATA, gone, "seed")


def test_what_is_no_cell_or_no_id_is_refused() -> None:
    with pytest.raises(UsageError, match="no such cell"):
        with_cell(DATA, change(2, "title", "x").__class__(None, ENTRIES[1].title, "colour", "", "x"), "seed")
    with pytest.raises(CatalogError, match="no identifier"):
        with_cell(DATA, change(2, LINK, "x](javascript:1)"), "seed")


@pytest.mark.endurance
@given(st.sampled_from(range(1, 26)), st.sampled_from(["title", "summary", "authors", "venue"]), st.text(min_size=1))
def test_any_text_is_shown_as_it_is_or_refused(row: int, cell: str, text: str) -> None:
    try:
        edited = with_cell(DATA, change(row, cell, text), "seed")
    except CatalogError:
        edited = DATA
    found = read_entries(edited, "seed").rows
    assert edited == DATA or cell_text(found[row - 1], cell) == plain(text)
    assert [entry.summary for n, entry in enumerate(found, 1) if n != row] == [
        entry.summary for n, entry in enumerate(ENTRIES, 1) if n != row
    ]
