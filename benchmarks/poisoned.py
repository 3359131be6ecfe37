"""Five days with a poisoned paper a day, in every manner in which a model server fails because of one paper's text.

    python benchmarks/poisoned.py [--papers 30] [--days 5] [--manner NAME]

Every day brings so many papers, of which one makes every question that holds it fail. A run a day scores, summarizes and
shows them, until the last poisoned paper has its card and one run more. Printed for every manner: whether all other papers
were scored in their own run; the latest run in which a poisoned paper came before a person; the HTTP requests that held a
poisoned paper, in all and after its card; the most of them that one paper took in its first run beyond the first question
of its batch; and the failures of the last run, which must be none.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import stamina

sys.path.insert(0, str(Path(__file__).parents[1]))  # the project, from wherever this is run

from tests.poison import MANNERS, TOPIC, line
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade

_BATCH = 15
_COLUMNS = "{:<26}{:>8}{:>12}{:>10}{:>12}{:>12}{:>10}"


@dataclass
class Told:
    """What the days of one manner came to."""

    unscored: int = 0
    ended: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    afterwards: int = 0
    further: int = 0
    failures: int = 0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=30)
    parser.add_argument("--days", type=int, default=5)
    parser.add_argument("--manner", choices=list(MANNERS), action="append")
    options = parser.parse_args()
    stamina.instrumentation.set_on_retry_hooks([])
    bound = int(2 * math.log2(_BATCH))
    print(
        f"{options.days} days of {options.papers} papers, one of them poisoned; at most {bound} further questions each"
    )
    print(_COLUMNS.format("manner", "others", "before a", "requests", "after its", "further,", "failures"))
    print(_COLUMNS.format("", "unscored", "person, run", "about it", "card", "first run", "at last"))
    wrong = False
    for manner in options.manner or MANNERS:
        told = days(manner, options.days, options.papers)
        latest = max(told.ended.values(), default=0) if len(told.ended) == options.days else 0
        row = (manner, told.unscored, latest or "never", told.requests, told.afterwards, told.further, told.failures)
        print(_COLUMNS.format(*row), flush=True)
        wrong |= bool(told.unscored or told.afterwards or told.failures) or latest not in {1, 2, 3}
        wrong |= told.further > bound
    sys.exit(1 if wrong else 0)


def days(manner: str, count: int, papers: int) -> Told:
    """Run the days of one manner."""
    told = Told()
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/watcher.db")
        upgrade(database)
        with line(Path(folder), SqlStore(database)) as made:
            first: dict[str, int] = {}
            counted: dict[str, int] = {}
            for day in range(count + 3):
                today = made.announce(day, papers) if day < count else []
                for bad in today[:1]:
                    made.poison(bad, MANNERS[manner])
                    first[bad] = day
                asked = made.server.calls
                made.run()
                told.unscored += len(set(today[1:]) - made.scored())
                parts = [set(one.ids) for one in made.server.asked[asked:] if len(one.ids) < _BATCH]
                told.further = max(told.further, sum(part <= set(today) for part in parts))
                for card in made.store.cards.all(TOPIC.slug):
                    native = card.candidate.paper.id.native
                    if native in first and native not in told.ended:
                        told.ended[native] = day - first[native] + 1
                        counted[native] = made.asked_about(native)
            told.failures = len(made.run().failures)
            told.requests = sum(map(made.asked_about, first))
            told.afterwards = told.requests - sum(counted.values())
        database.close()
    return told


if __name__ == "__main__":
    main()
