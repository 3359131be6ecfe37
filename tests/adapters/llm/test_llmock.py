"""The adapter judged by another project's idea of a resilient client."""

from __future__ import annotations

import pytest
from llmock.pytest_plugin import LLMock

from tests.adapters.llm.memory import MemoryAbilities
from tests.adapters.llm.test_openai import REQUEST
from watcher.adapters.llm.openai import OpenAIModel
from watcher.domain.errors import ModelError, ModelRefused


def model_at(llmock: LLMock, timeout: float = 5.0, attempts: int = 4) -> OpenAIModel:
    url, abilities = llmock.base_url("openai"), MemoryAbilities()
    return OpenAIModel("gpt-x", url, "sk-test-key", abilities, timeout=timeout, attempts=attempts, wait=0.05)


def test_rate_limits_and_passing_failures_are_survived(llmock: LLMock) -> None:
    llmock.rate_limit(times=2, retry_after=0.1).fail(500, retry_after=0.1).delay(0.1)
    with model_at(llmock) as model:
        reply = model.ask(REQUEST)
    assert reply.finish == "stop"
    assert len(llmock.requests) == 4
    llmock.assert_resilient(strict=True)


def test_an_outage_is_given_up_without_a_storm(llmock: LLMock) -> None:
    llmock.outage()
    with model_at(llmock, attempts=2) as model, pytest.raises(ModelError):
        model.ask(REQUEST)
    assert len(llmock.requests) == 2
    llmock.assert_resilient()


def test_a_refused_key_is_not_tried_again(llmock: LLMock) -> None:
    llmock.fail(401, times=None)
    with model_at(llmock) as model, pytest.raises(ModelRefused):
        model.ask(REQUEST)
    llmock.assert_resilient(strict=True)
