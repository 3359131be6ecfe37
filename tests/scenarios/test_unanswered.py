"""A paper that no question gets through about, by the commands: handed over, approved at the console, and in the catalog."""

from __future__ import annotations

import pytest

from tests.poison import MANNERS
from tests.scenarios.conftest import Deployment
from tests.servers.llm import LlmServer
from watcher.adapters.catalogs.markdown_entries import read_entries

BAD = "2606.27757"
SUMMARY = '"summary_ja"'  # in the prompt of summaries alone


@pytest.mark.endurance
@pytest.mark.parametrize("stage", ["score", "summarize"])
def test_a_paper_about_which_no_model_answers_is_approved_at_the_console_and_its_row_has_a_dash(
    deployment: Deployment, llm: LlmServer, stage: str
) -> None:
    llm.when(
        lambda asked: BAD in asked.ids and (stage == "score" or SUMMARY in asked.system),
        MANNERS["400 with content words"],
    )
    runs = [deployment.run() for _ in range(3)]
    assert [run.code for run in runs] == [1, 1, 0], "green as soon as a person has the paper"
    assert "Content Exists Risk" in runs[0].err
    status = deployment("status")
    assert BAD in status.out
    assert "異常はありません" in status.out
    (listed,) = deployment("status", "--json").json["handed_over"]
    assert (listed["paper"], listed["stage"], listed["cause"]) == (f"arxiv:{BAD}", stage, "refused")

    asked = llm.calls
    approved = deployment("decide", BAD, "approve")
    assert approved.code == 0, approved.err
    assert "追加済み（26 行目" in approved.out
    assert "概要の欄は「—」です" in approved.out
    committed = deployment.git("show", "HEAD:catalog.md")
    (row,) = [row for row in read_entries(committed.encode(), "catalog").rows if BAD in str(row.ids)]
    assert (row.number, row.summary, row.year) == (26, "—", 2026)
    assert deployment.git("log", "-1", "--format=%s").strip() == f"catalog: add arXiv:{BAD}"

    assert deployment.run().code == 0
    assert llm.calls == asked, "nothing is asked about it any more"
    assert deployment("undo", BAD).code == 0
    assert BAD not in deployment.git("show", "HEAD:catalog.md")
