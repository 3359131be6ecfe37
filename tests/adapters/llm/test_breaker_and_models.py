"""The breaker, and whether a model is still offered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adapters.llm.memory import model_at
from tests.adapters.llm.test_openai import REQUEST
from tests.servers import llm
from tests.servers.llm import LlmServer
from watcher.adapters.llm.dialects import DIALECTS
from watcher.domain.errors import ModelError, ModelRefused


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer() as running:
        yield running


def test_a_used_up_quota_is_asked_once_and_refused_at_once_for_a_while(server: LlmServer) -> None:
    server.always(llm.failing(429, "insufficient_quota"))
    with model_at(server, rest=30.0) as model:
        for _ in range(5):
            with pytest.raises(ModelRefused, match="add credit"):
                model.ask(REQUEST)
    assert server.calls == 1


def test_after_its_rest_a_refused_model_is_tried_again(server: LlmServer) -> None:
    server.script(llm.failing(401))
    with model_at(server, rest=0.0) as model:
        with pytest.raises(ModelRefused):
            model.ask(REQUEST)
        assert model.ask(REQUEST).finish == "stop"


def test_a_response_that_failed_is_tried_again(server: LlmServer) -> None:
    failed = b'{"object": "response", "status": "failed", "error": {"message": "the engine broke"}, "output": []}'
    server.always(llm.Behavior(body=failed))
    with model_at(server, dialect=DIALECTS["responses"]) as model, pytest.raises(ModelError, match="the engine broke"):
        model.ask(REQUEST)
    assert server.calls == 3


def test_an_offered_model_passes_and_a_retired_one_is_named_with_the_remedy(server: LlmServer) -> None:
    with model_at(server) as model:
        model.check()
        server.models = ("another-model",)
        with pytest.raises(ModelRefused, match=r"test-model at .* does not offer this model: .*set WATCHER_MODEL"):
            model.check()
    assert server.calls == 0


def test_a_refused_key_is_found_without_a_question(server: LlmServer) -> None:
    server.key = "sk-another"
    with model_at(server) as model, pytest.raises(ModelRefused, match="check OPENAI_API_KEY"):
        model.check()


def test_a_model_that_is_listed_is_offered_whatever_the_look_up_says(server: LlmServer) -> None:
    server.models, server.unfindable = ("test-model",), True
    with model_at(server) as model:
        model.check()


def test_servers_that_cannot_say_are_tolerated(server: LlmServer) -> None:
    server.lists_models = False
    with model_at(server) as model:
        model.check()
