"""What hangs or is broken for one topic keeps nobody else waiting: cards, papers put forward by hand, decisions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.scenarios.topics import BAD, MOMENT, SECONDS, begun, deployment, posted
from tests.servers.slack import eventually
from watcher.adapters.desks.web.desk import WebDesk
from watcher.bootstrap import Watcher
from watcher.domain.curation.card import Card
from watcher.domain.errors import DeskRefused
from watcher.domain.facts import Nomination, RowChange, Verdict
from watcher.ports import Message

pytestmark = pytest.mark.endurance


class Stuck(WebDesk):
    """Hangs over the cards of one topic until it is `free`, or refuses to change them while it is `broken`."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.broken = False

    def _wait(self, message: Message | None) -> None:
        if isinstance(message, Card) and message.candidate.topic == BAD:
            if self.broken:
                raise DeskRefused("token_revoked", about="chat.update")
            assert self.free.wait(SECONDS)

    def send(self, key: str, message: Message, below: str = "") -> str:
        self._wait(message)
        return super().send(key, message, below)

    def update(self, ref: str, look: Callable[[], Message | None]) -> None:
        self._wait(look())
        super().update(ref, look)


def cards_of(watcher: Watcher, topic: str) -> list[int]:
    return [card.candidate.number for card in watcher.store.cards.all(topic)]


def approve(watcher: Watcher, number: int) -> None:
    watcher.curation.decide(number, Verdict.APPROVE, "hana", "web")


def in_catalog(watcher: Watcher, number: int) -> bool:
    """Whether the row stands and the desk shows it."""
    row = watcher.store.cards.get(number).row
    stale = [stale for stale, _ in watcher.store.cards.stale("web")]
    return row is not None and row.change in {RowChange.ADDED, RowChange.PRESENT} and number not in stale


def test_a_desk_that_hangs_over_one_topic_keeps_no_card_of_the_others_back(tmp_path: Path) -> None:
    desk = Stuck()
    watcher = deployment(tmp_path, 4, desk)
    reports = []
    with begun(lambda: reports.append(watcher.pipeline.run("run-1", now=MOMENT))) as run:
        eventually(lambda: list(posted(watcher).values()) == [0, 7, 7, 7], SECONDS)
        assert run.is_alive()
        desk.free.set()
    (report,) = reports
    watcher.close()

    assert report.counts["posted"] == 28
    assert report.counts["scored"] == report.counts["passed"]
    assert report.failures == ()


def test_what_is_put_forward_by_hand_waits_for_no_other_topic(tmp_path: Path) -> None:
    desk = Stuck()
    watcher = deployment(tmp_path, 3, desk)
    watcher.pipeline.run("run-1", now=MOMENT, until="screen")
    for topic in (BAD, "topic-02"):
        numbers = [candidate.number for candidate in watcher.store.scoring.batches(topic, 1, 1)[0].candidates]
        watcher.store.papers.nominate(numbers, Nomination("hana", MOMENT, "web"), "by-hand")

    assert watcher.pipeline.process_nominations("by-hand-1", timeout=0.1) == []
    eventually(lambda: list(posted(watcher).values()) == [0, 0, 1], SECONDS)
    desk.free.set()
    eventually(lambda: list(posted(watcher).values()) == [1, 0, 1], SECONDS)
    watcher.close()


def test_decisions_are_followed_while_the_desk_hangs_over_another_topic(tmp_path: Path) -> None:
    desk = Stuck()
    desk.free.set()
    watcher = deployment(tmp_path, 3, desk)
    watcher.pipeline.run("run-1", now=MOMENT)
    stuck, first, second = cards_of(watcher, BAD)[0], *cards_of(watcher, "topic-01")[1:3]
    desk.free.clear()

    approve(watcher, stuck)
    watcher.pipeline.apply_decisions(timeout=0.1)

    def followed(number: int) -> bool:
        return not watcher.pipeline.apply_decisions(timeout=0.1) and in_catalog(watcher, number)

    for number in (first, second):  # one after the other, both while it hangs
        approve(watcher, number)
        eventually(partial(followed, number), SECONDS)
    assert not in_catalog(watcher, stuck), "its row stands, its card hangs"
    desk.free.set()

    assert watcher.pipeline.apply_decisions() == []
    assert in_catalog(watcher, stuck)
    watcher.close()


def test_a_broken_workspace_is_left_in_peace_and_the_others_are_brought_up_to_date(tmp_path: Path) -> None:
    desk = Stuck()
    desk.free.set()
    watcher = deployment(tmp_path, 3, desk)
    watcher.pipeline.run("run-1", now=MOMENT)
    bad, good, later = cards_of(watcher, BAD)[0], *cards_of(watcher, "topic-02")[1:3]
    desk.broken = True

    approve(watcher, bad)
    approve(watcher, good)
    assert [failure.partition(":")[0] for failure in watcher.pipeline.apply_decisions()] == ["post"]
    assert in_catalog(watcher, good)
    approve(watcher, later)
    assert watcher.pipeline.apply_decisions() == [], "asked again only after a pause"
    assert in_catalog(watcher, later)
    watcher.close()
