from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.adapters.llm.memory import MemoryAbilities, model_at
from tests.servers import llm
from tests.servers.llm import LlmServer
from watcher.adapters.llm.dialects import DIALECTS, Dialect
from watcher.adapters.llm.openai import OpenAIModel
from watcher.domain.errors import ModelError, ModelRefused, QuestionRefused
from watcher.ports import Request

REQUEST = Request(
    stage="score",
    system="Judge. Answer in JSON.",
    user="arXiv:2606.27483",
    schema_name="relevance",
    schema={"type": "object", "properties": {}, "required": [], "additionalProperties": False},
)


@pytest.fixture(scope="module")
def running() -> Iterator[LlmServer]:
    with LlmServer() as started:
        yield started


@pytest.fixture
def server(running: LlmServer) -> LlmServer:
    running.reset()
    return running


@pytest.fixture(params=list(DIALECTS))
def model(request: pytest.FixtureRequest, server: LlmServer) -> Iterator[OpenAIModel]:
    """The adapter in either dialect, held to the same promises; it has learned nothing of the server yet."""
    with model_at(server, dialect=DIALECTS[request.param]) as opened:
        yield opened


def test_an_answer_comes_back_as_text_with_its_model_and_what_it_took(model: OpenAIModel) -> None:
    reply = model.ask(REQUEST)
    assert json.loads(reply.text)["papers"][0]["score"] == 4
    assert (reply.model, reply.finish) == ("test-model", "stop")
    assert (reply.usage.calls, reply.usage.prompt_tokens, reply.usage.completion_tokens) == (1, 1000, 200)
    assert reply.usage.prompt_chars == len(REQUEST.system) + len(REQUEST.user)


def test_cached_tokens_cost_their_own_price(model: OpenAIModel) -> None:
    cost = model.ask(REQUEST).usage.cost_usd
    assert cost == pytest.approx((600 * 2.0 + 400 * 0.2 + 200 * 10.0) / 1_000_000)


def test_answers_in_formats_that_helped_nothing_are_counted_too(server: LlmServer, model: OpenAIModel) -> None:
    server.always(llm.saying("Sorry, I would rather not."))
    usage = model.ask(REQUEST).usage
    assert server.calls > 1
    assert (usage.calls, usage.completion_tokens) == (server.calls, 200 * server.calls)


@pytest.mark.parametrize("usage", [None, {"prompt_tokens": None, "completion_tokens": None, "total_tokens": None}])
def test_a_server_that_counts_no_tokens_is_tolerated(server: LlmServer, model: OpenAIModel, usage: Any) -> None:
    server.script(llm.Behavior(usage=usage))
    reply = model.ask(REQUEST)
    assert (reply.usage.prompt_tokens, reply.usage.cost_usd) == (0, 0.0)


def test_the_static_part_stands_first_and_nothing_unasked_is_sent(server: LlmServer) -> None:
    with model_at(server) as model:
        model.ask(REQUEST)
    body = server.asked[0].body
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body.keys() == {"model", "messages", "response_format"}
    assert body["response_format"]["json_schema"] == {"name": "relevance", "strict": True, "schema": REQUEST.schema}


def test_openai_itself_is_told_to_store_nothing_and_what_prefix_to_cache(server: LlmServer) -> None:
    with model_at(server, dialect=DIALECTS["responses"]) as model:
        model.ask(REQUEST)
    body = server.asked[0].body
    assert list(body) == ["model", "instructions", "input", "store", "prompt_cache_key", "text"]
    assert (body["instructions"], body["input"], body["store"]) == (REQUEST.system, REQUEST.user, False)
    schema = {"type": "json_schema", "name": "relevance", "strict": True, "schema": REQUEST.schema}
    assert body["text"]["format"] == schema


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=list(DIALECTS))
@pytest.mark.parametrize(
    ("lacking", "response_format", "calls"),
    [((), "json_schema", 1), (("json_schema",), "json_object", 2), (("json_schema", "json_object"), "plain", 3)],
)
def test_a_server_is_asked_in_the_best_form_it_takes_and_that_is_remembered(
    server: LlmServer, dialect: Dialect, lacking: tuple[str, ...], response_format: str, calls: int
) -> None:
    server.always(llm.rejecting(*lacking))
    abilities = MemoryAbilities()
    with model_at(server, abilities=abilities, dialect=dialect) as model:
        for question in ("arXiv:2606.27483", "arXiv:2606.27380"):
            assert question[6:] in model.ask(replace(REQUEST, user=question)).text
        assert server.calls == 2 * calls, "one question may be to blame"
        model.ask(REQUEST)
    assert server.calls == 2 * calls + 1
    assert [(url, name, manner.format) for url, name, manner, _ in abilities.learned][-1] == (
        server.url,
        "test-model",
        response_format,
    )


@pytest.mark.parametrize("status", [400, 403, 422])
def test_a_refusal_without_a_cause_is_told_with_the_first_words_once_no_other_way_to_ask_helps(
    server: LlmServer, status: int
) -> None:
    server.script(llm.failing(status, message="the first words"))
    server.always(llm.failing(status, message="other words"))
    with model_at(server) as model:
        with pytest.raises(QuestionRefused, match="the first words"):
            model.ask(REQUEST)
        assert server.calls == 4
        server.always(llm.Behavior())
        model.ask(REQUEST)
        server.always(llm.failing(status, message="other words"))
        with pytest.raises(QuestionRefused, match="other words"):
            model.ask(REQUEST)
    assert server.calls == 6, "a response format that was taken today is not to blame"


@pytest.mark.parametrize(
    ("behavior", "words"),
    [
        (llm.failing(401), "check OPENAI_API_KEY"),
        (llm.failing(402), "add credit"),
        (llm.failing(429, "insufficient_quota"), "add credit"),
        (llm.failing(404, "model_not_found"), "set WATCHER_MODEL"),
        (llm.failing(404, message='model "x" not found, try pulling it first'), "set WATCHER_MODEL"),
        (llm.failing(404), "check OPENAI_BASE_URL"),
    ],
)
def test_what_only_people_can_mend_is_asked_once_and_says_how(
    server: LlmServer, model: OpenAIModel, behavior: llm.Behavior, words: str
) -> None:
    server.always(behavior)
    with pytest.raises(ModelRefused, match=words):
        model.ask(REQUEST)
    assert server.calls == 1


@pytest.mark.parametrize(
    "behavior",
    [
        llm.failing(408),
        llm.failing(409),
        llm.failing(429, retry_after_ms="20"),
        llm.failing(500),
        llm.failing(503),
        llm.RESET,
        llm.MALFORMED,
        llm.NOT_A_COMPLETION,
        llm.HTML,
    ],
)
def test_what_may_pass_is_tried_again(server: LlmServer, model: OpenAIModel, behavior: llm.Behavior) -> None:
    server.script(behavior, behavior)
    assert "2606.27483" in model.ask(REQUEST).text
    assert server.calls == 3


@pytest.mark.parametrize(("status", "calls"), [(500, 3 + 2), (503, 3), (504, 3)])
def test_what_does_not_pass_is_given_up_after_the_agreed_number_of_tries(
    server: LlmServer, status: int, calls: int
) -> None:
    server.always(llm.failing(status))
    with model_at(server) as model:
        with pytest.raises(ModelError, match=f"HTTP {status}") as failure:
            model.ask(REQUEST)
        assert not isinstance(failure.value, ModelRefused | QuestionRefused)
        assert server.calls == calls
        server.always(llm.Behavior())
        model.ask(REQUEST)
        server.always(llm.failing(status))
        with pytest.raises(ModelError):
            model.ask(REQUEST)
    assert server.calls == calls + 1 + 3, "a response format that was taken today is not to blame"


def test_a_silent_server_is_given_up_in_time(server: LlmServer) -> None:
    server.always(llm.slow(5))
    with model_at(server, timeout=0.05, attempts=2) as model, pytest.raises(ModelError, match="in time"):
        model.ask(REQUEST)
    assert server.calls == 2


def test_a_short_wish_to_wait_is_honored(server: LlmServer, model: OpenAIModel) -> None:
    server.script(llm.failing(429, retry_after="0.2"))
    model.ask(REQUEST)
    assert server.asked[1].at - server.asked[0].at >= 0.2


@pytest.mark.parametrize(
    ("headers", "wish"),
    [
        ({"retry_after": "300"}, 300.0),
        ({"retry_after_ms": "90000"}, 90.0),
        ({"retry_after": "Mon, 29 Jun 2026 03:10:00 GMT", "date": "Mon, 29 Jun 2026 03:00:00 GMT"}, 600.0),
    ],
)
def test_a_long_wish_to_wait_is_passed_on_instead_of_slept(
    server: LlmServer, model: OpenAIModel, headers: dict[str, str], wish: float
) -> None:
    server.always(llm.failing(429, **headers))
    with pytest.raises(ModelError) as failure:
        model.ask(REQUEST)
    assert failure.value.retry_after == wish
    assert server.calls == 1


@pytest.mark.parametrize("wish", ["soon", "nan", "inf", "-5"])
def test_a_wish_that_is_no_time_is_not_believed(server: LlmServer, model: OpenAIModel, wish: str) -> None:
    server.script(llm.failing(429, retry_after=wish))
    assert model.ask(REQUEST).finish == "stop"


@pytest.mark.parametrize(
    ("behavior", "words"),
    [
        (llm.REFUSING, "I cannot help with that"),
        (llm.FILTERED, "content_filter"),
        (llm.failing(400, "content_filter"), "told to fail"),
        (llm.failing(400, "context_length_exceeded"), "told to fail"),
        (llm.failing(400, message="This model's maximum context length is 4096 tokens"), "maximum context length"),
        (llm.failing(413), "told to fail"),
    ],
)
def test_a_question_that_is_refused_for_its_content_or_size_is_no_matter_of_the_breaker(
    server: LlmServer, behavior: llm.Behavior, words: str
) -> None:
    server.script(behavior)
    with model_at(server, rest=60.0) as model:
        with pytest.raises(QuestionRefused, match=words):
            model.ask(REQUEST)
        assert server.calls == 1
        assert "2606.27483" in model.ask(REQUEST).text


@pytest.mark.parametrize("text", ["", "I would rather not."])
def test_an_answer_without_json_is_asked_for_in_each_response_format(
    server: LlmServer, model: OpenAIModel, text: str
) -> None:
    server.always(llm.saying(text))
    assert (model.ask(REQUEST).text, server.calls) == (text, 3)


def test_a_truncated_answer_is_marked_as_such(server: LlmServer, model: OpenAIModel) -> None:
    server.script(llm.TRUNCATED)
    assert model.ask(REQUEST).finish == "length"


def test_no_error_quotes_the_key(server: LlmServer, model: OpenAIModel) -> None:
    server.key = "sk-another-key"
    with pytest.raises(ModelRefused) as refused:
        model.ask(REQUEST)
    server.key = None
    server.always(llm.failing(500, message="upstream got Bearer sk-test-key"))
    with pytest.raises(ModelError) as failed:
        model.ask(REQUEST)
    assert "sk-" not in str(refused.value)
    assert "sk-" not in str(failed.value)
    assert "upstream got Bearer" in str(failed.value)


def test_no_error_quotes_a_password_in_the_address(server: LlmServer) -> None:
    address = server.url.replace("//", "//user:hidden@")
    server.always(llm.failing(500))
    with OpenAIModel("m", address, "", MemoryAbilities(), attempts=1) as model, pytest.raises(ModelError) as failure:
        model.ask(REQUEST)
    assert "hidden" not in str(failure.value)


def test_a_server_that_is_not_there_is_named(server: LlmServer) -> None:
    closed = server.url.replace("/v1", "/nowhere")
    with OpenAIModel("m", closed, "", MemoryAbilities(), attempts=1) as model, pytest.raises(ModelRefused, match="404"):
        model.ask(REQUEST)
    gone = "http://127.0.0.1:9/v1"
    with (
        OpenAIModel("m", gone, "", MemoryAbilities(), attempts=1) as model,
        pytest.raises(ModelError, match=r"127\.0\.0\.1:9"),
    ):
        model.ask(REQUEST)
