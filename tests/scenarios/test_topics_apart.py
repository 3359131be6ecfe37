"""Many topics on one deployment: they share one intake, and what goes wrong for one of them stops no other."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.scenarios.conftest import DATA, FEED, NOW, SHIPPED
from tests.servers.slack import eventually
from watcher.adapters.desks.web.desk import WebDesk
from watcher.adapters.llm.recorded import RecordedModel
from watcher.app import Watcher, build
from watcher.domain.card import Card
from watcher.domain.errors import ConfigError, DeskError, DeskRefused
from watcher.domain.facts import Nomination, RowChange, Verdict
from watcher.pipeline import Pipeline
from watcher.ports import Reply, Request
from watcher.settings import load_settings

REPLIES = DATA / "replies" / "replies_2026-06-29.jsonl"
SECONDS = 20.0
MOMENT = datetime.fromisoformat(NOW)
BAD = "topic-00"


class Stuck(WebDesk):
    """Hangs over the cards of one topic until it is `free`, or refuses to change them while it is `broken`."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.broken = False

    def _wait(self, card: Card) -> None:
        if card.candidate.topic == BAD:
            if self.broken:
                raise DeskRefused("token_revoked", about="chat.update")
            assert self.free.wait(SECONDS)

    def show_card(self, key: str, card: Card, below: str = "") -> str:
        self._wait(card)
        return super().show_card(key, card, below)

    def update_card(self, ref: str, card: Callable[[], Card]) -> None:
        self._wait(card())
        super().update_card(ref, card)


class Picky(WebDesk):
    """Takes no card of one topic."""

    def show_card(self, key: str, card: Card, below: str = "") -> str:
        if card.candidate.topic == BAD:
            raise DeskError("the channel is gone", about=key)
        return super().show_card(key, card, below)


class Counting(RecordedModel):
    """Takes a moment for every answer; counts the questions and how many were asked at the same time."""

    def __init__(self) -> None:
        super().__init__(REPLIES)
        self.asked = self.scored = self.now = self.most = 0
        self._lock = threading.Lock()

    def ask(self, request: Request) -> Reply:
        with self._lock:
            self.asked += 1
            self.scored += request.stage == "score"
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.01)
        with self._lock:
            self.now -= 1
        return super().ask(request)


def deployment(
    folder: Path, topics: int, desk: WebDesk | None = None, model: RecordedModel | None = None, *, alike: bool = True
) -> Watcher:
    settings = load_settings({"WATCHER_CONFIG": str(SHIPPED), "WATCHER_DATA": str(folder)})
    (shipped,) = settings.topics
    many = tuple(
        replace(shipped, slug=f"topic-{number:02d}", criteria=shipped.criteria + f"\n{number}" * (not alike))
        for number in range(topics)
    )
    settings = settings.model_copy(update={"topics": many})
    return build(settings, feeds=[str(FEED)], model=model or RecordedModel(REPLIES), desk=desk or Picky(), enrichers=())


def posted(watcher: Watcher) -> dict[str, int]:
    return {
        topic.slug: watcher.store.posted(topic.slug, "web", MOMENT.replace(year=2000))
        for topic in watcher.pipeline.parts.topics
    }


def rows(watcher: Watcher, table: str) -> int:
    with watcher.store.database.read() as connection:
        return int(connection.execute(sa.text(f"select count(*) from {table}")).scalar_one())  # noqa: S608 - from this file


def test_ten_topics_share_one_intake_and_each_screens_all_of_it(tmp_path: Path) -> None:
    watcher = deployment(tmp_path, 10)
    report = watcher.pipeline.run("run-1", now=MOMENT, judge=False)
    papers, screened = rows(watcher, "paper_versions"), rows(watcher, "screenings")
    watcher.close()

    assert report.counts["announced"] == papers > 0
    assert report.counts["screened"] == screened
    assert screened % 10 == 0
    assert papers // 2 < screened // 10 <= papers


def test_a_topic_whose_channel_takes_nothing_keeps_no_card_from_the_others(tmp_path: Path) -> None:
    watcher = deployment(tmp_path, 4)
    report = watcher.pipeline.run("run-1", now=MOMENT)
    shown = posted(watcher)
    watcher.close()

    assert shown.pop(BAD) == 0
    assert set(shown.values()) == {7}
    assert any("the channel is gone" in failure for failure in report.failures)


@pytest.mark.parametrize("stage", ["refresh", "threshold"])
@pytest.mark.parametrize("error", [ConfigError("damaged", about="prefilter"), ZeroDivisionError("nobody foresaw this")])
def test_a_topic_that_cannot_even_be_screened_stops_no_other(
    tmp_path: Path, stage: str, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    watcher = deployment(tmp_path, 3)
    parts = watcher.pipeline.parts

    class Damaged:
        """A screen of which one part fails."""

        def refresh(self) -> None:
            if stage == "refresh":
                raise error

        def threshold(self, store: object) -> float:
            del store
            raise error

    screens = {**parts.screens, BAD: Damaged()}
    with caplog.at_level(logging.CRITICAL):
        report = Pipeline(replace(parts, screens=screens)).run("run-1", now=MOMENT)  # type: ignore[arg-type]
    shown = posted(watcher)
    told = [failure for failure in report.failures if failure.startswith(f"{BAD}: ")]

    assert shown == {BAD: 0, "topic-01": 7, "topic-02": 7}
    assert len(told) == 1, json.dumps(report.failures)
    assert str(error) in told[0]
    watcher.pipeline.run("run-2", now=MOMENT)
    assert watcher.store.waiting(BAD, "web")["screen"] == 0, "mended, it catches up"
    watcher.close()


def test_topics_with_the_same_criteria_pay_for_one_and_ask_no_more_at_a_time_than_one(tmp_path: Path) -> None:
    asked = {}
    for topics, alike in ((1, True), (6, True), (6, False)):
        model = Counting()
        watcher = deployment(tmp_path / f"{topics}-{alike}", topics, model=model, alike=alike)
        report = watcher.pipeline.run("run-1", now=MOMENT, show=False)
        watcher.close()
        assert report.counts["scored"] == report.counts["passed"] > 0
        assert report.usage.calls == model.asked
        asked[topics, alike] = model.scored
        assert 1 < model.most <= 8, "four to score, four to summarize"

    assert asked[6, True] == asked[1, True]
    assert asked[6, False] == 6 * asked[1, True]


@contextmanager
def begun(work: Callable[[], object]) -> Iterator[threading.Thread]:
    """Something that goes on meanwhile."""
    thread = threading.Thread(target=work)
    thread.start()
    yield thread
    thread.join(SECONDS)
    assert not thread.is_alive()


def cards_of(watcher: Watcher, topic: str) -> list[int]:
    return [card.candidate.number for card in watcher.store.cards(topic)]


def approve(watcher: Watcher, number: int) -> None:
    watcher.decide.decide(number, Verdict.APPROVE, "hana", "web")


def in_catalog(watcher: Watcher, number: int) -> bool:
    """Whether the row stands and the desk shows it."""
    row = watcher.store.card(number).row
    stale = [stale for stale, _ in watcher.store.stale_cards("web")]
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
    watcher.pipeline.run("run-1", now=MOMENT, judge=False)
    for topic in (BAD, "topic-02"):
        numbers = [candidate.number for candidate in watcher.store.batches(topic, 1, 1)[0].candidates]
        watcher.store.nominate(numbers, Nomination("hana", MOMENT, "web"), "by-hand")

    assert watcher.pipeline.hasten("by-hand-1", patience=0.1) == []
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
    watcher.pipeline.follow(patience=0.1)

    def followed(number: int) -> bool:
        return not watcher.pipeline.follow(patience=0.1) and in_catalog(watcher, number)

    for number in (first, second):  # one after the other, both while it hangs
        approve(watcher, number)
        eventually(partial(followed, number), SECONDS)
    assert not in_catalog(watcher, stuck), "its row stands, its card hangs"
    desk.free.set()

    assert watcher.pipeline.follow() == []
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
    assert [failure.partition(":")[0] for failure in watcher.pipeline.follow()] == ["post"]
    assert in_catalog(watcher, good)
    approve(watcher, later)
    assert watcher.pipeline.follow() == [], "asked again only after a pause"
    assert in_catalog(watcher, later)
    watcher.close()
