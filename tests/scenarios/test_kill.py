"""kill -9 at random moments and start again: nothing lost, nothing doubled, no recorded reply paid for again."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests import triage_kills, verification_kills
from tests.kills import Day, Found, workspace
from tests.line_kills import torment
from tests.scenarios.conftest import RELEVANT, Deployment
from tests.scenarios.slack import actions, cards
from tests.servers.llm import LlmServer, slow
from tests.servers.slack import HANA, LocalSlack, eventually
from watcher.words_ja.cli import SERVING

pytestmark = pytest.mark.endurance
KILLS = 8  # benchmarks/crash.py kills as often as it is asked to


def facts(live: Deployment, query: str) -> set[str]:
    """The first column of a query on the deployment's database."""
    path = live.folder / "var" / "watcher.db"
    if not path.exists():
        return set()
    with closing(sqlite3.connect(path)) as database:
        try:
            return {str(row[0]) for row in database.execute(query)}
        except sqlite3.OperationalError:
            return set()  # killed before the tables were there


def one_life(live: Deployment, slack: LocalSlack, chance: random.Random) -> None:
    """Start, perhaps click on a card, and be killed at a random moment."""
    log = live.folder / "serve.log"
    before = log.stat().st_size if log.exists() else 0
    process = live.start("serve", "--port", "0")
    try:
        if chance.random() < 0.8:  # the others are killed while they start, which takes longer on a busy machine
            eventually(lambda: SERVING in log.read_bytes()[before:].decode(errors="replace"))
        process.wait(chance.uniform(0.5, 3.0))
    except subprocess.TimeoutExpired:
        undecided = sorted(paper for paper, post in cards(slack).items() if "approve" in actions(post))
        if undecided and chance.random() < 0.6:
            slack.click(cards(slack)[chance.choice(undecided)]["ts"], "approve", HANA)
            with suppress(subprocess.TimeoutExpired):
                process.wait(chance.uniform(0.0, 0.4))
    finally:
        process.kill()
        process.wait(20)


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_kills_with_poisoned_papers_and_a_head_that_a_person_moves_lose_nothing_and_pay_nothing_twice(
    tmp_path: Path, database_url: str
) -> None:
    folder, url = tmp_path / "line", database_url if database_url.startswith("postgresql") else ""
    folder.mkdir()
    found = torment(folder, 5, 1, url, poisoned=True, head=True)
    assert found.killed == 5
    assert found.poisoned > 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_kills_of_web_clock_and_three_workers_lose_nothing_and_double_nothing(
    tmp_path: Path, database_url: str
) -> None:
    found = Found()
    folder = tmp_path / "day"
    with workspace(folder / "slack") as slack, Day(folder, database_url, 3, slack, random.Random(7), 2) as day:
        day.endure(6, time.monotonic() + 60, found)

    assert (found.kills, found.days) == (6, 1)
    assert found.repeated <= 2 * 4 * 3, "only what a killed worker was asking is asked again"
    assert max(found.recovered) < 30


def test_kills_at_random_moments_lose_nothing_and_double_nothing(
    live: Deployment, slack: LocalSlack, llm: LlmServer
) -> None:
    chance = random.Random(20260629)
    llm.always(slow(0.05))
    for _ in range(KILLS):
        recorded, before = facts(live, "select question from replies"), llm.calls
        one_life(live, slack, chance)
        asked = {str(asked.body["messages"][-1]["content"]) for asked in llm.asked[before:]}
        assert not asked & recorded, "a recorded reply was asked for again"

    process = live.start("serve", "--port", "0")
    try:
        eventually(lambda: set(cards(slack)) == RELEVANT)
        approved = facts(
            live,
            "select replace(paper, 'arxiv:', '') from candidates join decisions on number = candidate "
            "where verdict = 'approve'",
        )
        eventually(lambda: f"合計：{25 + len(approved)}本" in live.catalog.read_text(encoding="utf-8"))
        eventually(lambda: all(actions(cards(slack)[paper]) == {"undo"} for paper in approved))
    finally:
        process.kill()
        process.wait(20)

    assert approved, "the kills left no time for a click: choose another seed"
    assert len(slack.posts()) == len(RELEVANT) + 1, "the digest and one card a paper"
    text = live.catalog.read_text(encoding="utf-8")
    assert {paper for paper in RELEVANT if f"abs/{paper}" in text} == approved
    subjects = live.git("log", "--format=%s").splitlines()
    assert sorted(s for s in subjects if s != "begin") == sorted(f"catalog: add arXiv:{p}" for p in approved)
    assert live.git("status", "--porcelain") == ""
    screened = facts(live, "select count(*) from screenings"), facts(live, "select count(*) from relevances")
    assert screened == ({"138"}, {"86"})


def test_kills_of_runs_that_triage_lose_no_paper_put_none_aside_unread_and_pay_nothing_twice(tmp_path: Path) -> None:
    """60 kills on either database: benchmarks/kills.py --triage."""
    found = triage_kills.torment(tmp_path / "triage", 4, 1, str)
    assert (found.killed, found.papers) == (4, 138 * found.rounds)


def test_kills_of_runs_that_verify_lose_no_paper_tell_every_fault_and_pay_nothing_twice(tmp_path: Path) -> None:
    """60 kills on either database: benchmarks/kills.py --verification."""
    found = verification_kills.torment(tmp_path / "verification", 4, 1, str)
    assert (found.killed, found.outcomes.total()) == (4, 7 * found.rounds)
