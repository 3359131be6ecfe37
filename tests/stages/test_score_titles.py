"""A verdict names its paper's title, so that verdicts which changed places are noticed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.day import TOPIC, candidate, papers
from tests.servers import llm
from tests.servers.llm import LlmServer
from tests.shipped import SCORE_PROMPT as PROMPT
from watcher.adapters.llm.openai import OpenAIModel
from watcher.ports import Batch
from watcher.stages.score import score

IN, OUT, NEAR = "2606.27483", "2606.27380", "2606.27378"
BATCH = Batch(7, (candidate(1, IN), candidate(2, OUT), candidate(3, NEAR)))


def echoing(edit: Callable[[list[dict[str, Any]]], None] = lambda _: None) -> llm.Behavior:
    """The honest answer with the titles' first words, then changed."""

    def say(answer: dict[str, Any]) -> str:
        entries = [
            {**entry, "title_words": " ".join(papers()[entry["arxiv_id"]].title.split()[:4])}
            for entry in answer["papers"]
        ]
        edit(entries)
        return llm.honest({"papers": entries})

    return llm.Behavior(say=say)


def swap_ids(entries: list[dict[str, Any]]) -> None:
    one, other = (next(e for e in entries if e["arxiv_id"] == native) for native in (IN, OUT))
    one["arxiv_id"], other["arxiv_id"] = OUT, IN


def test_a_verdict_that_names_its_title_is_taken(server: LlmServer, model: OpenAIModel) -> None:
    server.script(echoing())
    assert score(BATCH, TOPIC, model, PROMPT).missed == ()


def test_verdicts_that_changed_places_are_asked_for_again(server: LlmServer, model: OpenAIModel) -> None:
    server.script(echoing(swap_ids))
    scored = score(BATCH, TOPIC, model, PROMPT)
    assert [number for number, _ in scored.found] == [3]
    assert [failure.number for failure in scored.missed] == [1, 2]
    assert "another title" in scored.missed[0].error


def test_a_verdict_without_a_title_among_others_with_theirs_is_not_trusted(
    server: LlmServer, model: OpenAIModel
) -> None:
    server.script(echoing(lambda entries: entries[0].pop("title_words")))
    assert len(score(BATCH, TOPIC, model, PROMPT).found) == 2
