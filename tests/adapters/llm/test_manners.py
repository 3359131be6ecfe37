"""Every known manner of a model server is understood, in whichever of the two dialects it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.adapters.llm.manners import ALL, OF_THE_FORM, Manner, Right, dialects
from tests.adapters.llm.memory import MemoryAbilities, longest, model_at
from tests.adapters.llm.test_openai import REQUEST
from tests.fakes import NOON
from tests.servers.llm import LlmServer, failing, rejecting
from watcher.adapters.llm.dialects import DIALECTS, Dialect
from watcher.adapters.llm.failures import Kind, kind_of, said_in, wait_in
from watcher.adapters.llm.openai import OpenAIModel
from watcher.domain.errors import ModelError, ModelRefused, QuestionRefused
from watcher.domain.replies import read_object

OTHER = replace(REQUEST, user="arXiv:2606.27380")
THIRD = replace(REQUEST, user="arXiv:2606.27378")


CASES = [
    pytest.param(manner, DIALECTS[name], id=f"{name}-{manner.name}") for manner in ALL for name in dialects(manner)
]


def _model(server: LlmServer, dialect: Dialect, **options: object) -> OpenAIModel:
    return model_at(server, dialect=dialect, rest=60.0, spending=longest(8000), **options)


@pytest.fixture
def server(running: LlmServer) -> LlmServer:
    running.reset()
    return running


@pytest.fixture(scope="module")
def running() -> Iterator[LlmServer]:
    with LlmServer() as started:
        yield started


@pytest.mark.parametrize(("manner", "dialect"), CASES)
def test_what_a_server_says_is_understood(server: LlmServer, manner: Manner, dialect: Dialect) -> None:
    server.when(manner.when, manner.behavior)
    with _model(server, dialect) as model:
        if manner.right is Right.ANSWERED:
            reply = model.ask(REQUEST)
            assert read_object(reply.text, reply.finish, "papers", "arxiv_id")["papers"]
        else:
            with pytest.raises(ModelError) as failure:
                model.ask(REQUEST)
            found = Right.EVERYBODY if isinstance(failure.value, ModelRefused) else Right.MAY_PASS
            found = Right.THIS_QUESTION if isinstance(failure.value, QuestionRefused) else found
            assert found is manner.right, str(failure.value)
            assert manner.says in failure.value.message
            assert manner.remedy in failure.value.remedy
            assert failure.value.remedy or manner.right is Right.MAY_PASS
            assert "sk-t" not in str(failure.value)
    assert manner.calls in {None, server.calls}


@pytest.mark.parametrize(
    ("manner", "dialect"),
    [
        pytest.param(manner, DIALECTS[name], id=f"{name}-{manner.name}")
        for manner in OF_THE_FORM
        for name in dialects(manner)
    ],
)
def test_what_two_questions_found_out_is_spared_the_third_and_a_day_later_tried_again(
    server: LlmServer, manner: Manner, dialect: Dialect
) -> None:
    server.when(manner.when, manner.behavior)
    now = NOON
    with _model(server, dialect, clock=lambda: now) as model:
        model.ask(REQUEST)
        first = server.calls
        model.ask(OTHER)
        assert server.calls == 2 * first
        model.ask(THIRD)
        assert server.calls == 2 * first + 1
        now = NOON + timedelta(hours=25)
        model.ask(THIRD)
    assert server.calls == 3 * first + 1


def test_what_one_question_found_out_is_forgotten_when_the_usual_manner_works(server: LlmServer) -> None:
    refusal = failing(400, message="response_format json_schema is not supported")
    abilities = MemoryAbilities()
    with model_at(server, abilities=abilities) as model:
        for request in (REQUEST, OTHER, THIRD):
            server.script(refusal)
            model.ask(request)
            model.ask(request)
    assert all(manner.format == "json_schema" for _, _, manner, _ in abilities.learned)
    assert server.calls == 9


def test_the_same_question_again_is_no_second_finding(server: LlmServer) -> None:
    server.always(rejecting("json_schema"))
    with model_at(server) as model:
        for _ in range(3):
            model.ask(REQUEST)
    assert server.calls == 6


def test_what_was_learned_is_known_to_the_next_process_and_for_a_day(server: LlmServer) -> None:
    server.always(rejecting("json_schema"))
    abilities = MemoryAbilities()
    with model_at(server, abilities=abilities, clock=lambda: NOON) as model:
        model.ask(REQUEST)
        model.ask(OTHER)
    server.reset()
    with model_at(server, abilities=abilities, clock=lambda: NOON + timedelta(hours=23)) as model:
        model.ask(THIRD)
    with model_at(server, abilities=abilities, clock=lambda: NOON + timedelta(hours=24)) as model:
        model.ask(THIRD)
    assert [asked.form for asked in server.asked] == ["json_object", "json_schema"]


@pytest.mark.endurance
def test_threads_that_find_out_at_once_disturb_no_other(server: LlmServer) -> None:
    said = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    server.when(lambda asked: "max_tokens" in asked.body, failing(400, "unsupported_parameter", said))
    server.when(lambda asked: asked.form == "json_schema", failing(400, message="json_schema is not supported"))
    requests = [replace(REQUEST, user=f"arXiv:2606.{number}") for number in range(10000, 10024)]
    with _model(server, DIALECTS["chat"]) as model, ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(model.ask, requests))
        last = server.calls
        model.ask(THIRD)
    assert [read_object(r.text, r.finish, "papers", "arxiv_id")["papers"][0]["arxiv_id"] for r in replies] == [
        request.user[6:] for request in requests
    ]
    assert server.calls == last + 1


def test_words_that_a_server_quotes_of_a_paper_are_not_its_own(server: LlmServer) -> None:
    abstract = "We study why clients fail with the message invalid API key provided, your credit balance is too low."
    question = replace(REQUEST, user=f"arXiv:2606.27483\nAbstract: {abstract}")
    server.always(failing(400, message=f"cannot tokenize: {abstract}"))
    with _model(server, DIALECTS["chat"]) as model, pytest.raises(QuestionRefused):
        model.ask(question)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (502, "the model is not available right now"),
        (503, "no available channel for the model at the moment, please retry"),
        (503, "usage limit of all providers reached, try again later"),
        (429, "Quota exceeded"),
        (400, "Unterminated string: token budget forcing is often exceeded in s1"),
    ],
)
def test_what_may_pass_or_is_a_text_s_is_no_cause_for_everybody(status: int, said: str) -> None:
    assert kind_of(status, said_in(said)) is Kind.UNKNOWN


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("Please try again in 6m12.5s.", 372.5),
        ("Please try again in 250ms", 0.25),
        ("Please retry after 86400 seconds.", 86400),
        ("Please wait 40 seconds before retrying.", 40),
        ("Try again in 2 hours", 7200),
        ("Please try again in 1 day", 86400),
        ("Too many tokens, please wait before trying again.", None),
    ],
)
def test_the_time_to_wait_is_read_with_its_unit(said: str, seconds: float | None) -> None:
    assert wait_in(said_in(said)) == seconds


def test_every_manner_names_where_it_was_seen() -> None:
    assert all(manner.source.startswith("https://") for manner in ALL)
    assert len({manner.name for manner in ALL}) == len(ALL)
