"""Row contents for the catalog's tests: one made up, and hundreds of real papers."""

from __future__ import annotations

import functools
import gzip
import json
from pathlib import Path
from typing import Any

from tests.fakes import NOON
from watcher.adapters.catalogs.markdown_row import field_texts, table_row
from watcher.domain.catalog.shape import DEFAULT
from watcher.domain.facts import CatalogRow, Cells, RowChange, Summary
from watcher.domain.papers.paper import Paper, PaperId
from watcher.domain.summaries.cells import RowContent, cells_of

ROOT = Path(__file__).parents[3]
_DATA = ROOT / "tests" / "data"
SEED = _DATA / "catalog" / "catalog.md"
SUMMARY = Summary(
    "言語モデルに世界モデルを学ばせる手法を提案。計画の成功率の向上を示した。", ("世界モデル", "計画"), (), (), "", ""
)
CELLS = Cells(
    title="Learning World Models from Text",
    summary=SUMMARY.summary_ja,
    authors="Sato et al.",
    year="2026",
    categories="世界モデル、計画",
    venue="arXiv (2026年6月)",
    attention="低 (新着、注目度は未調査)",
)


def content(native: str = "2606.27483", **cells: str) -> RowContent:
    return RowContent(PaperId("arxiv", native), CELLS.with_texts(cells), f"https://arxiv.org/abs/{native}")


def table_line(number: int, row: RowContent) -> str:
    """The line of the seven columns' table that the bot would write for a paper, without padding."""
    return table_row(field_texts(number, row), row, [0] * 7, DEFAULT.columns)


def added(number: int, commit: str = "") -> CatalogRow:
    return CatalogRow(RowChange.ADDED, number, commit, NOON)


def removed(number: int, commit: str = "") -> CatalogRow:
    return CatalogRow(RowChange.REMOVED, number, commit, NOON)


def present(number: int) -> CatalogRow:
    return CatalogRow(RowChange.PRESENT, number, "", NOON)


def paper(native: str = "2606.27483", **fields: Any) -> Paper:
    blank: dict[str, Any] = {"title": "T", "abstract": "A", "authors": ("Ada Lovelace",), "categories": ("cs.CL",)}
    raw: dict[str, Any] = {"title_raw": "", "abstract_raw": "", "authors_raw": "", "url": "", "version": 1}
    return Paper(id=PaperId("arxiv", native), **raw, **(blank | fields))


@functools.cache
def real_papers(count: int = 300) -> tuple[RowContent, ...]:
    """The first announced papers, as the bot would propose them."""
    with gzip.open(_DATA / "papers" / "announced_2026-06-15_2026-07-03.jsonl.gz", "rt") as lines:
        records = [json.loads(line) for line, _ in zip(lines, range(count), strict=False)]
    rows = []
    for record in records:
        known = {name: record[name] for name in ("title", "abstract", "comment", "journal_ref")}
        announced = paper(record["arxiv_id"], authors=tuple(record["authors"]), **known)
        rows.append(RowContent(announced.id, cells_of(announced, SUMMARY), announced.url))
    return tuple(rows)
