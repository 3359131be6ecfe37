"""Learns every Markdown list of a folder, adds a paper to it, and takes the paper out again; the files are only read.

    python benchmarks/lists.py FOLDER [--show]

Prints for each list: its form, the entries understood and the rows or bullets that were not, the ids in entries of those
in the whole file, the lines that the paper added, and whether the first bytes came back; or why the list is refused.
Ends with 1 when one did not come back.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' paper, from wherever this is run

from tests.adapters.catalogs.rows import content
from watcher.adapters.catalogs.markdown import added_to, removed_from
from watcher.adapters.catalogs.markdown_learn import learn
from watcher.domain.catalog.catalog import Oddity
from watcher.domain.errors import CatalogError


def main() -> int:
    """Go through the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="of Markdown files")
    parser.add_argument("--show", action="store_true", help="print the added lines as well")
    options = parser.parse_args()
    broken = 0
    print(f"{'list':34} {'form':8} {'understood':>12} {'ids':>11}  added  undone")
    for path in sorted(options.folder.glob("*.md")):
        if path.name != "README.md":
            broken += not _tried(path, show=options.show)
    return 1 if broken else 0


def _tried(path: Path, *, show: bool) -> bool:
    data, row = path.read_bytes(), content()
    try:
        learned = learn(data, row, path.name)
        after, _ = added_to(data, row, path.name, shape=learned.shape)
        left, _ = removed_from(after, row, path.name, shape=learned.shape)
    except CatalogError as error:
        print(f"{path.name[:34]:34} refused: {error.message}; {error.remedy[:60]} …")
        return True
    reading = learned.reading
    odd = sum(one.oddity is not Oddity.NAMED for one in reading.unread)
    ids = len({paper for entry in reading.rows for paper in entry.ids})
    old, new = data.decode().splitlines(), after.decode().splitlines()
    added = [
        line
        for line in difflib.unified_diff(old, new, n=0, lineterm="")
        if line[:1] in "+-" and line[:3] not in {"+++", "---"}
    ]
    understood = f"{len(reading.rows)}/{len(reading.rows) + odd}"
    same = left == data
    print(
        f"{path.name[:34]:34} {learned.shape.form:8} {understood:>12} {f'{ids}/{learned.named}':>11}"
        f"  {len(added):5}  {'same bytes' if same else 'OTHER BYTES'}"
    )
    if show:
        print("\n".join(f"    {line[:160]}" for line in added))
    return same


if __name__ == "__main__":
    sys.exit(main())
