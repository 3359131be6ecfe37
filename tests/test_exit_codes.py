"""Every command says by its exit code whose turn it is: 2 the caller's, for how it was called; 1 the operator's."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from watcher.__main__ import main
from watcher.adapters.store import open_database
from watcher.adapters.store.migrations import upgrade
from watcher.cli import app

Call = Callable[..., tuple[int, str]]

MISUSED = [
    "",
    "nonsense",
    "add",
    "add nonsense",
    "add 2606.00001 --as ''",
    "add 2606.00001 --topic nowhere",
    "audit answer 1 perhaps",
    "audit answer one yes",
    "audit answer 1 yes --as ''",
    "audit draw --now soon",
    "backfill --from 2026-05-01",
    "backfill --from 2026-05-01 --until 2026-05-01 --batch",
    "backfill --from May --until 2026-05-01",
    "backfill --from 2026-05-02 --until 2026-05-01",
    "catalog accept",
    "catalog accept 1 --all",
    "catalog reject --row nonsense",
    "catalog export --format pdf",
    "catalog learn --no",
    "catalog leave-out nonsense",
    "catalog put-back nonsense",
    "catalog row nonsense",
    "db downgrade nowhere",
    "decide 1 perhaps",
    "decide 99999999999999999999999 approve",
    "decide nonsense approve",
    "decide 1 approve --as ''",
    "demo --port 99999",
    "evaluate labels.jsonl --topic nowhere",
    "evaluate labels.jsonl --split-day soon",
    "digest --now soon",
    "import papers.jsonl --now soon",
    "init --yes",
    "init --yes --title x --language xx",
    "log nonsense",
    "reconcile --since soon",
    "report --week 27",
    "report --now soon",
    "run --batch",
    "run --feed nowhere.xml --now 2026-06-29",
    "run --now yesterday",
    "run --now 9999-12-31T23:59:59+00:00",
    "serve --port ninety",
    "simulate labels.jsonl --topic nowhere",
    "undo nonsense",
    "web --port ninety",
    "worker --only everything",
    "worker --only follow",
]
FAILED = [
    "audit answer 1 yes",
    "candidates --output nowhere/file",
    "catalog accept 1",
    "catalog export --output nowhere/file",
    "catalog learn nowhere.md",
    "catalog leave-out 1",
    "catalog push",
    "catalog put-back 1",
    "catalog row 1",
    "clock",
    "db backup nowhere/file",
    "db restore nowhere.jsonl",
    "init nowhere.md --yes",
    "decide 1 approve",
    "evaluate nowhere.jsonl",
    "import nowhere.jsonl",
    "log 2101.00001",
    "undo 2101.00001",
    "worker",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deployment that has begun and holds nothing; none of these calls adds anything that another could find."""
    made = tmp_path_factory.mktemp("called")
    database = open_database(f"sqlite:///{made / 'watcher.db'}")
    upgrade(database)
    database.close()
    return made


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path) -> Call:
    """Call the program as from a shell; gives its exit code and what it said on stderr."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr("watcher.logs.configure", lambda *_: None)  # the process, with its log, is pytest's
    monkeypatch.setenv("WATCHER_DATA", str(folder))
    monkeypatch.setenv("WATCHER_CONFIG", str(Path(__file__).parents[1] / "config"))

    def called(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["watcher", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), capsys.readouterr().err

    return called


def commands(group: Any, *before: str) -> Iterator[tuple[tuple[str, ...], bool]]:
    """The words of every command there is, and whether it takes anything but flags."""
    members = getattr(group, "commands", {})
    if not members:
        yield before, any(not getattr(param, "is_flag", False) for param in group.params)
    for name, member in members.items():
        yield from commands(member, *before, name)


TAKES = {" ".join(words): takes for words, takes in commands(typer.main.get_command(app))}


@pytest.mark.parametrize("command", sorted(TAKES))
def test_an_option_that_no_command_has_is_wrong_usage(call: Call, command: str) -> None:
    code, said = call(*command.split(), "--no-such-option")

    assert (code, "--no-such-option" in said) == (2, True)


@pytest.mark.parametrize("line", MISUSED)
def test_what_cannot_be_meant_is_wrong_usage_whatever_the_data_hold(call: Call, line: str) -> None:
    code, said = call(*shlex.split(line))

    assert (code, "Traceback" in said, "unexpected" in said) == (2, False, False), said


@pytest.mark.parametrize("line", FAILED)
def test_what_was_understood_and_cannot_be_done_fails_in_one_line(call: Call, line: str) -> None:
    code, said = call(*line.split())

    assert (code, len(said.strip().splitlines()), "unexpected" in said) == (1, 1, False), said
    assert said.startswith("watcher: ")


@pytest.mark.parametrize("line", ["run --batch", "backfill --from 2026-05-01 --until 2026-05-01 --batch"])
def test_an_option_of_old_is_answered_in_one_sentence_with_what_to_do(call: Call, line: str) -> None:
    code, said = call(*line.split())

    assert (code, len(said.strip().splitlines())) == (2, 1)
    assert "Batch API はなくなりました。この指定を外してください。" in said


def test_every_command_that_takes_anything_is_tried() -> None:
    lines = [*MISUSED, *FAILED]

    assert [name for name, takes in TAKES.items() if takes and not any(line.startswith(name) for line in lines)] == []
