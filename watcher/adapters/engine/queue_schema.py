"""A version of the queue's library -> a schema of its own, so that old and new code work side by side; old ones dropped.

Whatever is in them may be lost at any time: the facts say what is left to do.
"""

from __future__ import annotations

import contextlib
import re
from datetime import datetime, timedelta
from typing import Any

import psycopg
from procrastinate import schema
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from watcher.domain.errors import ConfigError

_NAME = "watcher_queue"
_LOCK = 0x6572726E6473  # "errnds": of processes that start together, one makes the tables
_UNUSED = timedelta(hours=1)
"""A schema that nobody has made ready and no worker's heart has beaten in for so long is a former version's."""


def name_of(version: str) -> str:
    """The schema that errands stand in for a version of the library."""
    return f"{_NAME}_{re.sub(r'[^0-9a-z]', '_', version.lower())}"


def conninfo_of(url: str, name: str) -> str:
    """Psycopg's form of a deployment's URL, with the queue's own schema."""
    plain = "postgresql://" + url.partition("://")[2]
    options = str(conninfo_to_dict(plain).get("options") or "")
    return make_conninfo(plain, options=f"{options} -csearch_path={name}".strip())


def prepare(conninfo: str, name: str) -> None:
    """Make the tables if they are missing, and drop those that no process has used for an hour.

    Raises ConfigError when the database cannot be reached.
    """
    try:
        with psycopg.connect(conninfo) as connection:
            connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
            if not _one(connection, "select to_regnamespace(%s)::text", name):
                connection.execute(sql.SQL("create schema {}").format(sql.Identifier(name)))
                connection.execute(schema.SchemaManager.get_schema())
            now = _one(connection, "select now()")
            ready = sql.SQL("comment on schema {} is {}").format(sql.Identifier(name), sql.Literal(now.isoformat()))
            connection.execute(ready)
            for other in _others(connection, name):
                if not _used(connection, other, now - _UNUSED):
                    connection.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(other)))
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"the queue cannot be made: {reason}", about="DATABASE_URL") from None


def _others(connection: psycopg.Connection, name: str) -> list[str]:
    query = r"select nspname from pg_namespace where nspname like 'watcher\_queue%%' and nspname <> %s"
    return [row[0] for row in connection.execute(query, [name]).fetchall()]


def _used(connection: psycopg.Connection, name: str, since: datetime) -> bool:
    said = _one(connection, "select obj_description(to_regnamespace(%s), 'pg_namespace')", name)
    with contextlib.suppress(ValueError, TypeError):  # made by hand, or before this was noted
        if datetime.fromisoformat(said) > since:
            return True
    workers = sql.Identifier(name, "procrastinate_workers")
    if not _one(connection, "select to_regclass(%s)::text", f"{name}.procrastinate_workers"):
        return False
    beats = sql.SQL("select exists (select from {} where last_heartbeat > %s)").format(workers)
    found = connection.execute(beats, [since]).fetchone()
    return bool(found and found[0])


def _one(connection: psycopg.Connection, query: str, *values: str) -> Any:
    row = connection.execute(query.encode(), values).fetchone()
    return row[0] if row else None
