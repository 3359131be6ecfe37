"""Connections that rested are asked whether their server is still there, and looking leaves nothing behind."""

from __future__ import annotations

import time

import psycopg
import pytest
import sqlalchemy as sa

from watcher.adapters.store.database import open_database
from watcher.domain.errors import DatabaseError

postgres = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
_ONE = sa.text("select 1")


def _end_all(url: str) -> None:
    """As a restart of the server would."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )


@pytest.mark.endurance
@postgres
def test_a_connection_that_broke_while_it_rested_is_replaced_unnoticed(database_url: str) -> None:
    database = open_database(database_url)
    with database.read() as connection:
        connection.execute(_ONE)
    _end_all(database_url)
    time.sleep(1.1)

    with database.read() as connection:
        assert connection.scalar(_ONE) == 1
    database.close()


@postgres
def test_one_that_broke_in_use_fails_once_and_is_never_used_again(database_url: str) -> None:
    database = open_database(database_url)

    def broken_in_use() -> None:
        with database.write() as connection:
            connection.execute(_ONE)
            _end_all(database_url)
            connection.execute(_ONE)

    with pytest.raises(DatabaseError, match="cannot be reached"):
        broken_in_use()
    with database.write() as connection:
        assert connection.scalar(_ONE) == 1
    database.close()


@postgres
def test_a_transaction_after_a_look_is_one_that_can_be_undone(database_url: str) -> None:
    database = open_database(database_url)
    with database.write() as connection:
        connection.execute(sa.text("create table seen (number integer)"))
    with database.read() as connection:
        connection.execute(sa.text("select * from seen"))

    def given_up() -> None:
        with database.write() as connection:
            connection.execute(sa.text("insert into seen values (1)"))
            raise LookupError

    with pytest.raises(LookupError):
        given_up()
    with database.read() as connection:
        assert connection.scalar(sa.text("select count(*) from seen")) == 0
    database.close()
