"""The runbook: every alarm it explains is one the code can raise, and its recipe for moving works."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, block_after, spans, tables
from tests.factories import NOW, RUN, a_topic, an_announcement
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade
from watcher.domain.health import AlarmKind
from watcher.domain.papers.feeds import SourceState
from watcher.words_ja import refusals
from watcher.words_ja.common import SOURCE_STATE

RUNBOOK = ROOT / "docs" / "operations.md"


def texts_of_the_code() -> list[str]:
    """Every piece of text in watcher/; what is filled into a text parts it."""
    return [
        node.value
        for path in (ROOT / "watcher").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def explained() -> list[str]:
    """What the alarms say, in the runbook's words."""
    return [spans(row[0])[0] for rows in tables(RUNBOOK) if rows[0][0] == "says" for row in rows[1:]]


@pytest.mark.endurance
def test_every_alarm_explained_is_one_the_code_can_give() -> None:
    texts = texts_of_the_code()
    alarms = explained()
    unknown = [
        alarm for alarm in alarms if not all(any(piece in text for text in texts) for piece in re.split("…", alarm))
    ]

    assert len(alarms) > 30
    assert unknown == []


def test_no_alarm_is_explained_in_english_that_people_are_told_in_japanese() -> None:
    told = {sentence: re.sub(r"\\(.)", r"\1", sentence) for sentence in refusals.PATTERNS}
    replaced = [
        alarm
        for alarm in explained()
        if any(alarm in plain or re.fullmatch(sentence, alarm) for sentence, plain in told.items())
    ]

    assert replaced == ["cannot be written"], "an error of a card's row too, where it stands in brackets"


def test_every_kind_of_alarm_is_explained() -> None:
    rows = next(rows[1:] for rows in tables(RUNBOOK) if rows[0][0] == "alarm")

    assert {kind for row in rows for kind in spans(row[0])} == set(AlarmKind)


def test_every_state_of_a_feed_is_explained_in_the_words_people_see() -> None:
    states = next(rows[1:] for rows in tables(RUNBOOK) if rows[0][0] == "state")

    assert {spans(row[0])[0]: row[1] for row in states} == {str(s): SOURCE_STATE[s] for s in SourceState}


@pytest.mark.endurance
@pytest.mark.empty_database
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_recipe_moves_every_fact_to_postgresql_and_new_ones_follow(database_url: str, tmp_path: Path) -> None:
    old = f"sqlite:///{tmp_path / 'watcher.db'}"
    database = open_database(old)
    upgrade(database)
    store = SqlStore(database)
    store.papers.announce([an_announcement("2606.00001"), an_announcement("2606.00002")], [a_topic()], RUN, NOW)
    before = store.waiting.counts([a_topic().slug], "web")
    database.close()
    recipe = block_after(RUNBOOK, "move").replace("postgresql://…", shlex.quote(database_url))

    done = subprocess.run(
        ["bash", "-euc", f'watcher() {{ "{sys.executable}" -m watcher "$@"; }}\n{recipe}'],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "WATCHER_DATA": str(tmp_path),
            "WATCHER_CONFIG": str(ROOT / "config"),
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    moved = SqlStore(open_database(database_url))

    assert done.returncode == 0, done.stderr
    assert moved.waiting.counts([a_topic().slug], "web") == before
    assert moved.papers.announce([an_announcement("2606.00002")], [a_topic()], RUN, NOW) == 0
    assert moved.papers.announce([an_announcement("2606.00003")], [a_topic()], RUN, NOW) == 1
    moved.database.close()
