"""Many topics on one deployment: they share one intake, and what goes wrong for one of them stops no other."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.scenarios.topics import BAD, MOMENT, REPLIES, deployment, posted
from watcher.adapters.llm.recorded import RecordedModel
from watcher.bootstrap import Watcher
from watcher.domain.catalog.attention import Signal
from watcher.domain.errors import ConfigError, FeedError
from watcher.domain.papers.paper import PaperId
from watcher.pipeline.pipeline import Pipeline
from watcher.ports import Reply, Request

pytestmark = pytest.mark.endurance


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


def rows(watcher: Watcher, table: str) -> int:
    with watcher.store.database.read() as connection:
        return int(connection.execute(sa.text(f"select count(*) from {table}")).scalar_one())  # noqa: S608 - from this file


def test_ten_topics_share_one_intake_and_each_screens_all_of_it(tmp_path: Path) -> None:
    watcher = deployment(tmp_path, 10)
    report = watcher.pipeline.run("run-1", now=MOMENT, until="screen")
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
    deps = watcher.pipeline.deps

    class Damaged:
        """A screen of which one part fails."""

        def refresh(self) -> None:
            if stage == "refresh":
                raise error

        def threshold(self, store: object) -> float:
            del store
            raise error

    screens = {**deps.screens, BAD: Damaged()}
    with caplog.at_level(logging.CRITICAL):
        report = Pipeline(replace(deps, screens=screens)).run("run-1", now=MOMENT)  # type: ignore[arg-type]
    shown = posted(watcher)
    told = [failure for failure in report.failures if failure.startswith(f"{BAD}: ")]

    assert shown == {BAD: 0, "topic-01": 7, "topic-02": 7}
    assert len(told) == 1, json.dumps(report.failures)
    assert str(error) in told[0]
    watcher.pipeline.run("run-2", now=MOMENT)
    assert watcher.store.waiting.counts([BAD], "web")["screen"] == 0, "mended, it catches up"
    watcher.close()


def test_topics_with_the_same_criteria_pay_for_one_and_ask_no_more_at_a_time_than_one(tmp_path: Path) -> None:
    asked = {}
    for topics, alike in ((1, True), (6, True), (6, False)):
        model = Counting()
        watcher = deployment(tmp_path / f"{topics}-{alike}", topics, model=model, alike=alike)
        report = watcher.pipeline.run("run-1", now=MOMENT, until="summarize")
        watcher.close()
        assert report.counts["scored"] == report.counts["passed"] > 0
        assert report.usage.calls == model.asked
        asked[topics, alike] = model.scored
        assert 1 < model.most <= 8, "four to score, four to summarize"

    assert asked[6, True] == asked[1, True]
    assert asked[6, False] == 6 * asked[1, True]


class Figures:
    """A service that counts how often it is asked, and fails when told to."""

    name = "counted"

    def __init__(self, *, fails: bool) -> None:
        self.fails, self.asked = fails, 0

    def signals(
        self, papers: Sequence[PaperId], known: Mapping[PaperId, Sequence[Signal]], now: datetime
    ) -> Sequence[Signal]:
        del known
        self.asked += 1
        if self.fails:
            raise FeedError("it is down", about=self.name)
        return [Signal(paper, self.name, now, upvotes=1) for paper in papers]


@pytest.mark.parametrize("fails", [False, True])
def test_a_service_is_asked_once_for_the_cards_of_all_topics_also_when_it_fails(tmp_path: Path, *, fails: bool) -> None:
    figures = Figures(fails=fails)
    watcher = deployment(tmp_path, 4, enrichers=[figures])
    watcher.pipeline.run("run-1", now=MOMENT)
    shown = posted(watcher)
    watcher.close()

    assert figures.asked == 1
    assert shown == {BAD: 0, "topic-01": 7, "topic-02": 7, "topic-03": 7}
