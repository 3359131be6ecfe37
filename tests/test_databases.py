"""The databases that tests are given hold no row of another test, whatever that did to its own."""

from __future__ import annotations

import os
import signal

import psycopg
import pytest

from tests.databases import PostgresServer
from watcher.adapters.queue.queue import Job, Queue


def test_a_database_is_given_again_without_rows_and_counts_from_one(postgres: PostgresServer) -> None:
    url = postgres.take()
    queue = Queue(url)
    queue.put(Job("task", "key"))
    queue.close()
    with psycopg.connect(url) as connection:
        connection.execute("insert into backoffs values ('a', now(), 1)")
    postgres.give_back(url)

    again = postgres.take()

    assert again == url
    with psycopg.connect(again) as connection:
        assert connection.execute("select count(*) from backoffs").fetchone() == (0,)
        connection.execute("select set_config('search_path', %s, false)", [queue.schema])
        assert connection.execute("select count(*) from procrastinate_jobs").fetchone() == (0,)
        assert connection.execute("select nextval('procrastinate_jobs_id_seq')").fetchone() == (1,)
    postgres.give_back(again)


def test_a_database_that_was_altered_or_is_in_use_is_given_to_nobody(postgres: PostgresServer) -> None:
    altered, used, other_revision = postgres.take(), postgres.take(), postgres.take()
    with psycopg.connect(altered) as connection:
        connection.execute("alter table backoffs add column more text")
    with psycopg.connect(other_revision) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    for url in (altered, used, other_revision):
        postgres.give_back(url)

    with psycopg.connect(used):
        given = postgres.take()

    assert given not in {altered, used, other_revision}
    postgres.give_back(given)


@pytest.mark.endurance
def test_a_server_that_died_is_started_anew(postgres: PostgresServer) -> None:
    before = postgres.url
    os.kill(postgres.pid, signal.SIGKILL)

    url = postgres.take()

    assert postgres.url != before
    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from backoffs").fetchone() == (0,)
    postgres.give_back(url)
