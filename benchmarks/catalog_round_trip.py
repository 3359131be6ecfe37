"""Adds every announced paper of three weeks to a copy of the catalog, one by one, and takes them out in random order.

    python benchmarks/catalog_round_trip.py [--papers 8841] [--seed 0]

Ends with 1 when the file does not return to its first bytes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' papers, from wherever this is run

from tests.adapters.catalogs.rows import SEED, real_papers
from tests.fakes import NOON
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.domain.facts import CatalogRow
from watcher.domain.summaries.cells import RowContent


def _all(act: Callable[[RowContent], CatalogRow], rows: Sequence[RowContent], what: str) -> None:
    began = time.monotonic()
    for done, row in enumerate(rows, 1):
        act(row)
        if done % 1000 == 0 or done == len(rows):
            print(f"{what} {done} in {time.monotonic() - began:.0f} s", flush=True)


def main() -> int:
    """Go there and back."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=10_000, help="how many at most")
    parser.add_argument("--seed", type=int, default=0, help="of the order in which they leave")
    options = parser.parse_args()
    rows = list(real_papers(options.papers))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalog.md"
        path.write_bytes(SEED.read_bytes())
        catalog = MarkdownCatalog(path, "watcher", "watcher@example.org")
        _all(lambda row: catalog.add(row, NOON), rows, "added")
        full = path.read_text(encoding="utf-8")
        stated = f"合計：{25 + len(rows)}本" in full
        print(f"{full.count(chr(10))} lines, {len(full.encode()) / 1e6:.1f} MB, total stated right: {stated}")
        Random(options.seed).shuffle(rows)
        _all(lambda row: catalog.remove(row, NOON), rows, "taken out")
        same = path.read_bytes() == SEED.read_bytes()
    print("the first bytes are back" if same else "THE FILE DIFFERS FROM ITS FIRST BYTES")
    return 0 if same and stated else 1


if __name__ == "__main__":
    sys.exit(main())
