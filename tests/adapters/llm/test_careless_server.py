"""What a careless server says of its answer is brought into a form that can be recorded: it has been paid for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.adapters.llm.memory import longest, model_at
from tests.adapters.llm.test_openai import REQUEST
from tests.servers import llm
from tests.servers.llm import LlmServer
from watcher.adapters.llm.openai import OpenAIModel
from watcher.domain.errors import ModelError, ModelRefused, QuestionRefused


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
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": '{"a": 1}'}}
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


_GIVEN = {
    "a chunk of a stream": {"delta": {"content": llm.HONEST}},
    "details of the thoughts": {"message": {"content": "", "reasoning_details": [{"text": llm.HONEST}]}},
    "a part that is JSON": {"message": {"content": [{"type": "json", "json": {llm.HONEST: 0}}]}},
}


@pytest.mark.parametrize("choice", _GIVEN.values(), ids=list(_GIVEN))
def test_an_answer_is_read_wherever_it_stands(server: LlmServer, choice: dict[str, Any]) -> None:
    server.always(llm.templated({"id": "1", "choices": [{"index": 0, "finish_reason": "stop", **choice}]}))
    with model_at(server) as model:
        assert json.loads(model.ask(REQUEST).text)["papers"]
    assert server.calls == 1


@pytest.mark.parametrize("nothing", ["{}", " [ ] ", "```json\n{\n}\n```"])
def test_an_empty_object_is_no_answer_and_the_next_format_is_tried(server: LlmServer, nothing: str) -> None:
    server.when(lambda asked: asked.form == "json_schema", llm.saying(nothing))
    with model_at(server) as model:
        assert json.loads(model.ask(REQUEST).text)["papers"]
    assert [asked.form for asked in server.asked] == ["json_schema", "json_object"]


_TOO_HIGH = (
    {"detail": [{"loc": ["body", "max_tokens"], "msg": "Input should be less than or equal to 4096"}]},
    {"detail": [{"loc": ["body", "max_tokens"], "msg": "Value error, too large"}]},
    {"message": "The maximum tokens you requested exceeds the model limit of 4096. Use a lower value."},
)
_NO_SYSTEM = (
    {"detail": [{"loc": ["body", "messages", 0, "role"], "msg": "Input should be 'user' or 'assistant'"}]},
    {"error": {"message": "systemロールはサポートされていません"}},
    {"error": {"message": "bad request"}},
)


@pytest.mark.parametrize("body", _TOO_HIGH)
def test_a_limit_that_is_too_high_is_lowered_in_whatever_words_it_is_refused(
    server: LlmServer, body: dict[str, Any]
) -> None:
    server.when(lambda asked: asked.body["max_tokens"] > 4096, llm.templated(body, 422))
    with model_at(server, spending=longest(8000)) as model:
        assert json.loads(model.ask(REQUEST).text)["papers"]
    assert server.calls == 2


@pytest.mark.parametrize("body", _NO_SYSTEM)
def test_a_server_without_system_messages_is_asked_without_one_in_whatever_words_it_refuses_them(
    server: LlmServer, body: dict[str, Any]
) -> None:
    server.when(lambda asked: len(asked.body["messages"]) > 1, llm.templated(body, 400))
    with model_at(server) as model:
        assert json.loads(model.ask(REQUEST).text)["papers"]
        model.ask(replace(REQUEST, user="arXiv:2606.27380"))
        asked = server.calls
        model.ask(replace(REQUEST, user="arXiv:2606.27378"))
    assert server.calls == asked + 1


_REFUSED = (
    ({"choices": None, "base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}}, 200, QuestionRefused),
    ({"message": "unavailable"}, 451, QuestionRefused),
    ({"choices": [], "base_resp": {"status_code": 1004, "status_msg": "login fail"}}, 200, ModelRefused),
)


@pytest.mark.parametrize(("body", "status", "error"), _REFUSED)
def test_a_refusal_beside_empty_choices_or_by_its_status_alone_is_understood(
    server: LlmServer, body: dict[str, Any], status: int, error: type[ModelError]
) -> None:
    server.always(llm.templated(body, status))
    with model_at(server) as model, pytest.raises(error):
        model.ask(REQUEST)
    assert server.calls == 1
