"""Plays simulated years of faults and outages: papers missed, papers screened twice, requests on ordinary days.

    python benchmarks/intake_year.py [--seeds 20] [--days 360]

Odd seeds poll one feed a category, even seeds one feed of all. Exits with 1 when any paper is missed or seen twice.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the project and the tests' arXiv, from wherever this is run

from tests.scenarios.intake import CONFIG, Plan, Play
from tests.servers.year import WATCHED, Year
from watcher.domain.papers.feeds import EASTERN
from watcher.settings import load_settings

_START = date(2026, 1, 5)


def main() -> None:
    """Play every seed, print a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--days", type=int, default=360)
    given = parser.parse_args()
    holidays = frozenset(load_settings({"WATCHER_CONFIG": str(CONFIG)}).values.sources.arxiv.holidays)
    begin = datetime(_START.year, _START.month, _START.day, tzinfo=EASTERN)
    bad = 0
    for seed in range(1, given.seeds + 1):
        began = time.perf_counter()
        year, plan = Year(seed, _START, given.days, holidays), Plan.of(seed, _START, given.days)
        with tempfile.TemporaryDirectory() as folder:
            play = Play(Path(folder), year, plan, per_category=bool(seed % 2))
            played = play.through(begin, begin + timedelta(days=given.days + 2))
            play.watcher.close()
        news = set(year.news(frozenset(WATCHED)))
        missed, twice = news - set(played.screened), [paper for paper, times in played.screened.items() if times > 1]
        bad += len(missed) + len(twice)
        print(
            f"seed {seed:2}: {len(news)} papers, {len(missed)} missed, {len(twice)} screened twice, "
            f"{len(plan.faults)} days of faults, {len(played.reports)} runs, {len(played.asked)} requests, "
            f"{time.perf_counter() - began:.1f} s",
            flush=True,
        )
    raise SystemExit(bool(bad))


if __name__ == "__main__":
    main()
