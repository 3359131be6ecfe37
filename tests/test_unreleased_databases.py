"""A database that a version before 0.1.0 made is refused by every command in one sentence, and never altered."""

from __future__ import annotations

import hashlib
import shlex
import sqlite3
import sys
from pathlib import Path

import pytest

from watcher.__main__ import main
from watcher.adapters.store import open_database
from watcher.adapters.store.migrations import upgrade

COMMANDS = [
    "add 2606.00001",
    "audit draw",
    "backfill --from 2026-05-01 --until 2026-05-02",
    "catalog check",
    "catalog refresh",
    "db backup backup.gz",
    "db downgrade base",
    "db downgrade 0012",
    "db restore backup.gz",
    "db upgrade",
    "decide 1 approve",
    "digest",
    "doctor --offline",
    "import papers.jsonl",
    "log",
    "log 2606.00001",
    "reconcile",
    "report",
    "run",
    "serve --port 0",
    "status",
    "undo 1",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all commands, since none alters it."""
    made = tmp_path_factory.mktemp("unreleased")
    database = open_database(made / "watcher.db")
    upgrade(database)
    database.close()
    with sqlite3.connect(made / "watcher.db") as connection:
        connection.execute("update alembic_version set version_num = '0022'")
    connection.close()
    (made / "papers.jsonl").touch()
    return made


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_refuses_it_in_one_sentence_that_says_what_to_do(
    line: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = hashlib.sha256((folder / "watcher.db").read_bytes()).hexdigest()
    monkeypatch.chdir(folder)
    monkeypatch.setattr("watcher.cli.base.start_logging", str)  # the process, with its log, is pytest's
    monkeypatch.setenv("WATCHER_DATA", str(folder))
    monkeypatch.setenv("WATCHER_CONFIG", str(Path(__file__).parents[1] / "config"))
    monkeypatch.setattr(sys, "argv", ["watcher", *shlex.split(line)])

    with pytest.raises(SystemExit) as ended:
        main()
    out, said = capsys.readouterr()

    assert (ended.value.code, len(said.strip().splitlines())) == (1, 1), said
    told = said + (out if line.startswith("doctor") else "")
    assert all(part in told for part in ("0.1.0", "0022", "WATCHER_DATA"))
    assert hashlib.sha256((folder / "watcher.db").read_bytes()).hexdigest() == before
    assert not (folder / "backup.gz").exists()
