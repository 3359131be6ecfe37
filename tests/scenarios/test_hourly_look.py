"""Approved rows are looked for every hour while decisions are followed, and after every run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.scenarios.conftest import FEED, SHIPPED, untriaged
from tests.scenarios.topics import MOMENT, REPLIES
from watcher.adapters.desks.web.desk import WebDesk
from watcher.adapters.llm.recorded import RecordedModel
from watcher.bootstrap import Watcher
from watcher.domain.curation.card import CardState
from watcher.domain.facts import Verdict
from watcher.pipeline.intake import NOTHING
from watcher.settings import load_settings

pytestmark = pytest.mark.endurance


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = MOMENT

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watcher(tmp_path: Path, clock: Clock) -> Iterator[Watcher]:
    """A deployment with one row that was approved and then taken out of its file."""
    settings = untriaged(load_settings({"WATCHER_CONFIG": str(SHIPPED), "WATCHER_DATA": str(tmp_path)}))
    made = Watcher(settings, feeds=[str(FEED)], model=RecordedModel(REPLIES), desk=WebDesk(), enrichers=(), clock=clock)
    made.pipeline.run("run-1")
    number = made.store.cards.all()[0].candidate.number
    made.curation.decide(number, Verdict.APPROVE, "hana", "web")
    assert made.pipeline.apply_decisions() == []
    assert made.store.cards.get(number).state is CardState.CATALOGED
    path = settings.catalog
    native = made.store.cards.get(number).candidate.paper.id.native
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if f"{native}](" not in line))
    yield made
    made.close()


def test_an_hour_after_the_last_look_the_rows_are_looked_for_again(watcher: Watcher, clock: Clock) -> None:
    clock.now += timedelta(minutes=59)
    assert watcher.pipeline.apply_decisions() == []
    assert watcher.store.catalog.missing() == []
    clock.now += timedelta(minutes=1)
    assert watcher.pipeline.apply_decisions() == []
    assert len(watcher.store.catalog.missing()) == 1


def test_after_a_run_the_rows_are_looked_for_at_once_and_the_digest_asks(watcher: Watcher) -> None:
    assert watcher.pipeline.run("run-2", NOTHING).failures == ()
    assert len(watcher.store.catalog.missing()) == 1
    watcher.pipeline.run("run-3", NOTHING)
    digest = watcher.curation.digest()
    assert digest is not None
    assert (digest.taken_out, digest.quiet) == (1, False)
