"""Parcels of the Batch API: each question paid for once, whatever becomes of a batch or of us."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.adapters.llm.memory import model_at
from tests.adapters.llm.test_openai import REQUEST
from tests.servers.batches import Fate
from tests.servers.llm import LlmServer
from watcher.adapters.llm.bulk import BatchApi, Server
from watcher.adapters.llm.dialects import DIALECTS
from watcher.adapters.llm.durable import DurableModel, key_of
from watcher.adapters.llm.purse import Purse
from watcher.adapters.store import SqlStore
from watcher.domain.budget import Cap, Caps, Price, Spending
from watcher.domain.errors import Awaited, ModelRefused
from watcher.ports import Question, Reply, Request

NOW = datetime.now(UTC)
IDS = ("2606.27483", "2606.27380", "2606.27378", "2606.28127")
QUESTIONS = [(number, replace(REQUEST, user=f"arXiv:{name}")) for number, name in enumerate(IDS, 1)]
HALF = (600 * 2.0 + 400 * 0.2 + 200 * 10.0) / 1_000_000 / 2


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer() as running:
        yield running


def bulk_at(
    server: LlmServer, store: SqlStore, api: str = "chat", caps: Caps | None = None, at: datetime = NOW
) -> BatchApi:
    purse = Purse(store, caps, lambda: at, answer_tokens=1000) if caps else None
    whom = Server("test-model", server.url, "sk-test-key", DIALECTS[api], Price(2.0, 0.2, 10.0))
    return BatchApi(whom, store, lambda: at, purse)


def replied(store: SqlStore) -> list[int]:
    """The questions that have a reply on record."""
    return [number for number, request in QUESTIONS if store.reply(key_of("test-model", request)) is not None]


@pytest.mark.parametrize("api", list(DIALECTS))
def test_questions_go_out_together_and_every_reply_finds_its_own(server: LlmServer, store: SqlStore, api: str) -> None:
    server.batches.fates = [Fate(polls=2, noise=b"{broken\n\n[1]\n{}\n")]
    bulk = bulk_at(server, store, api)

    assert bulk.send(QUESTIONS).ready == frozenset()
    assert (bulk.collect(), replied(store)) == ([], [])
    assert (bulk.collect(), replied(store)) == ([], [1, 2, 3, 4])

    for _, request in QUESTIONS:
        reply = store.reply(key_of("test-model", request))
        assert reply is not None
        assert json.loads(reply.text)["papers"][0]["arxiv_id"] in request.user
        assert reply.usage.cost_usd == pytest.approx(HALF)
    (made,) = server.batches.made.values()
    assert (made["endpoint"], made["completion_window"]) == (f"/v1{DIALECTS[api].path}", "24h")
    assert server.calls == 0
    assert len(server.batches.read) == len(set(server.batches.read)), "a file is read once"
    assert bulk.collect() == []


def test_what_is_on_its_way_is_neither_sent_again_nor_asked_singly(server: LlmServer, store: SqlStore) -> None:
    bulk = bulk_at(server, store)
    bulk.send(QUESTIONS[:2])
    bulk.send(QUESTIONS)

    assert len(server.batches.made) == 2
    with model_at(server) as inner, pytest.raises(Awaited):
        DurableModel(inner, store, lambda: NOW, store).ask(QUESTIONS[0][1])
    bulk.collect()
    assert sorted(server.batches.answered) == sorted(key_of("test-model", request) for _, request in QUESTIONS)
    assert bulk.send(QUESTIONS).ready == {1, 2, 3, 4}
    assert len(server.batches.made) == 2


@pytest.mark.parametrize("status", ["expired", "completed", "cancelled"])
def test_what_a_batch_left_unanswered_is_sent_again_and_the_rest_kept(
    server: LlmServer, store: SqlStore, status: str
) -> None:
    server.batches.fates = [Fate(status, expires=frozenset({0, 2}), breaks=frozenset({1}))]
    bulk = bulk_at(server, store)
    bulk.send(QUESTIONS)

    bulk.collect()
    assert len(replied(store)) == 1
    assert len(server.batches.made) == 2
    bulk.collect()

    assert replied(store) == [1, 2, 3, 4]
    assert len(server.batches.answered) == len(set(server.batches.answered)) == 4


def test_after_three_parcels_a_question_is_left_to_be_asked_singly(server: LlmServer, store: SqlStore) -> None:
    server.batches.fates = [Fate("expired", expires=frozenset(range(4)))] * 5
    bulk = bulk_at(server, store)
    bulk.send(QUESTIONS)
    for _ in range(5):
        bulk.collect()

    assert len(server.batches.made) == 3
    assert bulk.send(QUESTIONS).ready == {1, 2, 3, 4}
    with model_at(server) as inner:
        assert DurableModel(inner, store, lambda: NOW, store).ask(QUESTIONS[0][1]).finish == "stop"


def test_a_batch_that_fails_as_a_whole_says_so_and_awaits_nothing(server: LlmServer, store: SqlStore) -> None:
    server.batches.fates = [Fate("failed")]
    bulk = bulk_at(server, store)
    bulk.send(QUESTIONS)

    (failure,) = bulk.collect()

    assert "the file is not valid" in failure
    assert not store.awaited(key_of("test-model", QUESTIONS[0][1]))
    bulk.send(QUESTIONS)
    bulk.collect()
    assert replied(store) == [1, 2, 3, 4]


def test_a_question_that_is_too_long_has_that_for_an_answer(server: LlmServer, store: SqlStore) -> None:
    server.batches.fates = [Fate(breaks=frozenset({0}), error_code="context_length_exceeded")]
    bulk = bulk_at(server, store)
    bulk.send(QUESTIONS[:1])
    bulk.collect()

    reply = store.reply(key_of("test-model", QUESTIONS[0][1]))
    assert reply is not None
    assert (reply.finish, reply.text) == ("length", "")


def test_a_kill_after_the_record_and_before_the_sending_sends_once(server: LlmServer, store: SqlStore) -> None:
    server.batches.offered = False
    bulk = bulk_at(server, store)
    packed = bulk._pack([bulk_question(number) for number in (0, 1)])
    server.batches.offered = True

    bulk_at(server, store).collect()
    bulk_at(server, store).collect()

    assert len(server.batches.made) == 1
    assert replied(store) == [1, 2]
    assert store.open_parcels() == []
    assert packed.ref is None


def bulk_question(place: int) -> Question:
    batch, request = QUESTIONS[place]
    return Question(key_of("test-model", request), batch, request)


def test_a_kill_after_the_sending_and_before_its_record_is_found_again(server: LlmServer, store: SqlStore) -> None:
    class Killed(Exception):
        pass

    class Dying(SqlStore):
        def forwarded(self, number: int, ref: str) -> None:
            raise Killed(number, ref)

    with pytest.raises(Killed):
        bulk_at(server, Dying(store.database)).send(QUESTIONS)
    server.batches.create({"endpoint": "x", "input_file_id": "file-0", "completion_window": "24h"}, NOW.timestamp())

    bulk_at(server, store).collect()
    bulk_at(server, store).collect()

    assert len(server.batches.made) == 2, "ours and somebody else's"
    assert replied(store) == [1, 2, 3, 4]


def test_a_kill_in_the_middle_of_the_replies_pays_for_none_twice(server: LlmServer, store: SqlStore) -> None:
    class Killed(Exception):
        pass

    class Dying(SqlStore):
        left = 2

        def record_reply(self, key: str, request: Request, reply: Reply, at: datetime) -> None:
            if not self.left:
                raise Killed
            self.left -= 1
            super().record_reply(key, request, reply, at)

    bulk = bulk_at(server, Dying(store.database))
    bulk.send(QUESTIONS)
    with pytest.raises(Killed):
        bulk.collect()
    assert len(replied(store)) == 2

    bulk_at(server, store).collect()

    assert replied(store) == [1, 2, 3, 4]
    assert len(server.batches.made) == 1
    assert store.usage().calls == 4


def test_a_server_without_batches_is_named_and_nothing_is_awaited(server: LlmServer, store: SqlStore) -> None:
    server.batches.offered = False
    bulk = bulk_at(server, store, caps=Caps(tokens=100_000))

    with pytest.raises(ModelRefused, match="cannot be sent as a batch"):
        bulk.send(QUESTIONS)

    assert store.open_parcels() == []
    assert store.spent(NOW) == Spending(0, 0.0)


def test_a_parcel_takes_its_part_of_the_day_and_leaves_out_what_has_no_room(server: LlmServer, store: SqlStore) -> None:
    bulk = bulk_at(server, store, caps=Caps(tokens=2500))

    sent = bulk.send(QUESTIONS)

    assert sent.cap is Cap.TOKENS
    assert sent.unsent == {3, 4}
    assert 2000 < store.spent(NOW).tokens <= 2500
    bulk.collect()
    assert replied(store) == [1, 2]
    assert store.spent(NOW).tokens == 2400
    assert store.spent(NOW).usd == pytest.approx(2 * HALF)
    (line, _) = server.batches.files["file-0"].splitlines()
    assert json.loads(line)["body"]["max_tokens"] == 1000


def test_a_batch_that_is_late_is_told(server: LlmServer, store: SqlStore) -> None:
    server.batches.fates = [Fate(polls=9)]
    bulk_at(server, store).send(QUESTIONS)

    assert bulk_at(server, store, at=NOW + timedelta(hours=20)).collect() == []
    (late,) = bulk_at(server, store, at=NOW + timedelta(hours=31)).collect()
    assert "more than a day" in late
