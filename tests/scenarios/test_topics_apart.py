"""Many topics on one deployment: they share one intake, and what goes wrong for one of them stops no other."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.scenarios.conftest import DATA, FEED, NOW, SHIPPED
from watcher.adapters.desks.web.desk import WebDesk
from watcher.adapters.llm.recorded import RecordedModel
from watcher.app import Watcher, build
from watcher.domain.card import Card
from watcher.domain.errors import ConfigError, DeskError
from watcher.pipeline import Pipeline
from watcher.settings import load_settings

MOMENT = datetime.fromisoformat(NOW)
BAD = "topic-00"


class Picky(WebDesk):
    """Takes no card of one topic."""

    def show_card(self, key: str, card: Card, below: str = "") -> str:
        if card.candidate.topic == BAD:
            raise DeskError("the channel is gone", about=key)
        return super().show_card(key, card, below)


def deployment(folder: Path, topics: int) -> Watcher:
    settings = load_settings({"WATCHER_CONFIG": str(SHIPPED), "WATCHER_DATA": str(folder)})
    (shipped,) = settings.topics
    many = tuple(replace(shipped, slug=f"topic-{number:02d}") for number in range(topics))
    settings = settings.model_copy(update={"topics": many})
    model = RecordedModel(DATA / "replies" / "replies_2026-06-29.jsonl")
    return build(settings, feeds=[str(FEED)], model=model, desk=Picky(), enrichers=())


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
