"""Every command says in one line of plain Japanese why the database cannot be used and what to do, and exits 1."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from watcher.__main__ import main
from watcher.adapters.store import open_database
from watcher.adapters.store.backup import backup
from watcher.adapters.store.migrations import upgrade
from watcher.bootstrap import wall_clock

COMMANDS = [
    "add 2606.00001",
    "audit draw",
    "catalog export",
    "catalog push",
    "db upgrade",
    "decide 1 approve",
    "digest",
    "import papers.jsonl",
    "log",
    "report",
    "run --feed https://example.org/feed.xml",
    "serve --port 0",
    "status",
    "undo 1",
]
Call = Callable[..., str]
_PAGE = 4096


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _no_database(file: Path) -> None:
    file.write_text("notes of a meeting, " * 1000)


def _damaged(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:_PAGE] + b"\xa5" * 20 * _PAGE)


def _theirs(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("create table notes (text)")


def _gone(file: Path) -> None:
    file.unlink()
    file.with_name("watcher.db.made").touch()


def _a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Call:
    """Call the program in a deployment that has worked; gives what it said on stderr."""
    database = open_database(tmp_path / "watcher.db")
    upgrade(database)
    database.close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("watcher.cli.base.start_logging", str)  # the process, with its log, is pytest's
    monkeypatch.setenv("WATCHER_DATA", str(tmp_path))
    monkeypatch.setenv("WATCHER_CONFIG", str(Path(__file__).parents[1] / "config"))

    def called(line: str, code: int = 1) -> str:
        monkeypatch.setattr(sys, "argv", ["watcher", *line.split()])
        with pytest.raises(SystemExit) as ended:
            main()
        assert (ended.value.code or 0) == code
        told = capsys.readouterr()
        return told.err if code else told.out

    return called


@pytest.mark.endurance
@pytest.mark.parametrize(
    ("spoil", "remedy"),
    [
        (_empty, "バックアップから戻して"),
        (_gone, "バックアップから戻して"),
        (_no_database, "バックアップから戻す"),
        (_damaged, "最後のバックアップから戻して"),
        (_theirs, "別の場所を指定して"),
        (_a_folder, "場所と、読み書きの権限を"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_by_every_command(
    call: Call, tmp_path: Path, spoil: Callable[[Path], None], remedy: str
) -> None:
    spoil(tmp_path / "watcher.db")
    (tmp_path / "papers.jsonl").touch()

    for line in COMMANDS:
        said = call(line)
        assert said.startswith("watcher: データベースを使えません。"), (line, said)
        assert remedy in said, (line, said)
        assert "http" not in said, (line, said)
        assert len(said.strip().splitlines()) == 1, (line, said)


@pytest.mark.parametrize(
    "line", ["status", "run --feed https://example.org/feed.xml", "db backup copy.jsonl.gz", "log"]
)
def test_a_server_that_is_away_is_told_by_every_command(call: Call, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:verysecret@127.0.0.1:1/x")
    said = call(line)

    assert said.startswith("watcher: データベースを使えません。データベースのサーバーと DATABASE_URL を確かめて")
    assert "verysecret" not in said


@pytest.mark.endurance
def test_what_was_emptied_is_named_by_doctor_and_put_back_from_a_backup(call: Call, tmp_path: Path) -> None:
    database = open_database(tmp_path / "watcher.db")
    backup(database, tmp_path / "copy.jsonl.gz", wall_clock())
    database.close()
    _empty(tmp_path / "watcher.db")

    assert "異常があります：データベース" in call("doctor --offline")
    call("db restore copy.jsonl.gz", 0)
    call("status", 0)


@pytest.mark.endurance
def test_a_page_that_was_damaged_is_named_by_doctor(call: Call, tmp_path: Path) -> None:
    call("status", 0)
    file = tmp_path / "watcher.db"
    whole = file.read_bytes()
    middle = len(whole) // 2 // _PAGE * _PAGE
    file.write_bytes(whole[:middle] + b"\xa5" * 4 * _PAGE + whole[middle + 4 * _PAGE :])
    assert "異常があります：データベース" in call("doctor --offline")
