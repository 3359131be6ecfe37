"""A second source goes the same line: bioRxiv's feed to a card to a row with its own link."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.scenarios.conftest import DATA, Deployment
from tests.servers.arxiv import ArxivServer
from tests.servers.llm import Behavior, LlmServer

FEED = DATA / "biorxiv" / "neuroscience.xml"


def all_belong(answer: dict[str, object]) -> str:
    papers = answer.get("papers")
    if isinstance(papers, list):
        answer = {"papers": [{**paper, "score": 4, "criterion": "g"} for paper in papers]}
    return json.dumps(answer, ensure_ascii=False)


@pytest.mark.endurance
def test_a_biorxiv_paper_goes_from_feed_to_row_and_out_again(
    deployment: Deployment, llm: LlmServer, tmp_path: Path
) -> None:
    before = deployment.catalog.read_bytes()
    deployment.configure(tmp_path / "config", "batch_size = 15", "batch_size = 15")
    topic = tmp_path / "config" / "topics" / "llm-x-world-models.toml"
    text = re.sub(
        r"^categories = .*$", 'categories = ["biorxiv.neuroscience"]', topic.read_text("utf-8"), flags=re.MULTILINE
    )
    topic.write_text(text.replace('"world model*",', '"world model*", "the", "of", "in",', 1), encoding="utf-8")
    llm.always(Behavior(say=all_belong))
    with ArxivServer({"biorxiv": FEED.read_bytes()}) as server:
        deployment.env["WATCHER_BIORXIV_URL"] = f"{server.rss_url}biorxiv"
        first, second = deployment("run", "--json"), deployment("run", "--json")

    assert first.code == 0, first.err
    assert first.json["sources"][0]["name"] == "biorxiv.neuroscience"
    assert first.json["posted"] == first.json["screened"] > 0
    assert (second.json["announced"], second.json["llm"]["calls"]) == (0, 0)
    doi = llm.asked[0].ids[0]
    assert doi.startswith("10.")

    added = deployment("decide", doi, "approve")
    assert added.code == 0, added.err
    row = next(line for line in deployment.catalog.read_text("utf-8").split("\n") if doi in line)
    assert f"[bioRxiv:{doi}](https://doi.org/{doi})" in row
    assert deployment("undo", f"https://doi.org/{doi}").code == 0
    assert deployment.catalog.read_bytes() == before
