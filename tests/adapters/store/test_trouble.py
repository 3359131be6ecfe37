"""What a database cannot do is told in plain words with the remedy, whichever database it is and whatever was asked."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from tests.factories import NOW, RUN, a_topic, an_announcement
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.database import Database
from watcher.adapters.store.migrations import upgrade
from watcher.domain.errors import DatabaseError
from watcher.words_ja import failures

postgres = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def made(file: Path) -> Path:
    database = open_database(file)
    upgrade(database)
    database.close()
    return file


def bounded(file: Path, *pragmas: str) -> Database:
    """A database whose connections are set up as its disk, or another program, would have them."""
    database = open_database(file)

    @sa.event.listens_for(database.engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    return database


def announce(database: Database) -> None:
    entries = [an_announcement(f"2606.{number:05}") for number in range(1, 200)]
    SqlStore(database).papers.announce(entries, [a_topic()], RUN, NOW)


def told(database: Database) -> str:
    """How a write that fails is told to whoever called for it."""
    with pytest.raises(DatabaseError) as raised:
        announce(database)
    database.close()
    words = failures.error(raised.value)
    assert "sqlalche.me" not in words
    assert len(words.splitlines()) == 1
    return words


@pytest.mark.endurance
def test_a_full_disk_is_told_and_the_work_goes_on_once_there_is_room(tmp_path: Path) -> None:
    file = made(tmp_path / "watcher.db")

    assert "ディスクに空きを作ってください" in told(bounded(file, "max_page_count = 1"))

    roomy = open_database(file)
    announce(roomy)
    roomy.close()


def test_a_lock_that_lasts_is_told_with_what_to_end(tmp_path: Path) -> None:
    file = made(tmp_path / "watcher.db")

    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        words = told(bounded(file, "busy_timeout = 1"))

    assert "ほかのプログラムを終え" in words
    assert "for more than 30 s" in words


def test_a_database_that_may_only_be_read_is_told(tmp_path: Path) -> None:
    assert "書き込み権限" in told(bounded(made(tmp_path / "watcher.db"), "query_only = ON"))


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    file = made(tmp_path / "watcher.db")
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))

    assert "最後のバックアップから" in told(open_database(file))


def test_tables_that_are_missing_are_told(tmp_path: Path) -> None:
    file = made(tmp_path / "watcher.db")
    with closing(sqlite3.connect(file)) as other:
        other.execute("drop table announcements")

    assert "no such table" in told(open_database(file))


def test_a_statement_that_is_wrong_by_itself_stays_the_error_it_is(tmp_path: Path) -> None:
    database = open_database(made(tmp_path / "watcher.db"))

    def twice() -> None:
        with database.write() as connection:
            connection.execute(sa.text("insert into throttles values ('x', 0, '')"))
            connection.execute(sa.text("insert into throttles values ('x', 0, '')"))

    with pytest.raises(sa.exc.IntegrityError):
        twice()
    database.close()


def test_more_users_than_connections_are_told_without_a_link(tmp_path: Path) -> None:
    database = Database(
        sa.create_engine(
            f"sqlite:///{tmp_path / 'x.db'}", poolclass=sa.QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.01
        )
    )

    with database.read(), pytest.raises(DatabaseError, match="in use") as raised, database.read():
        pass
    assert "http" not in str(raised.value)
    database.close()


def test_a_server_that_is_away_is_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"postgresql://nobody:verysecret@127.0.0.1:{free.getsockname()[1]}/x"
    words = told(open_database(url))

    assert "DATABASE_URL を確かめて" in words
    assert "verysecret" not in words


@postgres
def test_a_server_that_only_reads_is_told(database_url: str) -> None:
    upgrade(database := open_database(database_url))
    database.close()
    with psycopg.connect(database_url, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f'alter database "{name}" set default_transaction_read_only = on'.encode())

    assert "書き込み権限" in told(open_database(database_url))


@postgres
def test_a_database_that_the_server_does_not_have_is_told(database_url: str) -> None:
    base, _, rest = database_url.partition("?")

    assert "DATABASE_URL を確かめて" in told(open_database(f"{base}x?{rest}" if rest else f"{base}x"))
