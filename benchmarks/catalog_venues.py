"""Checks the group's catalog against arXiv and services on loopback, and prints what becomes of its 42 known errors.

    python benchmarks/catalog_venues.py [--arxiv-alone] [--no-journal-ref]

Each line: row, cell, proposed or asked, and the evidence. Then what else is proposed, the questions that no known error
asks for, and the requests. With --arxiv-alone no service answers; with --no-journal-ref arXiv's record names no venue
but in comments, so that services have to. The answers of services are those of tests/data/venues.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the project, from wherever this is run

from tests.adapters.enrich.conftest import DATA, metadata_of, seeds
from tests.scenarios.test_catalog_check import EXPECTED, REPORTED, Known, Services, key
from tests.servers.arxiv_api import ArxivApi
from tests.servers.figures import Figures
from tests.services import that_know_the_venues
from tests.shipped import STYLE
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade
from watcher.domain.catalog.check import Finding
from watcher.upkeep.check import Checked, check


def checked(store: SqlStore, arxiv: ArxivApi, figures: Figures, *, alone: bool) -> Checked:
    """The check as the command makes it, with figures' services unless arXiv is `alone`."""
    reading = read_entries((DATA / "catalog" / "catalog.md").read_bytes(), "catalog.md")
    services = Services(that_know_the_venues(figures), store)
    now = datetime.now(UTC)
    if alone:
        figures.next_answer(503, times=99)
    return check(reading, metadata_of(arxiv), STYLE, None, lambda papers: services(papers, now), services.find)


def line(expected: Known, found: list[Finding]) -> str:
    """A known error's line: exactly what is expected, or another finding about the same cell."""
    number, kind, cell, after = expected
    same = [one for one in found if key(one)[:3] == (number, kind, cell)]
    told = next((one for one in same if key(one)[3] == after), same[0] if same else None)
    if told is None:
        return f"{number}\t{cell}\t{kind}\tNOT FOUND"
    how = "asked" if told.proposal is None else f"proposed: {told.proposal}"
    other = "" if key(told)[3] == after else f"  (expected: {after})"
    return f"{number}\t{cell}\t{kind}\t{how}{other}\t{told.evidence.source}: {told.evidence.value[:150]}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arxiv-alone", action="store_true")
    parser.add_argument("--no-journal-ref", action="store_true")
    options = parser.parse_args()
    silent = {"journal_ref": None, "doi": None} if options.no_journal_ref else {}
    with (
        tempfile.TemporaryDirectory() as folder,
        ArxivApi([{**s, **silent} for s in seeds()]) as arxiv,
        Figures() as figures,
    ):
        database = open_database(Path(folder) / "watcher.db")
        upgrade(database)
        seen = checked(SqlStore(database), arxiv, figures, alone=options.arxiv_alone)
        database.close()
    for expected in EXPECTED:
        print(line(expected, list(seen.findings)))
    wanted = {expected[:3] for expected in EXPECTED}
    rest = [one for one in seen.findings if key(one)[:3] not in wanted]
    print("\nbeside the known errors:")
    for one in rest:
        print(f"{key(one)[0]}\t{one.cell}\t{one.kind}\t{'asked' if one.proposal is None else one.proposal}")
    asked = sum(one.proposal is None for one in seen.findings)
    keys = {key(one) for one in seen.findings}
    outcomes = Counter("asked" if one[3] == REPORTED else "proposed" for one in EXPECTED if one in keys)
    print(
        f"\n{len(seen.findings)} findings, {asked} without a proposal; known errors as expected: {dict(outcomes)} of 42"
    )
    print(f"requests: {len(arxiv.asked)} to arXiv, {Counter(one.path.partition('?')[0] for one in figures.asked)}")
    print("\n".join(seen.silent))


if __name__ == "__main__":
    main()
