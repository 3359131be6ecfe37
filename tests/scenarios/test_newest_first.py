"""Where decisions come faster than a desk takes messages, no row waits for a card, and the newest state is shown first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.adapters.store.steps import with_card
from tests.factories import NOW, RUN
from tests.scenarios.topics import SECONDS, begun
from watcher.adapters.desks.web.desk import WebDesk
from watcher.bootstrap import Watcher
from watcher.domain.curation.card import Card, CardState
from watcher.domain.facts import CardPosted, Verdict
from watcher.ports import Message
from watcher.settings import load_settings

pytestmark = pytest.mark.endurance


class Slow(WebDesk):
    """Holds the first update until it is `free`; notes what each showed."""

    def __init__(self) -> None:
        self.entered, self.free = threading.Event(), threading.Event()
        self.shown = list[tuple[str, CardState]]()

    def update(self, ref: str, look: Callable[[], Message | None]) -> None:
        self.entered.set()
        assert self.free.wait(SECONDS)
        message = look()
        if isinstance(message, Card):
            self.shown.append((ref, message.state))


def test_rows_are_written_while_cards_wait_and_each_card_is_shown_once_with_its_row_the_newest_first(
    tmp_path: Path,
) -> None:
    desk = Slow()
    with closing(Watcher(load_settings({"WATCHER_DATA": str(tmp_path)}), desk=desk)) as watcher:
        store, natives = watcher.store, [f"2606.0000{number}" for number in range(1, 5)]
        numbers = [with_card(store, native) for native in natives]
        for native, number in zip(natives, numbers, strict=True):
            store.cards.add(number, CardPosted("web", native, NOW), store.cards.get(number).etag, RUN)

        watcher.curation.decide(numbers[0], Verdict.APPROVE, "hana", "web")
        with begun(watcher.pipeline.apply_decisions):
            assert desk.entered.wait(SECONDS)
            for number in numbers[1:]:
                watcher.curation.decide(number, Verdict.APPROVE, "hana", "web")
            desk.free.set()

        first, *others = natives
        assert desk.shown == [(native, CardState.CATALOGED) for native in (first, *reversed(others))]
