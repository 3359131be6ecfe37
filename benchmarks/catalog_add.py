"""Time to add a row to a catalog of 10,000 rows, with and without a git repository: best and median of ten."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.domain.facts import Cells
from watcher.domain.papers.paper import PaperId
from watcher.domain.summaries.cells import RowContent

_ROWS = 10_000
_SEED = Path(__file__).parents[1] / "tests" / "data" / "catalog" / "catalog.md"
_AT = datetime(2026, 6, 29, 5, 0, tzinfo=UTC)


def _content(number: int) -> RowContent:
    cells = Cells(
        title=f"World Model {number}",
        summary="言語モデルに世界モデルを学習させる手法を提案。" * 6,
        authors="Watanabe et al.",
        year="2026",
        categories="世界モデル、計画",
        venue="arXiv (2026年6月)",
        attention="低 (新着、注目度は未調査)",
    )
    return RowContent(PaperId("arxiv", f"2606.{number:05d}"), cells, "")


def _measure(catalog: MarkdownCatalog, name: str, first: int) -> None:
    seconds = []
    for n in range(10):
        start = time.perf_counter()
        catalog.add(_content(first + n), _AT)
        seconds.append(time.perf_counter() - start)
    best, median = min(seconds) * 1000, statistics.median(seconds) * 1000
    print(f"{name}: best {best:.0f} ms, median {median:.0f} ms")


def _large_catalog(folder: Path) -> Path:
    head, _, tail = _SEED.read_text().partition("| **25.")
    rows = [f"| **25.{tail.partition(chr(10))[0]}"]
    rows += [rows[0].replace("**25.", f"**{n}.").replace("2502.07552", f"2503.{n:05d}") for n in range(26, _ROWS + 1)]
    path = folder / "catalog.md"
    path.write_text(head + "\n".join(rows) + "\n" + tail.partition("\n")[2].replace("25本", f"{_ROWS}本"))
    return path


def _main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = _large_catalog(Path(folder))
        print(f"{_ROWS} rows, {path.stat().st_size / 1e6:.1f} MB, Python {sys.version.split()[0]}")
        _measure(MarkdownCatalog(path, "watcher", "watcher@example.org"), "file alone", 90_000)
        subprocess.run(["git", "init", "--quiet", folder], check=True)
        _measure(MarkdownCatalog(path, "watcher", "watcher@example.org"), "with a commit", 91_000)


if __name__ == "__main__":
    _main()
