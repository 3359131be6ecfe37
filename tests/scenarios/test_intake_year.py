"""A paper announced in a watched category is screened exactly once, whatever happens to arXiv, the network or us."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from tests.scenarios.cron import Cron, Schedule, faults_of
from tests.scenarios.intake import BASE, CONFIG, Plan, Play, Played, Wire
from tests.servers.arxiv import ArxivServer
from tests.servers.year import WATCHED, Year
from watcher.adapters.sources.fetch import Fetcher
from watcher.domain.papers.feeds import EASTERN, SourceState
from watcher.settings import load_settings

START = date(2026, 1, 5)
HOLIDAYS = frozenset(load_settings({"WATCHER_CONFIG": str(CONFIG)}).values.sources.arxiv.holidays)
QUERY = "+".join(sorted(WATCHED))


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=EASTERN)


def played(folder: Path, year: Year, plan: Plan, days: int) -> Played:
    """So many days, and two more in which nothing fails: what was announced at the end has to come in."""
    return Play(folder, year, plan).through(midnight(START), midnight(START + timedelta(days=days + 2)))


@pytest.mark.endurance
def test_a_quarter_of_faults_and_outages_misses_no_paper_and_screens_none_twice(
    tmp_path: Path,
) -> None:
    """benchmarks/intake_year.py plays whole years, every other one with a feed a category."""
    year = Year(2, START, 90, HOLIDAYS)

    done = played(tmp_path, year, Plan.of(2, START, 90), 90)

    assert done.screened == Counter(dict.fromkeys(year.news(frozenset(WATCHED)), 1))
    assert sum(report.counts["screened"] for report in done.reports) == done.screened.total()
    states = set(SourceState) - {SourceState.PARTIAL, SourceState.FORGOT}
    assert set(done.states()) >= states, "the quarter has to bring every state about"


@pytest.mark.endurance
def test_a_quarter_of_cron_badly_run_loses_nothing_and_names_every_open_day(tmp_path: Path) -> None:
    """Every third slot missed, outages, no full list for a month, commands mixed; benchmarks/cron_year.py plays more."""
    year = Year(1, START, 90, HOLIDAYS)

    told = Cron(tmp_path, year, faults_of(1, START, 90), Schedule.of(1, START, 90), START).live()

    assert told.screened == Counter(dict.fromkeys(told.due, 1))
    assert (told.unnamed, told.wrongly) == ([], [])
    assert told.named


@pytest.mark.endurance
def test_an_ordinary_day_costs_arxiv_no_more_than_five_requests(tmp_path: Path) -> None:
    year = Year(3, START, 14, HOLIDAYS, size=(18, 18))
    year.archive.page_size = 36  # two days of computer science on a page, as at arXiv: 1,157 changes of 2,500

    with ArxivServer({QUERY: b""}, year.archive) as server:
        play = Play(tmp_path, year, Plan(), server=server)
        done = play.through(midnight(START), midnight(START + timedelta(days=16)))

    made = [done.requests(START + timedelta(days=number)) for number in range(1, 14)]
    assert max(made) == 5
    assert done.screened == Counter(dict.fromkeys(year.news(frozenset(WATCHED)), 1))


def test_the_year_in_memory_says_what_its_server_says_over_http() -> None:
    year, day = Year(4, START, 7, HOLIDAYS), START + timedelta(days=2)
    wire = Wire(year, Plan())
    wire.now = midnight(day) + timedelta(hours=1)
    year.show(wire.now)
    asked = [f"rss/{QUERY}", "oai?verb=ListRecords&metadataPrefix=arXivRaw&set=cs&from=2026-01-05"]

    with ArxivServer({QUERY: year.feed(QUERY, day)}, year.archive) as server:
        fetcher = Fetcher(own_urls=[server.origin])
        answers = [fetcher.get(f"{server.origin}/{path}", about="x") for path in asked]

    assert answers == [wire.get(f"{BASE}/{path}", about="x") for path in asked]
    assert all(b"On knots" in answer for answer in answers)
