from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.servers.llm import RECORDED
from watcher.adapters.llm.recorded import RecordedModel
from watcher.domain.errors import ConfigError, ModelError
from watcher.ports import Request

SCORING = Request("score", "Judge.", "arXiv:2606.27483\nTitle: a\n\narXiv:2606.27380\nTitle: b", "relevance", {})
SUMMING = replace(SCORING, stage="summarize", user="arXiv:2606.27483")


def test_each_paper_of_a_question_gets_its_recorded_verdict() -> None:
    papers = json.loads(RecordedModel(RECORDED).ask(SCORING).text)["papers"]
    assert [(paper["arxiv_id"], paper["score"]) for paper in papers] == [("2606.27483", 4), ("2606.27380", 0)]


def test_an_id_inside_a_line_is_no_question() -> None:
    request = replace(SCORING, user="arXiv:2606.27483\nAbstract: as in arXiv:2606.27380")
    papers = json.loads(RecordedModel(RECORDED).ask(request).text)["papers"]
    assert [paper["arxiv_id"] for paper in papers] == ["2606.27483"]


def test_a_paper_without_a_recorded_verdict_is_left_out() -> None:
    text = RecordedModel(RECORDED).ask(replace(SCORING, user="arXiv:9901.00001")).text
    assert json.loads(text) == {"papers": []}


def test_a_summary_holds_the_cells_and_nothing_else() -> None:
    answer = json.loads(RecordedModel(RECORDED).ask(SUMMING).text)
    assert answer.keys() == {"summary_ja", "categories_ja", "evidence"}


@pytest.mark.parametrize("paper", ["2606.27380", "9901.00001"])
def test_a_summary_that_was_never_recorded_is_an_error(paper: str) -> None:
    with pytest.raises(ModelError, match=paper):
        RecordedModel(RECORDED).ask(replace(SUMMING, user=f"arXiv:{paper}"))


def test_recorded_replies_cost_nothing_and_say_what_they_are() -> None:
    model = RecordedModel(RECORDED)
    usage = model.ask(SCORING).usage
    assert (usage.calls, usage.prompt_tokens, usage.cost_usd) == (1, 0, 0.0)
    assert usage.prompt_chars == len(SCORING.system) + len(SCORING.user)
    assert model.recorded


@pytest.mark.parametrize("line", ["{", "[]", '{"arxiv_id": "1"}'])
def test_a_damaged_file_is_refused_with_its_line(line: str) -> None:
    first = RECORDED.read_text(encoding="utf-8").splitlines()[0]
    with pytest.raises(ConfigError, match="line 2"):
        RecordedModel(f"{first}\n{line}\n")
