"""What a careless server says of its answer is brought into a form that can be recorded: it has been paid for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.adapters.llm.memory import model_at
from tests.adapters.llm.test_openai import REQUEST
from tests.servers import llm
from tests.servers.llm import LlmServer
from watcher.adapters.llm.openai import OpenAIModel
from watcher.domain.errors import QuestionRefused


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer() as running:
        yield running


@pytest.fixture
def model(server: LlmServer) -> Iterator[OpenAIModel]:
    with model_at(server) as opened:
        yield opened


def completion(**changes: Any) -> llm.Behavior:
    """An answer whose fields a careless server filled in; those set to None are missing."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "{}"}}
    body = {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
    for name, value in changes.items():
        holder = choice if name in choice else body
        holder[name] = value
        if value is None:
            del holder[name]
    return llm.Behavior(body=json.dumps(body).encode())


@pytest.mark.parametrize(
    ("behavior", "model_name", "finish"),
    [
        (completion(model="a\0b\ud800" + "m" * 300), "ab" + "m" * 198, "stop"),
        (completion(model={"name": "m"}), "test-model", "stop"),
        (completion(model=None), "test-model", "stop"),
        (completion(finish_reason="x\0" * 40), "m", "x" * 32),
        (completion(finish_reason=7), "m", "stop"),
        (completion(finish_reason=None), "m", "stop"),
    ],
)
def test_names_are_cut_cleaned_and_replaced_where_they_are_no_text(
    server: LlmServer, model: OpenAIModel, behavior: llm.Behavior, model_name: str, finish: str
) -> None:
    server.script(behavior)
    reply = model.ask(REQUEST)
    assert (reply.model, reply.finish) == (model_name, finish)


@pytest.mark.parametrize(("said", "kept"), [("a\0b", "a\ufffdb"), ("a\ud800b", "a\ufffdb")])
def test_characters_no_database_can_keep_are_replaced_in_answers_and_refusals(
    server: LlmServer, model: OpenAIModel, said: str, kept: str
) -> None:
    server.script(llm.saying(f"[{said}]"), llm.Behavior(say=lambda _: "", refusal=said))
    assert model.ask(REQUEST).text == f"[{kept}]"
    with pytest.raises(QuestionRefused, match="refusal"):
        model.ask(REQUEST)


def test_a_refusal_that_is_no_text_is_still_a_refusal(server: LlmServer, model: OpenAIModel) -> None:
    server.script(completion(message={"role": "assistant", "content": None, "refusal": True}))
    with pytest.raises(QuestionRefused, match="refusal"):
        model.ask(REQUEST)


@pytest.mark.parametrize("count", [10**30, 2**31, -1])
def test_a_count_beyond_all_measure_is_none(server: LlmServer, model: OpenAIModel, count: int) -> None:
    server.script(completion(usage={"prompt_tokens": count, "completion_tokens": 5, "total_tokens": 5}))
    usage = model.ask(REQUEST).usage
    assert (usage.prompt_tokens, usage.completion_tokens) == (0, 5)
