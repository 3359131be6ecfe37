"""A year in which everything goes wrong at times: 365 simulated days, 50 topics in ten groups, every promise held every day.

    python benchmarks/soak.py [--days 365] [--topics 50] [--papers-per-day 12] [--seed 1] [--database sqlite|postgres]

No clock is waited for: time is passed as an argument. arXiv, its feeds stale, cut off or gone for days, is in memory, as
are the model, the desk and the curators, who fail, answer rubbish, lose messages, decide days late and change their
minds; people write in the catalogs and break them; the process dies in the middle. The line, its store, its catalogs
(the first group's in a git repository), its schedule and its alarms are the real ones. Where tests/soak/promises.py
finds a promise broken, the benchmark ends with a traceback.

Twelve papers a day, each watched by about ten topics, make as many candidates as a group of topics has in which a few
hundred papers a day are announced: 30,000 a year. `serve` tries again every few minutes what a few tries a day stand for here.
Prints, a quarter of the time at a time: the product's own processor seconds a day, and what database and memory grew
by for each paper. Of a hundred days and more it exits with 1 when the last quarter takes twice the time of the first,
or a quarter more room a paper.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parents[1]))  # the project and the tests' world, from wherever this is run

from benchmarks.crash import databases
from tests.soak.life import Life
from tests.soak.world import START, Scale, World
from watcher.adapters.store import tables as t

_SLOWER, _LARGER = 2.0, 1.25
_MANY = 100  # days; chance decides how quarters of fewer compare


@dataclass(frozen=True)
class Mark:
    """How things stand after so many days; `papers` are those in the database, each version counted."""

    days: int
    papers: int
    candidates: int
    seconds: float
    database: int
    memory: int


def main() -> None:
    """Live and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--topics", type=int, default=50)
    parser.add_argument("--papers-per-day", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)  # what fails is meant to
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as name, databases(Path(name), given.database) as fresh:
        scale = Scale(given.days, given.topics, given.papers_per_day, given.seed, fresh())
        life = Life(World(scale, Path(name) / "soak"))
        marks = _lived(life, given.days, began)
        life.world.close()
    _tell(life, marks)
    print(f"{time.perf_counter() - began:.0f} s in all")
    slower, larger = _ratios(marks)
    print(f"last quarter to first: {slower:.2f} times the time a day, {larger:.2f} times the database a paper")
    if given.days >= _MANY and (slower > _SLOWER or larger > _LARGER):
        sys.exit("it grows with age")


def _lived(life: Life, days: int, began: float) -> list[Mark]:
    """How things stood at the beginning and at the end of each quarter; the days in which things settle are left out."""
    marks: list[Mark] = []
    for day in life.days():
        number = (day - START).days + 1
        if number == 1 or (number <= days and number * 4 // days > (number - 1) * 4 // days):
            marks.append(_mark(life, number))
            print(f"day {number}: every promise held, after {time.perf_counter() - began:.0f} s", flush=True)
    return marks


def _mark(life: Life, number: int) -> Mark:
    world = life.world
    ((papers,),) = world.rows(sa.select(sa.func.count()).select_from(t.paper_versions))
    return Mark(number, papers, life.promises.candidates, sum(life.seconds.values()), _size(world), _memory())


def _size(world: World) -> int:
    """Bytes of the database that are in use."""
    database = world.watcher.store.database
    with database.read() as connection:
        if not database.is_sqlite:
            return int(connection.scalar(sa.text("select pg_database_size(current_database())")) or 0)
        pages, free, size = (
            int(connection.exec_driver_sql(f"pragma {name}").scalar_one())
            for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size


def _memory() -> int:
    """Bytes of this process in memory, the simulated world's among them."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _ratios(marks: list[Mark]) -> tuple[float, float]:
    """Of the last quarter to the first: time a day, database a paper."""
    (a, b), (y, z) = marks[:2], marks[-2:]
    slower = (z.seconds - y.seconds) / (z.days - y.days) / ((b.seconds - a.seconds) / (b.days - a.days))
    late, early = max(1, z.papers - y.papers), max(1, b.papers - a.papers)
    larger = (z.database - y.database) / late / ((b.database - a.database) / early)
    return slower, larger


def _tell(life: Life, marks: list[Mark]) -> None:
    world = life.world
    print(
        f"{'days':>12} {'papers':>7} {'candidates':>10} {'s a day':>8} {'ms a candidate':>14} {'kB a paper':>10} {'memory kB a paper':>17}"
    )
    for before, after in pairwise(marks):
        days, papers = after.days - before.days, max(1, after.papers - before.papers)
        candidates, seconds = after.candidates - before.candidates, after.seconds - before.seconds
        print(
            f"{before.days:>5} to {after.days:>3} {papers:>7} {candidates:>10} {seconds / days:>8.2f} "
            f"{seconds / max(1, candidates) * 1000:>14.1f} {(after.database - before.database) / papers / 1000:>10.1f} "
            f"{(after.memory - before.memory) / papers / 1000:>17.1f}"
        )
    print("seconds by what was done:", ", ".join(f"{what} {spent:.0f}" for what, spent in sorted(life.seconds.items())))
    print(
        f"{life.runs} runs, {life.acts} acts of curators, {world.model.calls} questions ({world.model.lost} answers lost at "
        f"a death), {world.weather.mortality.deaths} deaths, {world.desk.failures} failures of the desk"
    )
    print("held:", ", ".join(f"{count} {what}" for what, count in life.promises.checks.items()))


if __name__ == "__main__":
    main()
