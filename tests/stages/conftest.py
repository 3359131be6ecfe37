"""A model server that answers from the recorded replies, and the client that asks it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adapters.llm.memory import model_at
from tests.servers.llm import LlmServer
from watcher.adapters.llm.openai import OpenAIModel


@pytest.fixture(scope="module")
def running() -> Iterator[LlmServer]:
    with LlmServer() as started:
        yield started


@pytest.fixture
def server(running: LlmServer) -> LlmServer:
    running.reset()
    return running


@pytest.fixture(scope="module")
def client(running: LlmServer) -> Iterator[OpenAIModel]:
    with model_at(running) as opened:
        yield opened


@pytest.fixture
def model(server: LlmServer, client: OpenAIModel) -> OpenAIModel:
    assert server.calls == 0
    return client
