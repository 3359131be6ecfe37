"""A database that was lost is not begun anew without a word, and another program's is not written to."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from watcher.adapters.store import open_database
from watcher.adapters.store.database_file import beginning, examine, mark_made, must_stand
from watcher.adapters.store.migrations import upgrade
from watcher.domain.errors import DatabaseError
from watcher.domain.health import Health


def begin(file: Path) -> None:
    database = open_database(file)
    must_stand(database)
    upgrade(database)
    mark_made(database)
    database.close()


def refused(file: Path, match: str) -> None:
    before = {each.name: each.read_bytes() for each in file.parent.iterdir()}
    database = open_database(file)
    with pytest.raises(DatabaseError, match=match):
        must_stand(database)
    assert examine(database).health is Health.BROKEN
    database.close()
    assert {name: file.with_name(name).read_bytes() for name in before} == before


def test_a_database_is_begun_where_there_was_none_and_opened_where_it_stands(tmp_path: Path) -> None:
    begin(tmp_path / "watcher.db")
    begin(tmp_path / "watcher.db")

    assert (tmp_path / "watcher.db.made").stat().st_mode & 0o777 == 0o600


def test_a_start_that_ends_at_once_leaves_a_file_that_the_next_one_goes_on_with(tmp_path: Path) -> None:
    file = tmp_path / "watcher.db"
    database = open_database(file)
    with pytest.raises(KeyboardInterrupt), beginning(database):
        raise KeyboardInterrupt
    database.close()

    assert file.stat().st_size
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
    begin(file)


@pytest.mark.endurance
@pytest.mark.parametrize("stood", [True, False])
def test_an_empty_file_is_refused(tmp_path: Path, *, stood: bool) -> None:
    if stood:
        begin(tmp_path / "watcher.db")
    (tmp_path / "watcher.db").write_bytes(b"")

    refused(tmp_path / "watcher.db", "empty file")


def test_a_log_without_its_database_is_kept_and_told(tmp_path: Path) -> None:
    (tmp_path / "watcher.db-wal").write_bytes(b"what was written last")

    refused(tmp_path / "watcher.db", "its log is here")


def test_a_database_without_tables_is_refused_where_one_stood(tmp_path: Path) -> None:
    file = tmp_path / "watcher.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("pragma journal_mode = wal")
    begin(file)  # a start that was killed before the first table leaves as much
    file.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("pragma journal_mode = wal")

    refused(file, "one stood here")


@pytest.mark.parametrize("table", ["create table notes (text)", "create table alembic_version (version_num)"])
def test_another_programs_database_is_refused_untouched(tmp_path: Path, table: str) -> None:
    file = tmp_path / "watcher.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(f"pragma journal_mode = wal; {table}; create table theirs (x)")

    refused(file, "another program's database: it holds")


def test_what_could_not_be_begun_is_no_empty_file_afterwards(tmp_path: Path) -> None:
    database = open_database(tmp_path / "watcher.db")

    def full() -> None:
        with beginning(database):
            (tmp_path / "watcher.db").write_bytes(b"")  # SQLite begins so where nothing else could
            raise DatabaseError("the disk is full")

    with pytest.raises(DatabaseError):
        full()
    assert not (tmp_path / "watcher.db").exists()
    begin(tmp_path / "watcher.db")
    with pytest.raises(DatabaseError), beginning(database):
        raise DatabaseError("the disk is full")
    assert (tmp_path / "watcher.db").exists()
    database.close()


def test_a_file_that_is_begun_at_this_moment_by_another_process_is_none_that_was_lost(tmp_path: Path) -> None:
    (tmp_path / "watcher.db").write_bytes(b"")
    begin(tmp_path / "other.db")
    content = (tmp_path / "other.db").read_bytes()

    writer = threading.Timer(0.2, (tmp_path / "watcher.db").write_bytes, [content])
    writer.start()
    must_stand(open_database(tmp_path / "watcher.db"))
    writer.join()
