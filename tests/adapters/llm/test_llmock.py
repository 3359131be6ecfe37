"""The adapter judged by another project's idea of a resilient client, in every scenario that project has."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from llmock.pytest_plugin import LLMock

from tests.adapters.llm.memory import MemoryAbilities
from tests.adapters.llm.test_openai import REQUEST
from watcher.adapters.llm.dialects import DIALECTS, Dialect
from watcher.adapters.llm.openai import OpenAIModel
from watcher.domain.errors import ModelError, ModelRefused, QuestionRefused

SURVIVED: dict[str, Callable[[LLMock], LLMock]] = {
    "rate limits": lambda mock: mock.rate_limit(times=2, retry_after=0.1),
    "passing failures": lambda mock: mock.fail(500, times=2, retry_after=0.1),
    "an overloaded server": lambda mock: mock.fail(503, times=2).fail(529, times=1),
    "a timeout on their side": lambda mock: mock.fail(408),
    "a slow answer": lambda mock: mock.delay(0.3),
    "a slow first token": lambda mock: mock.slow_first_token(0.3),
    "a lost connection": lambda mock: mock.disconnect(times=1),
    "a cut stream": lambda mock: mock.truncate(times=1),
    "a corrupted stream": lambda mock: mock.corrupt(times=1),
    "a stalled stream": lambda mock: mock.stall(seconds=0.3, times=1),
    "a paced stream": lambda mock: mock.pace(1),
    "tools nobody asked for": lambda mock: mock.tool_mode("auto").break_tool_call(),
    "an answer that is no JSON": lambda mock: mock.reply("I would rather not."),
}
REFUSED: dict[str, Callable[[LLMock], LLMock]] = {
    "a refused key": lambda mock: mock.fail(401, times=None),
    "no rights": lambda mock: mock.fail(403, times=None, message="This project has no access."),
    "no such model": lambda mock: mock.fail(404, times=None, code="model_not_found"),
    "no credit": lambda mock: mock.fail(429, times=None, code="insufficient_quota"),
}


@pytest.fixture(params=DIALECTS.values(), ids=list(DIALECTS))
def dialect(request: pytest.FixtureRequest) -> Dialect:
    found: Dialect = request.param
    return found


def model_at(llmock: LLMock, dialect: Dialect, attempts: int = 4) -> OpenAIModel:
    url, abilities = llmock.base_url("openai"), MemoryAbilities()
    return OpenAIModel(
        "gpt-x", url, "sk-test-key", abilities, dialect=dialect, timeout=5.0, attempts=attempts, wait=0.05
    )


@pytest.mark.endurance
@pytest.mark.parametrize("scenario", SURVIVED.values(), ids=list(SURVIVED))
def test_what_passes_is_survived(llmock: LLMock, dialect: Dialect, scenario: Callable[[LLMock], LLMock]) -> None:
    scenario(llmock)
    with model_at(llmock, dialect) as model:
        assert model.ask(REQUEST).finish in {"stop", "length"}
    # Four attempts, and one more: the mock answers with an empty object, which is asked for in the next format.
    assert 1 <= len(llmock.requests) <= 5
    llmock.assert_resilient(strict=True)


def test_quotas_are_kept_by_waiting_as_long_as_the_server_says(llmock: LLMock, dialect: Dialect) -> None:
    llmock.limits(rpm=120)
    with model_at(llmock, dialect) as model:
        assert all(model.ask(REQUEST).finish == "stop" for _ in range(3))
    llmock.assert_resilient(strict=True)


@pytest.mark.endurance
def test_an_outage_is_given_up_without_a_storm(llmock: LLMock, dialect: Dialect) -> None:
    llmock.outage()
    with model_at(llmock, dialect, attempts=2) as model, pytest.raises(ModelError):
        model.ask(REQUEST)
    assert len(llmock.requests) == 2
    llmock.assert_resilient()


def test_a_question_too_long_is_refused_alone(llmock: LLMock, dialect: Dialect) -> None:
    llmock.context_overflow()
    with model_at(llmock, dialect) as model, pytest.raises(QuestionRefused):
        model.ask(REQUEST)
    assert len(llmock.requests) == 1


@pytest.mark.parametrize("scenario", REFUSED.values(), ids=list(REFUSED))
def test_what_only_people_can_mend_is_asked_once(
    llmock: LLMock, dialect: Dialect, scenario: Callable[[LLMock], LLMock]
) -> None:
    scenario(llmock)
    with model_at(llmock, dialect) as model:
        for _ in range(3):
            with pytest.raises(ModelRefused):
                model.ask(REQUEST)
    assert len(llmock.requests) == 1
    llmock.assert_resilient(strict=scenario is not REFUSED["no credit"])  # it takes every 429 for one that passes
    assert {finding.code for finding in llmock.verdict().warnings} <= {"gave_up"}
