"""What was judged once under the same criteria is asked for by no other topic."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.scenarios.conftest import Deployment
from tests.servers.llm import LlmServer


@pytest.mark.endurance
def test_a_second_topic_with_the_same_criteria_asks_nothing_and_has_its_own_threshold(
    deployment: Deployment, tmp_path: Path, llm: LlmServer
) -> None:
    config = tmp_path / "config"
    deployment.configure(config, "papers_per_run = 400", "papers_per_run = 400")
    deployment.run()
    scorings = [asked for asked in llm.asked if "papers" in str(asked.body["messages"][0]["content"])]
    topics = config / "topics"
    shutil.copyfile(topics / "llm-x-world-models.md", topics / "twin.md")
    text = (topics / "llm-x-world-models.toml").read_text(encoding="utf-8")
    (topics / "twin.toml").write_text(text.replace("post_at = 3", "post_at = 4"), encoding="utf-8")
    paid = llm.calls

    for file in (tmp_path / "var").glob("watcher.db*"):
        file.unlink()
    report = deployment.run().json

    assert len(scorings) == 6
    assert llm.calls - paid == 6 + 7 + 7, (
        "the second topic's summaries and their checks are the same questions as the first's"
    )
    assert (report["scored"], report["relevant"]) == (2 * 86, 7 + 4)
