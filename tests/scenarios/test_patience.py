"""What cannot be shown or written anew is left in peace for a while, longer where a person must act first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.adapters.store.steps import TOPIC, decide, with_card
from tests.factories import NOW, RUN
from watcher.adapters.desks.web.desk import WebDesk
from watcher.bootstrap import Watcher
from watcher.domain.budget import Usage
from watcher.domain.errors import DeskError, DeskRefused, ModelError
from watcher.domain.facts import CardPosted, Rewrite, Verdict
from watcher.ports import Message, Reply, Request
from watcher.settings import load_settings

pytestmark = pytest.mark.endurance


class Broken(WebDesk):
    """A desk whose cards cannot be changed, and a model that is down; both count how often they are asked."""

    recorded = False

    def __init__(self, error: DeskError) -> None:
        self.error = error
        self.asked = 0
        self.questions = 0

    def update(self, ref: str, look: Callable[[], Message]) -> None:
        del ref, look
        self.asked += 1
        raise self.error

    def ask(self, request: Request) -> Reply:
        self.questions += 1
        raise ModelError("down", about=request.stage)


class Wall:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(params=[DeskError("busy"), DeskRefused("not_in_channel", remedy="invite")], ids=["passing", "refused"])
def broken(request: pytest.FixtureRequest) -> Broken:
    return Broken(request.param)


@pytest.fixture
def line(broken: Broken, tmp_path: Path) -> Iterator[tuple[Watcher, Wall]]:
    """A line with a decided card that its desk does not show yet, and one that is to be summarized anew."""
    wall = Wall()
    watcher = Watcher(load_settings({"WATCHER_DATA": str(tmp_path)}), desk=broken, model=broken, clock=wall)
    for native, verdict in (("2606.00001", Verdict.LATER), ("2606.00002", None)):
        number = with_card(watcher.store, native)
        watcher.store.cards.add(
            number, CardPosted("web", f"web/{native}", NOW), watcher.store.cards.get(number).etag, RUN
        )
        if verdict:
            decide(watcher.store, number, verdict)
        else:
            watcher.store.summaries.add_rewrite(number, Rewrite("hana", NOW, "web"))
            watcher.store.cards.mark_shown(number, "web", watcher.store.cards.get(number).etag)
    yield watcher, wall
    watcher.close()


def test_a_desk_that_fails_is_asked_again_after_a_minute_and_one_that_refuses_after_ten(
    line: tuple[Watcher, Wall], broken: Broken
) -> None:
    watcher, wall = line
    asked = []
    for seconds in (0, 5, 10, 61, 601):
        wall.now = NOW + timedelta(seconds=seconds)
        failures = watcher.pipeline.follow()
        asked.append(broken.asked)
        if seconds == 0:
            assert any(broken.error.message in failure for failure in failures)

    assert asked == ([1, 1, 1, 1, 2] if isinstance(broken.error, DeskRefused) else [1, 1, 1, 2, 3])


def test_a_summary_that_could_not_be_written_anew_waits_longer_each_time_and_is_told(
    line: tuple[Watcher, Wall], broken: Broken
) -> None:
    watcher, wall = line
    for seconds in (0, 5, 60):
        wall.now = NOW + timedelta(seconds=seconds)
        watcher.pipeline.follow()
    assert broken.questions == 1
    assert watcher.store.summaries.to_rewrite(TOPIC.slug), "the wish still stands"

    wall.now = NOW + timedelta(minutes=6)
    assert any("down" in failure for failure in watcher.pipeline.follow())
    assert broken.questions == 2
    for minutes in (12, 15.9, 16.1):
        wall.now = NOW + timedelta(minutes=minutes)
        watcher.pipeline.follow()
    assert broken.questions == 3, "the pauses grow"
    assert watcher.store.replies.usage() == Usage()
