from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.adapters.llm.memory import MemoryLocks, MemoryReplies, model_at
from tests.adapters.llm.test_openai import REQUEST
from tests.fakes import NOON
from tests.servers import llm
from tests.servers.llm import LlmServer
from watcher.adapters.llm.recorded import CachedModel, key_of
from watcher.domain.budget import Usage
from watcher.domain.errors import ModelError
from watcher.ports import Reply, Request


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer() as running:
        yield running


@pytest.fixture
def log() -> MemoryReplies:
    return MemoryReplies()


@pytest.fixture
def model(server: LlmServer, log: MemoryReplies) -> Iterator[CachedModel]:
    with model_at(server) as inner:
        yield CachedModel(inner, log, MemoryLocks(), lambda: NOON)


def test_the_same_question_is_paid_once_even_by_another_process(
    server: LlmServer, model: CachedModel, log: MemoryReplies
) -> None:
    paid = model.ask(REQUEST)
    with model_at(server) as inner:
        again = CachedModel(inner, log, MemoryLocks(), lambda: NOON).ask(REQUEST)
    assert server.calls == 1
    assert paid.usage.cost_usd > 0
    assert again == replace(paid, usage=Usage())


@pytest.mark.parametrize(
    "changed",
    [
        replace(REQUEST, attempt=1),
        replace(REQUEST, user="arXiv:2606.27380"),
        replace(REQUEST, system="Judge again."),
        replace(REQUEST, stage="summarize"),
        replace(REQUEST, schema={"type": "object"}),
    ],
)
def test_a_question_that_differs_in_anything_is_a_new_one(
    server: LlmServer, model: CachedModel, changed: Request
) -> None:
    model.ask(REQUEST)
    model.ask(changed)
    assert server.calls == 2


def test_a_reply_is_on_record_with_its_usage_before_anyone_sees_it(model: CachedModel, log: MemoryReplies) -> None:
    reply = model.ask(REQUEST)
    assert log.kept[key_of(model.name, REQUEST)] == (REQUEST, reply, NOON)


def test_a_reply_that_could_not_be_recorded_is_not_given_out(server: LlmServer) -> None:
    class FullDisk(MemoryReplies):
        def add_reply(self, *_: object, **__: object) -> None:
            raise OSError("no space left")

    with model_at(server) as inner, pytest.raises(OSError, match="no space"):
        CachedModel(inner, FullDisk(), MemoryLocks(), lambda: NOON).ask(REQUEST)


def test_a_failure_is_not_recorded(server: LlmServer, model: CachedModel, log: MemoryReplies) -> None:
    server.always(llm.failing(500))
    with pytest.raises(ModelError):
        model.ask(REQUEST)
    assert not log.kept
    server.always(llm.Behavior())
    assert model.ask(REQUEST).finish == "stop"


def test_threads_with_the_same_question_pay_once_and_others_do_not_wait(server: LlmServer, model: CachedModel) -> None:
    server.always(llm.slow(0.1))
    together = threading.Barrier(5)

    def ask(request: Request) -> Reply:
        together.wait()
        return model.ask(request)

    questions = [REQUEST] * 4 + [replace(REQUEST, attempt=1)]
    with ThreadPoolExecutor(5) as pool:
        replies = list(pool.map(ask, questions))
    assert server.calls == 2
    assert abs(server.asked[0].at - server.asked[1].at) < 0.1
    assert sum(reply.usage.calls for reply in replies) == 2
