"""The parts of the store that language models use, kept in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from tests.servers.llm import LlmServer
from watcher.adapters.llm.openai import OpenAIModel, SpendingGuard
from watcher.domain.budget import Caps, Spending
from watcher.ports import Manner, Reply, Request

PRICES = {"test-model": (2.0, 0.2, 10.0)}


class MemoryAbilities:
    """`ports.AbilityStore` over a dictionary; `learned` lists every call in order."""

    def __init__(self) -> None:
        self.learned: list[tuple[str, str, Manner, datetime]] = []

    def manner(self, base_url: str, model: str) -> tuple[Manner, datetime] | None:
        found = [(manner, at) for url, name, manner, at in self.learned if (url, name) == (base_url, model)]
        return found[-1] if found else None

    def put_manner(self, base_url: str, model: str, manner: Manner, at: datetime) -> None:
        self.learned.append((base_url, model, manner, at))


class MemoryLocks:
    """`ports.Locks` among threads."""

    def __init__(self) -> None:
        self._locks: dict[str, threading.Lock] = {}

    @contextmanager
    def hold(self, key: str) -> Iterator[None]:
        with self._locks.setdefault(key, threading.Lock()):
            yield


class MemoryReplies:
    """`ports.ReplyStore` over a dictionary; the first record of a key stays."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[Request, Reply, datetime]] = {}

    def reply(self, key: str) -> Reply | None:
        return self.kept[key][1] if key in self.kept else None

    def add_reply(self, key: str, request: Request, reply: Reply, at: datetime) -> None:
        self.kept.setdefault(key, (request, reply, at))


class MemorySpending:
    """`ports.SpendingStore` without any cap."""

    def reserve(self, most: Spending, caps: Caps, at: datetime) -> int:
        del most, caps, at
        return 0

    def settle(self, number: int, spent: Spending) -> None:
        del number, spent

    def spent(self, at: datetime) -> Spending:
        del at
        return Spending(0, 0.0)


def longest(answer_tokens: int) -> SpendingGuard:
    """No cap, but the longest answer that is asked for."""
    return SpendingGuard(MemorySpending(), Caps(), lambda: datetime.now(UTC), answer_tokens=answer_tokens)


def model_at(server: LlmServer, **options: object) -> OpenAIModel:
    """The real adapter against the loopback server, quick to lose patience."""
    settings = {"timeout": 5.0, "attempts": 3, "wait": 0.01, "patience": 0.5, "rest": 0.0, "prices": PRICES, **options}
    abilities = settings.pop("abilities", MemoryAbilities())
    return OpenAIModel("test-model", server.url, "sk-test-key", abilities, **settings)  # type: ignore[arg-type]
