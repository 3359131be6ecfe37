"""A day's caps hold whatever the server does, over threads and processes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.adapters.llm.memory import model_at
from tests.adapters.llm.test_openai import REQUEST
from tests.fakes import NOON
from tests.servers import llm
from tests.servers.llm import LlmServer
from watcher.adapters.llm.dialects import DIALECTS, Chat
from watcher.adapters.llm.openai import OpenAIModel, SpendingGuard
from watcher.adapters.store import SqlStore
from watcher.domain.budget import Cap, Caps, Price, Spending, day_start, max_spending
from watcher.domain.errors import CapReached, ModelError

BILLED = 1200  # tokens that the server says every answer took
ANSWER = 1000


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer() as running:
        yield running


def capped(server: LlmServer, store: SqlStore, caps: Caps, at: datetime = NOON, **options: object) -> OpenAIModel:
    return model_at(server, spending=SpendingGuard(store.models, caps, lambda: at, answer_tokens=ANSWER), **options)


def ask_many(model: OpenAIModel, count: int) -> list[bool]:
    """Ask in many threads; whether each question was let through."""

    def one(number: int) -> bool:
        try:
            return model.ask(replace(REQUEST, attempt=number)).finish == "stop"
        except CapReached:
            return False

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(count)))


def test_many_threads_together_never_exceed_the_tokens_of_a_day(server: LlmServer, store: SqlStore) -> None:
    with capped(server, store, Caps(tokens=10 * BILLED + 500)) as model:
        let_through = ask_many(model, 24)
    assert let_through.count(True) == server.calls == 10, "one more might take more than was left"
    assert store.models.spent(NOON).tokens == 10 * BILLED
    assert store.models.spent(NOON).usd == pytest.approx(10 * (600 * 2 + 400 * 0.2 + 200 * 10) / 1e6)


def test_many_threads_together_never_exceed_the_dollars_of_a_day(server: LlmServer, store: SqlStore) -> None:
    with capped(server, store, Caps(usd=0.05)) as model:
        ask_many(model, 24)
    assert 0.05 - 0.012 < store.models.spent(NOON).usd <= 0.05


def test_two_processes_share_one_day(server: LlmServer, store: SqlStore) -> None:
    caps = Caps(tokens=6 * BILLED)
    with capped(server, store, caps) as one, capped(server, store, caps) as other, ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda model: ask_many(model, 6), (one, other)))
    assert server.calls <= 6
    assert store.models.spent(NOON).tokens <= 6 * BILLED


def test_the_next_day_in_tokyo_begins_anew(server: LlmServer, store: SqlStore) -> None:
    caps = Caps(tokens=BILLED + 1000)
    evening, midnight = datetime(2026, 6, 29, 14, 59, tzinfo=UTC), datetime(2026, 6, 29, 15, 0, tzinfo=UTC)
    with capped(server, store, caps, evening) as model:
        assert ask_many(model, 3).count(True) == 1
    with capped(server, store, caps, midnight) as model:
        assert ask_many(model, 3).count(True) == 1
    assert day_start(midnight) == midnight
    assert day_start(evening) == midnight - timedelta(days=1)


@pytest.mark.parametrize("behavior", [llm.failing(500), llm.failing(401), llm.failing(429)])
def test_what_the_server_refused_takes_nothing(server: LlmServer, store: SqlStore, behavior: llm.Behavior) -> None:
    server.always(behavior)
    with capped(server, store, Caps(tokens=100_000)) as model, pytest.raises(ModelError):
        model.ask(REQUEST)
    assert store.models.spent(NOON) == Spending(0, 0.0)


@pytest.mark.parametrize("behavior", [llm.slow(5), llm.RESET, llm.MALFORMED])
def test_what_may_have_been_billed_counts_in_full(server: LlmServer, store: SqlStore, behavior: llm.Behavior) -> None:
    server.always(behavior)
    with (
        capped(server, store, Caps(tokens=100_000), timeout=0.05, attempts=2) as model,
        pytest.raises(ModelError),
    ):
        model.ask(REQUEST)
    assert store.models.spent(NOON).tokens > 2 * ANSWER


def test_a_server_that_counts_nothing_is_booked_with_the_most_it_can_have_taken(
    server: LlmServer, store: SqlStore
) -> None:
    server.always(llm.Behavior(usage=None))
    with capped(server, store, Caps(tokens=100_000)) as model:
        model.ask(REQUEST)
    assert store.models.spent(NOON).tokens > ANSWER


def test_a_cap_too_small_for_one_question_lets_none_through(server: LlmServer, store: SqlStore) -> None:
    with capped(server, store, Caps(tokens=ANSWER)) as model, pytest.raises(CapReached) as reached:
        model.ask(REQUEST)
    assert (reached.value.cap, server.calls) == (Cap.TOKENS, 0)


@pytest.mark.parametrize(("api", "field"), [("chat", "max_tokens"), ("responses", "max_output_tokens")])
def test_the_server_is_told_how_long_an_answer_may_be(server: LlmServer, store: SqlStore, api: str, field: str) -> None:
    with capped(server, store, Caps(tokens=100_000), dialect=DIALECTS[api]) as model:
        model.ask(REQUEST)
    assert server.asked[0].body[field] == ANSWER


def test_a_server_that_takes_the_other_name_for_it_is_told_by_that(server: LlmServer, store: SqlStore) -> None:
    said = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    server.when(lambda asked: "max_tokens" in asked.body, llm.failing(400, "unsupported_parameter", said))
    with capped(server, store, Caps(tokens=100_000), dialect=Chat()) as model:
        for question in ("arXiv:2606.27483", "arXiv:2606.27380", "arXiv:2606.27378"):
            model.ask(replace(REQUEST, user=question))
    fields = [next(name for name in asked.body if name.startswith("max")) for asked in server.asked]
    assert fields == [*["max_tokens", "max_completion_tokens"] * 2, "max_completion_tokens"]


def test_the_estimate_is_no_less_than_any_text_can_take() -> None:
    price = Price(2.0, 0.2, 10.0)
    assert max_spending("日本語 and text", 10, price) == Spending(28, (18 * 2.0 + 10 * 10.0) / 1e6)
