"""The real catalog: one row more changes two lines, the same row less gives the first bytes back."""

from __future__ import annotations

import difflib
import json
import random
from pathlib import Path

import pytest

from tests.adapters.catalogs.rows import SEED, added, content, present, real_papers, removed
from tests.fakes import NOON
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.catalogs.markdown_document import read_document
from watcher.adapters.catalogs.markdown_text import read_lines
from watcher.domain.papers.paper import PaperId


def test_the_seed_reads_as_25_rows_and_joins_to_the_same_bytes() -> None:
    data = SEED.read_bytes()
    document = read_document(read_lines(data, "seed"), "seed")
    assert b"".join(document.lines) == data
    assert list(document.numbers.values()) == list(range(1, 26))
    assert [len(document.cells(line)) for line in document.ends] == [7] * 25
    assert [document.date(line)[0] for line in document.ends] == [2023] * 9 + [2024] * 13 + [2025] * 3
    assert document.lines[document.total or 0] == "**合計：25本**\n".encode()


def test_ids_are_those_the_owner_named_anywhere(catalog: MarkdownCatalog) -> None:
    with (SEED.parent / "seed_metadata.jsonl").open() as lines:
        stated = {json.loads(line)["seed_arxiv_id"] for line in lines} - {None}
    assert catalog.ids() == {PaperId("arxiv", native) for native in stated}
    assert PaperId("arxiv", "2410.02742") in catalog.ids()  # it stands in the note below the table alone


def test_an_approved_paper_changes_exactly_two_lines(catalog: MarkdownCatalog, path: Path) -> None:
    before = path.read_text().split("\n")
    assert catalog.add(content(), NOON) == added(26)
    changes = [d for d in difflib.ndiff(before, path.read_text().split("\n")) if d[0] in "+-"]
    assert [c[:2] for c in changes] == ["+ ", "- ", "+ "]
    row, old_total, new_total = (c[2:] for c in changes)
    assert (old_total, new_total) == ("**合計：25本**", "**合計：26本**")
    assert [cell.strip() for cell in row.split("|")[1:-1]] == [
        "**26. Learning World Models from Text**",
        "言語モデルに世界モデルを学ばせる手法を提案。計画の成功率の向上を示した。",
        "**Sato et al.**<br>[arXiv:2606.27483](https://arxiv.org/abs/2606.27483)",
        "2026",
        "世界モデル、計画",
        "arXiv (2026年6月)",
        "低 (新着、注目度は未調査)",
    ]
    header = next(line for line in before if line.startswith("| 論文タイトル"))
    widths = [len(cell) for cell in header.split("|")]
    widths[4] = len(" 2026 ")  # longer than its heading: it overflows, as in the rows above
    assert [len(cell) for cell in row.split("|")] == widths


def test_adding_twice_writes_one_row_and_removing_gives_the_first_bytes(catalog: MarkdownCatalog, path: Path) -> None:
    catalog.add(content(), NOON)
    once = path.read_bytes()
    assert catalog.add(content(), NOON) == added(26)
    assert path.read_bytes() == once
    assert catalog.remove(content(), NOON) == removed(26)
    assert path.read_bytes() == SEED.read_bytes()
    assert catalog.remove(content(), NOON) == removed(0)
    assert path.read_bytes() == SEED.read_bytes()


def test_a_paper_that_stood_there_before_is_left_as_it_is(catalog: MarkdownCatalog, path: Path) -> None:
    assert catalog.add(content("2304.08485"), NOON) == present(3)
    assert catalog.add(content("2501.07542"), NOON) == present(23)  # the link names its first version
    assert catalog.add(content("2410.02742"), NOON) == present(0)  # only the note below the table names it
    assert path.read_bytes() == SEED.read_bytes()


def test_an_older_paper_goes_after_its_year_and_later_rows_count_on(catalog: MarkdownCatalog, path: Path) -> None:
    assert catalog.add(content("2312.00001", year="2023"), NOON) == added(10)
    document = read_document(read_lines(path.read_bytes(), ""), "")
    assert list(document.numbers.values()) == list(range(1, 27))
    assert catalog.add(content("1803.00001", year="2018"), NOON) == added(1)
    assert catalog.remove(content("2312.00001"), NOON) == removed(11)
    assert catalog.remove(content("1803.00001"), NOON) == removed(1)
    assert path.read_bytes() == SEED.read_bytes()


@pytest.mark.endurance
def test_three_hundred_real_papers_come_and_go_in_any_order(catalog: MarkdownCatalog, path: Path) -> None:
    rows = list(real_papers())
    for number, row in enumerate(rows, 26):
        assert catalog.add(row, NOON) == added(number)
    assert "合計：325本" in path.read_text()
    assert catalog.ids() >= {row.id for row in rows}
    random.Random(7).shuffle(rows)
    for row in rows:
        catalog.remove(row, NOON)
    assert path.read_bytes() == SEED.read_bytes()
