"""kill -9 at random moments of runs, decisions and pushes, with poisoned papers and a HEAD that a person moves.

    python benchmarks/kills.py [--kills 60] [--poisoned] [--head] [--seed 1] [--database sqlite|postgresql]
    python benchmarks/kills.py --triage|--verification [--kills 60] [--seed 1] [--database sqlite|postgresql]

`--poisoned`: every day brings papers on which the model server fails, in scoring or in summarizing. `--head`: while
commands live, a person checks other branches out, detaches HEAD and resets the last commit away, which may be pushed
already; somebody else pushes, at times by force. At the end the person answers what the bot asks until all is at rest.
Ends with 1, saying what, when a paper is lost, one stands twice in the catalog, a number is borne twice, a question is
paid twice whose reply was recorded, or a poisoned paper is not before a person by the third run.

`--triage`: instead, only runs over a day that is triaged are killed, some of whose answers are refused or miss a known
paper. Ends with 1 when a paper is lost, put aside by an answer that was not accepted, or a recorded reply paid again.
`--verification`: likewise runs that write, verify and repair summaries, each of which has a fault at first. Ends with 1
when a paper is lost, a fault is not told, or a recorded reply paid again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' world, from wherever this is run

from tests import triage_kills, verification_kills
from tests.line_kills import torment


def main() -> int:
    """Kill and look."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--poisoned", action="store_true")
    parser.add_argument("--head", action="store_true")
    parser.add_argument("--triage", action="store_true")
    parser.add_argument("--verification", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name, database(Path(name), given.database) as empty:
        try:
            if given.triage or given.verification:
                torment_runs = triage_kills.torment if given.triage else verification_kills.torment
                told = torment_runs(Path(name) / "runs", given.kills, given.seed, empty)
                print(f"{given.database}, seed {given.seed}: {told} in {time.monotonic() - began:.0f} s")
                return 0
            url = empty()
            found = torment(Path(name) / "line", given.kills, given.seed, url, poisoned=given.poisoned, head=given.head)
        except AssertionError as error:
            print(f"BROKEN: {error}")
            return 1
    print(f"{given.database}, seed {given.seed}: {found.killed} kills in {time.monotonic() - began:.0f} s")
    print(f"{found.papers} papers, {found.poisoned} of them poisoned, {found.asked} questions, {found.rows} rows")
    print(f"a person and others: {dict(found.moves)}; answered: {dict(found.answers)}")
    print("0 lost, 0 doubled, no number twice, 0 recorded replies paid again, every poisoned paper before a person")
    return 0


@contextmanager
def database(folder: Path, kind: str) -> Iterator[Callable[[], str]]:
    """What gives the URL of an empty database; "" for SQLite's file in the deployment's folder."""
    (folder / "line").mkdir()
    if kind == "sqlite":
        yield str
        return
    from tests.databases import PostgresServer  # noqa: PLC0415 - not everybody has the library

    (folder / "postgres").mkdir(mode=0o700)
    server = PostgresServer(folder / "postgres")
    try:
        yield server.empty_database
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
