"""What cannot be shown or written anew is left in peace for a while, longer where a person must act first."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.adapters.store.steps import TOPIC, decide, with_card
from tests.factories import NOW, RUN, a_summary
from watcher.adapters.desks.slack.messages.card import card_message
from watcher.adapters.desks.web.desk import WebDesk
from watcher.adapters.desks.web.pages import warnings
from watcher.bootstrap import Watcher
from watcher.domain.budget import Usage
from watcher.domain.errors import DeskError, DeskRefused, ModelError, QuestionRefused
from watcher.domain.facts import CardPosted, HandoverCause, Rewrite, Verdict
from watcher.ports import Message, Reply, Request
from watcher.settings import load_settings
from watcher.words_ja.common import rewrite_note

pytestmark = pytest.mark.endurance


HARMLESS = "1706.03762"


class Broken(WebDesk):
    """A desk whose cards cannot be changed, and a model that is down; both count how often they are asked."""

    recorded = False

    def __init__(self, error: DeskError) -> None:
        self.error = error
        self.asked = 0
        self.questions = 0

    def update(self, ref: str, look: Callable[[], Message | None]) -> None:
        del ref, look
        self.asked += 1
        raise self.error

    def ask(self, request: Request) -> Reply:
        self.questions += HARMLESS not in request.user
        raise ModelError("down", about=request.stage)


class Picky(WebDesk):
    """A model that refuses every paper but the harmless one; counts the questions about others."""

    recorded = False

    def __init__(self) -> None:
        self.questions = 0

    def ask(self, request: Request) -> Reply:
        if HARMLESS in request.user:
            told = {"summary_ja": "言語モデルの構造を提案した研究である。", "categories_ja": ["評価"], "evidence": []}
            return Reply(json.dumps(told), "m", "stop", Usage(1))
        self.questions += 1
        raise QuestionRefused("Content Exists Risk", about=request.stage)


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
        failures = watcher.pipeline.apply_decisions()
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
        watcher.pipeline.apply_decisions()
    assert broken.questions == 1
    assert watcher.store.summaries.to_rewrite(TOPIC.slug), "the wish still stands"

    wall.now = NOW + timedelta(minutes=6)
    assert any("down" in failure for failure in watcher.pipeline.apply_decisions())
    assert broken.questions == 2
    for minutes in (12, 15.9, 16.1):
        wall.now = NOW + timedelta(minutes=minutes)
        watcher.pipeline.apply_decisions()
    assert broken.questions == 3, "the pauses grow"
    assert watcher.store.models.usage() == Usage()


def test_a_summary_that_the_model_refuses_to_write_anew_is_given_up_after_three_tries_and_the_card_says_so(
    tmp_path: Path,
) -> None:
    wall, model = Wall(), Picky()
    with closing(
        Watcher(load_settings({"WATCHER_DATA": str(tmp_path)}), desk=model, model=model, clock=wall)
    ) as watcher:
        store, told = watcher.store, []
        number = with_card(store, "2606.00002")
        store.summaries.add_rewrite(number, Rewrite("hana", NOW, "web"))
        for minutes in (0, 6, 17, 60, 600):
            wall.now = NOW + timedelta(minutes=minutes)
            told.append([failure for failure in watcher.pipeline.apply_decisions() if "Content Exists Risk" in failure])
        assert [len(failures) for failures in told] == [1, 1, 0, 0, 0], "it ends before a person, not in an error"
        assert model.questions == 3
        card = store.cards.get(number)
        assert not card.rewriting
        assert card.failed_rewrite is not None
        assert (card.failed_rewrite.cause, card.cells.summary) == (HandoverCause.REFUSED, a_summary().summary_ja)
        note = "3回試しても要約し直せなかったため、いまの要約のままです（Content Exists Risk）"
        assert note in rewrite_note(card)
        assert note in str(card_message(card))
        assert note in str(warnings(card))

        store.summaries.add_rewrite(number, Rewrite("hana", wall.now, "web"))
        card = store.cards.get(number)
        assert (card.rewriting, card.failed_rewrite) == (True, None), "a curator may ask again"
        watcher.pipeline.apply_decisions()
        assert model.questions == 4
