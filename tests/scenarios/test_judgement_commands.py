"""evaluate and simulate as an operator calls them, on a small topic of their own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.judgement.world import LATER, STARTER, deployed, write
from tests.scenarios.conftest import Deployment
from tests.servers.llm import LlmServer, saying

pytestmark = pytest.mark.endurance


@pytest.fixture
def small(tmp_path: Path) -> Deployment:
    """A deployment of the topic about minds, without a model server."""
    settings = deployed(tmp_path, STARTER, trained=True)
    return Deployment(tmp_path, {"WATCHER_CONFIG": str(settings.config)})


def test_labels_are_evaluated_with_papers_that_the_database_never_saw(small: Deployment, tmp_path: Path) -> None:
    papers = write(tmp_path / "papers.jsonl", LATER)

    done = small("evaluate", str(papers), "--stream", str(papers), "--json")
    told = small("evaluate", str(papers), "--stream", str(papers), "--plot", str(tmp_path / "recall.svg"))

    assert done.code == 0, done.err
    assert (done.json["papers"], done.json["labels"], done.json["seen"]) == (40, 40, 0)
    assert done.json["stages"]["0.4"]["recall"]["value"] == 1.0
    assert "事前選別の上位 40%" in told.out
    assert ET.parse(tmp_path / "recall.svg").getroot().tag.endswith("svg")


def test_imported_papers_are_screened_by_what_was_trained_and_evaluated_from_the_database(
    small: Deployment, tmp_path: Path
) -> None:
    papers = write(tmp_path / "papers.jsonl", LATER)

    imported = small("import", str(papers), "--now", "2026-07-01T05:00:00Z", "--json")
    found = small("evaluate", str(papers), "--json")

    assert imported.json["screened"] == 40
    assert 12 <= imported.json["passed"] <= 20
    assert found.json["papers"] == 40
    assert found.json["stages"]["0.4"]["recall"]["value"] == 1.0


def test_a_split_by_day_trains_and_measures_apart(small: Deployment, tmp_path: Path) -> None:
    papers = write(tmp_path / "papers.jsonl", [*STARTER, *LATER])

    done = small("evaluate", str(papers), "--stream", str(papers), "--split-day", "2026-07-01", "--json")

    assert done.code == 0, done.err
    assert (done.json["papers"], done.json["labels"], done.json["seen"]) == (40, 40, 0)


def test_labels_that_were_learned_from_are_pointed_out(small: Deployment, tmp_path: Path) -> None:
    papers = write(tmp_path / "papers.jsonl", STARTER)

    done = small("evaluate", str(papers), "--stream", str(papers))

    assert "60 件は、この事前選別の学習に使われています" in done.err


def test_a_pile_is_looked_through_from_the_catalogs_own_papers(tmp_path: Path) -> None:
    undated = [replace(one, day=None) for one in STARTER if one.belongs][:3]
    settings = deployed(tmp_path, undated)
    small = Deployment(tmp_path, {"WATCHER_CONFIG": str(settings.config)})
    papers = write(tmp_path / "papers.jsonl", LATER)

    done = small("simulate", str(papers), "--stream", str(papers), "--plot", str(tmp_path / "looks.svg"))
    alone = small("simulate", str(papers), "--stream", str(papers), "--only-labeled", "--json")

    assert "95.0% を見つけるまで：14 件" in done.out
    assert alone.json["looks"]["0.95"] == 14
    assert ET.parse(tmp_path / "looks.svg").getroot().tag.endswith("svg")


def test_the_configured_model_is_measured_on_labeled_papers(small: Deployment, tmp_path: Path, llm: LlmServer) -> None:
    papers = write(tmp_path / "papers.jsonl", LATER)
    small.env |= {"OPENAI_BASE_URL": llm.url, "OPENAI_API_KEY": "sk-test-0123456789", "WATCHER_MODEL": "m"}

    done = small("evaluate", str(papers), "--stream", str(papers), "--ask-model", "--json")
    asked = llm.calls
    told = small("evaluate", str(papers), "--stream", str(papers), "--ask-model")

    assert done.code == 0, done.err
    assert done.json["model"]["lines"] == 26
    assert done.json["stages"]["before_triage"]["recall"]["value"] == 1
    assert "下読みの後" in told.out
    assert "下読みさせた論文 26 件" in told.out
    assert llm.calls == asked


def test_a_curator_reads_what_the_model_does_not_put_aside(tmp_path: Path, llm: LlmServer) -> None:
    undated = [replace(one, day=None) for one in STARTER if one.belongs][:3]
    small = Deployment(tmp_path, {"WATCHER_CONFIG": str(deployed(tmp_path, undated).config)})
    small.env |= {"OPENAI_BASE_URL": llm.url, "OPENAI_API_KEY": "sk-test-0123456789", "WATCHER_MODEL": "m"}
    papers = write(tmp_path / "papers.jsonl", LATER)
    arguments = ("simulate", str(papers), "--stream", str(papers), "--ask-model", "--json")
    llm.when(lambda asked: '"named"' in asked.system, saying("no"))

    unread = small(*arguments)
    llm.reset()
    small.env["WATCHER_MODEL"] = "test-model"
    aside = small(*arguments)

    assert (unread.json["put_aside"], unread.json["looks"]["0.95"]) == (0, 14)
    assert (aside.code, len(aside.err.splitlines())) == (1, 1), "all that belongs is put aside"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("evaluate", "/nowhere.jsonl"), "nowhere"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(small: Deployment, arguments: tuple[str, ...], says: str) -> None:
    done = small(*arguments)

    assert done.code == 1
    assert says in done.err
    assert len(done.err.splitlines()) == 1
