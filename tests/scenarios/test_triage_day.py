"""The real day of 2026-06-29 with triage, by command: what screening leaves is put to the model as lines."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.scenarios.conftest import RELEVANT, SHIPPED, Deployment
from tests.servers.llm import LlmServer, failing
from watcher.adapters.store import SqlStore, open_database

pytestmark = pytest.mark.endurance


@pytest.fixture(params=["learned", "keywords"])
def reading(request: pytest.FixtureRequest, deployment: Deployment, tmp_path: Path) -> Deployment:
    """A deployment whose model reads a line of everything that is not scored at once, with a prefilter and without."""
    shutil.copytree(SHIPPED, tmp_path / "reading")
    values = tmp_path / "reading" / "watcher.toml"
    text = values.read_text(encoding="utf-8").replace('prefilter = "learned"', f'prefilter = "{request.param}"')
    values.write_text(text, encoding="utf-8")
    deployment.env["WATCHER_CONFIG"] = str(tmp_path / "reading")
    return deployment


def cards(deployment: Deployment) -> set[str]:
    database = open_database(deployment.folder / "var" / "watcher.db")
    try:
        return {card.candidate.paper.id.native for card in SqlStore(database).cards.all()}
    finally:
        database.close()


def test_every_paper_that_belongs_reaches_the_desk_and_the_same_day_again_costs_nothing(
    reading: Deployment, llm: LlmServer
) -> None:
    done = reading.run()

    assert done.code == 0, done.err
    report = done.json
    assert report["passed"] + report["triaged"] == report["screened"] == 138
    assert report["passed"] + report["flagged_by_triage"] == report["scored"]
    assert report["scored"] < 40
    assert (report["carried_over"], report["waiting"]["triage"], report["waiting"]["score"]) == (0, 0, 0)
    assert cards(reading) == RELEVANT
    asked = llm.calls
    again = reading.run()
    assert again.code == 0, again.err
    assert llm.calls == asked


def test_a_dead_server_leaves_everything_waiting_and_the_next_run_takes_it_up(
    reading: Deployment, llm: LlmServer
) -> None:
    llm.when(lambda asked: '"named"' in asked.system, failing(500))
    down = reading.run()
    assert down.code == 1
    assert "下読みできなかった" in down.err
    assert down.json["triaged"] == 0
    assert down.json["carried_over"] == down.json["waiting"]["triage"] == 138 - down.json["passed"]
    assert "下読み" in reading("status").out

    llm.reset()
    up = reading.run()

    assert up.code == 0, up.err
    assert up.json["triaged"] == down.json["waiting"]["triage"]
    assert cards(reading) == RELEVANT


def test_the_history_of_a_paper_tells_its_triage_in_japanese(reading: Deployment) -> None:
    reading.run()
    assert "下読み：挙げられませんでした（m）" in reading("log", "2606.27855").out
