"""Plays simulated years of a bot that cron runs badly, against what arXiv announced.

    python benchmarks/cron_year.py [--seeds 10] [--first 1] [--days 360]
    python benchmarks/cron_year.py --commands 30        # so many days of one seed, by the real command

`run` at an hour of its own with every third slot missed, outages of 1, 3 and 30 days, no full list for the first month,
a fault of arXiv's on every eighth day, and `reconcile`, `serve`, `import`, `backfill` and feeds by hand mixed in at
random. After each command the days it names are held against the papers that are not here. Exits with 1 when a paper
is lost or screened twice, a day with unknown papers is not named, or one is named that was read.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import date, datetime, timedelta
from datetime import time as hour
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the project and the tests' arXiv, from wherever this is run

from tests.scenarios.cron import Cron, Schedule, faults_of
from tests.scenarios.intake import CONFIG
from tests.servers.arxiv import ArxivServer
from tests.servers.year import Year
from watcher.domain.papers.feeds import EASTERN, feed_day
from watcher.settings import Settings, load_settings

_START = date(2026, 1, 5)
_NOBODY = "http://127.0.0.1:9"


def _shipped() -> Settings:
    return load_settings({"WATCHER_CONFIG": str(CONFIG)})


def main() -> None:
    """Play every seed, print a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--days", type=int, default=360)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--commands", type=int, default=0)
    given = parser.parse_args()
    if given.commands:
        raise SystemExit(by_commands(given.commands))
    holidays = frozenset(_shipped().values.sources.arxiv.holidays)
    bad = 0
    for seed in range(given.first, given.first + given.seeds):
        began = time.perf_counter()
        plan, schedule = faults_of(seed, _START, given.days), Schedule.of(seed, _START, given.days)
        with tempfile.TemporaryDirectory() as folder:
            cron = Cron(Path(folder), Year(seed, _START, given.days, holidays), plan, schedule, _START)
            told = cron.live()
            cron.watcher.close()
        lost, twice = told.due - set(told.screened), [paper for paper, times in told.screened.items() if times > 1]
        bad += len(lost) + len(twice) + len(told.unnamed) + len(told.wrongly)
        print(
            f"seed {seed:2}: {len(told.due)} papers, {len(lost)} lost, {len(twice)} screened twice; {told.named} times "
            f"a day was named, {len(told.unnamed)} not named, {len(told.wrongly)} wrongly; {told.runs} commands, "
            f"{len(cron.wire.asked)} requests, {time.perf_counter() - began:.0f} s",
            flush=True,
        )
    raise SystemExit(bool(bad))


def by_commands(days: int) -> int:
    """Runs `watcher run` and `watcher reconcile` on so many days of the first seed; how many promises were broken."""
    query, schedule = "+".join(sorted(_shipped().topics[0].categories)), Schedule.of(1, _START, max(days, 60))
    year, asked = (
        Year(1, _START, days, frozenset(_shipped().values.sources.arxiv.holidays)),
        frozenset(query.split("+")),
    )
    news, broken, began = year.news(asked), 0, time.perf_counter()
    acts = [act for act in schedule.acts if act.at.date() < _START + timedelta(days=days)]
    end = datetime.combine(_START + timedelta(days=days + 1), hour(15), EASTERN)
    with tempfile.TemporaryDirectory() as folder, ArxivServer({}, year.archive) as server:
        env = {**os.environ, "WATCHER_DATA": folder, "WATCHER_ARXIV_RSS_URL": server.rss_url}
        env |= {"WATCHER_ARXIV_OAI_URL": server.oai_url, "WATCHER_S2_URL": _NOBODY, "WATCHER_HF_URL": _NOBODY}
        env["WATCHER_OPENALEX_URL"] = _NOBODY
        commands = [(act.at, "reconcile" if act.kind == "reconcile" else "run") for act in acts]
        for at, command in [*commands, (end, "run")]:
            year.show(at)
            server.feeds[query] = year.feed(query, feed_day(at))
            server.oai = year.archive if at.date() >= _START + timedelta(days=days // 3) else None
            arguments = [sys.executable, "-m", "watcher", command, "--now", at.isoformat(), "--json"]
            done = subprocess.run(arguments, env=env, capture_output=True, text=True, check=False)
            told = {date.fromisoformat(day) for day in json.loads(done.stdout)["unread_days"]}
            held = _held(folder)
            lacking = {day for paper, day in news.items() if paper not in held and day < feed_day(at)}
            wrong = (lacking - told) or (told and done.returncode != 1) or "Traceback" in done.stderr
            broken += bool(wrong)
            print(
                f"{at:%m-%d %H:%M} {command:9} exit {done.returncode}, unread: {len(told)}{' WRONG' if wrong else ''}"
            )
        lost = set(news) - _held(folder)
    print(f"{len(news)} papers, {len(lost)} lost, {broken} times wrong, {time.perf_counter() - began:.0f} s")
    return broken + len(lost)


def _held(folder: str) -> set[str]:
    """The papers that were screened; one that was screened twice is there twice, and an error."""
    with closing(sqlite3.connect(f"file:{folder}/watcher.db?mode=ro", uri=True)) as database:
        rows = database.execute("select paper from candidates join screenings on candidate = number").fetchall()
    assert len(rows) == len(set(rows)), "a paper was screened twice"
    return {paper.removeprefix("arxiv:") for (paper,) in rows}


if __name__ == "__main__":
    main()
