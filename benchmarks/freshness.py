"""Holds rules of freshness against 14 real announcement days, category by category: how often each errs.

    python benchmarks/freshness.py

Ten categories, each alone, and all together; every pair of days that follow one another. `new` is the day's own feed,
`old` that of the day before, shown again; with `+ early` one paper of a later month was read before, with `+ late` as
many papers as said came late with the old batch, or alone. Exits with 1 where the product's rule errs on a whole feed.
"""

from __future__ import annotations

import gzip
import json
import random
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the project, from wherever this is run

from watcher.domain.papers.feeds import batch_end, shows_new_batch
from watcher.domain.papers.paper import PaperId

_PAPERS = Path(__file__).parents[1] / "tests" / "data" / "papers" / "announced_2026-06-15_2026-07-03.jsonl.gz"
_CATEGORIES = ("cs.RO", "cs.AI", "cs.CV", "cs.LG", "cs.CL", "cs.MA", "cs.HC", "cs.GR", "eess.SY", "eess.SP")
_EARLY = PaperId("arxiv", "2607.90000")
_TIMES = 10
_AHEAD = 1000  # ids: as many as arXiv gives in a day or two

Papers = Sequence[PaperId]
Rule = Callable[[Papers, AbstractSet[PaperId], Papers], bool]
"""Given a feed's news, what was known before its batch and the last batch: whether the feed is fresh."""


def place(paper: PaperId) -> tuple[int, int]:
    """Where an id stands."""
    return paper.place or (0, 0)


def by_highest(news: Papers, known: AbstractSet[PaperId], last: Papers) -> bool:
    """Fresh with a newer id than all that were known."""
    del last
    return max(map(place, news)) > max(map(place, known))


def by_median(news: Papers, known: AbstractSet[PaperId], last: Papers) -> bool:
    """Fresh when a quarter was unknown and the median is newer than the last batch's."""
    unknown = sum(paper not in known for paper in news)
    return unknown * 4 >= len(news) and _median(news) > _median(last)


def by_shares(news: Papers, known: AbstractSet[PaperId], last: Papers) -> bool:
    """The product's rule."""
    return shows_new_batch(news, known, batch_end(last))


def _median(papers: Papers) -> tuple[int, int]:
    return statistics.median_low(sorted(map(place, papers)))


RULES: dict[str, Rule] = {"highest id": by_highest, "medians": by_median, "shares (ours)": by_shares}


def days_of(category: str) -> list[Papers]:
    """The batches of a category, or of all, day by day."""
    found: dict[date, list[PaperId]] = defaultdict(list)
    with gzip.open(_PAPERS, "rt", encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            if category == "all" or category in line["categories"]:
                found[date.fromisoformat(line["announced"])].append(PaperId("arxiv", line["arxiv_id"]))
    return [found[day] for day in sorted(found)]


def trials(old: Papers, new: Papers, known: set[PaperId], chance: random.Random) -> Iterator[tuple[str, bool, bool]]:
    """(rule and case, whether the rule was right, whether it is a whole feed) for a pair of days."""
    for name, rule in RULES.items():
        yield f"{name}|new", rule(new, known, old), True
        yield f"{name}|new + early", rule(new, known | {_EARLY}, old), True
        yield f"{name}|old", not rule(old, known, old), True
        for late in (1, 3, 10, 30):
            if len(old) < 2 * late:
                continue
            for _ in range(_TIMES):
                some = chance.sample(list(old), late)
                yield f"{name}|old + {late} late", not rule(old, known - set(some), old), False
                yield f"{name}|{late} late alone", not rule(some, known - set(some), old), False


def main() -> None:
    """Print how often each rule errs in each case."""
    wrong: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    bad = 0
    for category in ("all", *_CATEGORIES):
        batches = days_of(category)
        known: set[PaperId] = set()
        for old, new in pairwise(batches):
            known |= set(old)
            for case, right, whole in trials(old, new, known, random.Random(len(known))):
                tried[case] += 1
                wrong[case] += not right
                bad += not right and whole and case.startswith("shares")
    whole_days = days_of("all")
    ahead = sum(max(map(place, day)) > _ahead_of(day) for day in whole_days)
    print(f"{ahead} of {len(whole_days)} days hold an id more than {_AHEAD} ahead of their batch's end")
    for case in dict.fromkeys(case.partition("|")[2] for case in tried):
        figures = "  ".join(f"{name}: {wrong[f'{name}|{case}']:4}" for name in RULES)
        print(f"{case:16} wrong of {tried[f'medians|{case}']:5}: {figures}")
    raise SystemExit(bool(bad))


def _ahead_of(day: Papers) -> tuple[int, int]:
    end = batch_end(day)
    month, number = place(end) if end else (0, 0)
    return month, number + _AHEAD


if __name__ == "__main__":
    main()
