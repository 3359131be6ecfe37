"""Weeks of a deployment with faults, deaths and people, every day held against what is promised; see benchmarks/soak.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.soak.desk import MemoryDesk
from tests.soak.life import Life
from tests.soak.weather import Broken
from tests.soak.world import Scale, World
from watcher.adapters.store.cards import Cards
from watcher.adapters.store.desks import Outbox
from watcher.adapters.store.models import Models
from watcher.adapters.store.papers import Papers
from watcher.adapters.store.scoring import Scoring

pytestmark = pytest.mark.endurance
SAMPLE = Scale(days=6, topics=3, papers=40, seed=2, rough=True)


def lived(folder: Path, scale: Scale = SAMPLE) -> Life:
    return outlived(Life(World(scale, folder)))


def outlived(life: Life) -> Life:
    try:
        for _ in life.days():
            pass
    finally:
        life.world.close()
    return life


def test_days_of_faults_and_deaths_break_no_promise(tmp_path: Path) -> None:
    life = lived(tmp_path)

    assert life.world.weather.mortality.deaths > 0
    assert life.world.desk.failures > 0
    assert life.world.model.failed_last is not None
    assert len(life.promises.checks) == 11, "every promise was held against something"


def nothing(*_: Any, **__: Any) -> None:
    return None


@pytest.mark.parametrize(
    ("part", "method", "instead", "promise"),
    [
        (Cards, "decide", nothing, "recorded is"),
        (Cards, "mark_shown", nothing, "although nothing had happened"),
        (Outbox, "record_sent", nothing, "never sent"),
        (MemoryDesk, "find", nothing, "posted twice"),
        (Papers, "known_ids", lambda _, papers, **__: frozenset(one.id for one in papers), "is no candidate of"),
    ],
)
def test_what_breaks_a_promise_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: type, method: str, instead: Any, promise: str
) -> None:
    monkeypatch.setattr(part, method, instead)

    with pytest.raises(Broken, match=promise):
        lived(tmp_path)


def test_a_question_that_is_paid_for_again_after_a_death_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = Life(World(SAMPLE, tmp_path))
    add_relevances, killed = Scoring.add_relevances, list[bool]()

    def die_once(scoring: Scoring, found: Any, *rest: Any) -> None:
        if found and not killed:  # the answer is recorded, and what it says is not
            killed.append(True)
            life.world.weather.mortality.doom(1)
        add_relevances(scoring, found, *rest)

    monkeypatch.setattr(Models, "reply", nothing)
    monkeypatch.setattr(Scoring, "add_relevances", die_once)

    with pytest.raises(Broken, match="asked again"):
        outlived(life)
