"""`watcher backfill` and `watcher reconcile` against a loopback arXiv: whole, resumable, nothing twice."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.scenarios.conftest import Deployment
from tests.servers.arxiv import ArxivServer, Fault
from tests.servers.oai import OaiArchive, OaiItem
from tests.servers.slack import eventually

pytestmark = pytest.mark.endurance

NOW = datetime(2026, 6, 30, 3, tzinfo=UTC)
FIRST = date(2026, 4, 1)
SPAN = ("--from", "2026-04-01", "--until", "2026-05-30", "--now", NOW.isoformat(), "--json")


def paper(number: int) -> OaiItem:
    day = datetime(2026, 4, 1, 9, tzinfo=UTC) + timedelta(days=number)
    return OaiItem(f"{day:%y%m}.{number:05d}", day, [(day, "")], ["cs.CL"], f"A world model, part {number}")


@pytest.fixture
def arxiv() -> Iterator[ArxivServer]:
    """A paper a day from 2026-04-01 to 2026-06-29, ten on a page; the last thirty are after the span."""
    archive = OaiArchive([paper(number) for number in range(90)], now=NOW, page_size=10)
    with ArxivServer(oai=archive) as server:
        yield server


@pytest.fixture
def backfilling(deployment: Deployment, arxiv: ArxivServer) -> Deployment:
    deployment.env["WATCHER_ARXIV_OAI_URL"] = arxiv.oai_url
    return deployment


def screened(deployment: Deployment) -> list[str]:
    with closing(sqlite3.connect(deployment.folder / "var" / "watcher.db")) as database:
        query = "select paper from candidates join screenings on candidate = number order by paper"
        return [row[0].removeprefix("arxiv:") for row in database.execute(query)]


def test_a_span_is_taken_in_screened_and_left_to_later_runs_to_judge(backfilling: Deployment) -> None:
    done = backfilling("backfill", *SPAN)

    assert done.code == 0, done.err
    assert (done.json["announced"], done.json["screened"], done.json["passed"]) == (60, 60, 60)
    assert done.json["llm"]["calls"] == 0
    assert screened(backfilling) == [paper(number).id for number in range(60)]
    assert done.json["sources"][0]["state"] == "complete"


def test_a_harvest_that_was_cut_short_goes_on_where_it_was(backfilling: Deployment, arxiv: ArxivServer) -> None:
    assert arxiv.oai is not None
    broken = Fault(status=404)
    arxiv.faults_after(3, broken)
    first = backfilling("backfill", *SPAN)
    assert first.code == 1
    assert "oai:cs" in first.err
    assert len(screened(backfilling)) == 30

    arxiv.requests.clear()
    second = backfilling("backfill", *SPAN)

    assert second.code == 0, second.err
    assert "from=2026-04-30" in arxiv.requests[0].path, "not from the first day again"
    assert second.json["announced"] == 30
    assert len(screened(backfilling)) == len(set(screened(backfilling))) == 60


def killed_after(deployment: Deployment, arxiv: ArxivServer, requests: int) -> None:
    """Start a backfill and kill it as soon as the server was asked so often, unless it ended before."""
    process = deployment.start("backfill", *SPAN)

    def far_enough() -> bool:
        return len(arxiv.requests) >= requests or process.poll() is not None

    eventually(far_enough)
    process.kill()
    process.wait(20)


def test_a_backfill_killed_again_and_again_is_whole_in_the_end(backfilling: Deployment, arxiv: ArxivServer) -> None:
    for pages in (1, 2, 3, 2):
        killed_after(backfilling, arxiv, len(arxiv.requests) + pages)

    last = backfilling("backfill", *SPAN)

    assert last.code == 0, last.err
    assert screened(backfilling) == [paper(number).id for number in range(60)]


def test_what_daily_runs_saw_is_not_taken_in_again(backfilling: Deployment) -> None:
    caught = backfilling("reconcile", "--since", "2026-05-20", "--now", NOW.isoformat(), "--json")
    seen = set(screened(backfilling))
    done = backfilling("backfill", *SPAN)

    assert caught.code == 0, caught.err
    assert caught.json["announced"] == 41, "the papers of 2026-05-20 and later"
    assert done.json["announced"] == 60 - len(seen & {paper(number).id for number in range(60)})
    assert len(screened(backfilling)) == len(set(screened(backfilling)))


def test_a_span_that_ends_before_it_begins_is_refused(backfilling: Deployment) -> None:
    done = backfilling("backfill", "--from", "2026-05-01", "--until", "2026-04-01")

    assert done.code == 2
    assert "--from と --until を入れ替えてください" in done.err
    assert backfilling("backfill", "--from", "May", "--until", "2026-04-01").code == 2


def test_a_withdrawal_of_a_cataloged_paper_is_noticed_by_the_nightly_list(
    backfilling: Deployment, arxiv: ArxivServer
) -> None:
    assert arxiv.oai is not None
    first, second = datetime(2023, 6, 22, tzinfo=UTC), NOW - timedelta(hours=20)
    versions = [(first, ""), (second, "I")]
    arxiv.oai.items.append(OaiItem("2306.12672", second, versions, ["cs.CL"], "From Word Models to World Models"))

    backfilling("reconcile", "--since", "2026-06-29", "--now", NOW.isoformat())
    status = backfilling("status", "--json").json

    (notice,) = status["notices"]
    assert (notice["paper"], notice["version"], notice["kind"]) == ("arxiv:2306.12672", 2, "withdrawn")
    assert "取り下げられました" in backfilling("status").out


def test_a_year_without_holidays_is_warned_of_by_check_and_status(deployment: Deployment) -> None:
    year = datetime.now(UTC).year
    path = deployment.folder / "config"
    deployment.configure(path, "2026-01-01,", f"{year}-01-01,")
    listed = deployment("check")
    text = (path / "watcher.toml").read_text(encoding="utf-8")
    (path / "watcher.toml").write_text(re.sub(r"holidays = \[.*?\]", "holidays = []", text, flags=re.DOTALL), "utf-8")
    unlisted = deployment("check")

    assert (listed.code, listed.err) == (0, "")
    assert unlisted.code == 0
    assert f"{year}年" in unlisted.err
    assert f"{year}年" in deployment("status").out
