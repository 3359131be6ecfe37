"""Topics side by side: each by itself, each workspace with its part of the threads, failures in the topics' order."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from tests.servers.slack import eventually
from watcher.domain.errors import DeskError
from watcher.pipeline.run import TopicWorkers

SECONDS = 5.0


class Gate:
    """Work that hangs for some topics until it is opened; notes who came to the end."""

    def __init__(self, *hanging: str) -> None:
        self.hanging = frozenset(hanging)
        self.open, self.done = threading.Event(), list[str]()
        self.begun = 0

    def __call__(self, topic: str) -> Sequence[str]:
        self.begun += 1
        if topic in self.hanging:
            assert self.open.wait(SECONDS)
        self.done.append(topic)
        return [f"{topic} failed"]


@pytest.fixture
def workers() -> Iterator[TopicWorkers]:
    made = TopicWorkers({"a1": "A", "a2": "A", "a3": "A", "b1": "B", "b2": "B"}, at_once=4)
    yield made
    made.close()


def test_all_topics_are_done_and_failures_come_in_their_order(workers: TopicWorkers) -> None:
    def work(topic: str) -> Sequence[str]:
        time.sleep(0.05 if topic == "a1" else 0.0)
        return [f"{topic} failed"]

    topics = ["a1", "b1", "a2"]
    assert workers.each(topics, work) == ["a1 failed", "b1 failed", "a2 failed"]


def test_a_workspace_that_hangs_takes_no_thread_of_another(workers: TopicWorkers) -> None:
    gate = Gate("a1", "a2", "a3")
    waiting = threading.Thread(target=workers.each, args=(["a1", "a2", "a3", "b1", "b2"], gate))
    waiting.start()
    deadline = time.monotonic() + SECONDS
    while len(gate.done) < 2 and time.monotonic() < deadline:
        time.sleep(0.005)

    assert sorted(gate.done) == ["b1", "b2"]
    assert gate.begun == 4, "two threads for either workspace"
    gate.open.set()
    waiting.join(SECONDS)
    assert len(gate.done) == 5


def test_what_hangs_is_left_to_itself_and_heard_of_later(workers: TopicWorkers) -> None:
    gate = Gate("a1")

    assert workers.each(["a1", "b1"], gate, timeout=0.05) == ["b1 failed"]
    assert workers.each(["a1", "b1"], gate, timeout=0.05) == ["b1 failed"], "it is not begun beside itself"
    assert gate.begun == 3
    gate.open.set()

    assert workers.each(["a1"], gate, timeout=SECONDS) == ["a1 failed"]
    assert workers.each([], gate, timeout=0.0) == []


def test_what_is_asked_for_while_a_topic_is_at_work_is_done_as_soon_as_that_ends(workers: TopicWorkers) -> None:
    gate, later = Gate("a1"), list[str]()

    def work(topic: str) -> Sequence[str]:
        later.append(topic)
        return []

    assert workers.each(["a1"], gate, timeout=0.0) == []
    eventually(lambda: gate.begun, SECONDS)
    for _ in range(3):
        assert workers.each(["a1"], work, timeout=0.0) == []
    gate.open.set()

    eventually(lambda: later, SECONDS)
    assert (gate.done, later) == (["a1"], ["a1"])
    assert workers.each([], work, timeout=0.0) == ["a1 failed"]


@pytest.mark.parametrize("patience", [None, SECONDS])
@pytest.mark.parametrize("topics", [["a1"], ["a1", "b1"]], ids=["alone", "beside another"])
def test_what_nobody_foresaw_ends_no_other_topic(
    workers: TopicWorkers, topics: list[str], patience: float | None
) -> None:
    def work(topic: str) -> Sequence[str]:
        if topic == "a1":
            raise KeyError(topic)
        raise DeskError("busy", about="C1")

    found = workers.each(topics, work, patience)

    assert found == ["a1: unexpected KeyError: 'a1'", "b1: C1: busy"][: len(topics)]


def test_one_topic_alone_needs_no_thread(workers: TopicWorkers) -> None:
    where = list[str]()

    def work(topic: str) -> Sequence[str]:
        where.append(threading.current_thread().name)
        return [topic]

    assert workers.each(["a1"], work) == ["a1"]
    assert where == [threading.current_thread().name]
