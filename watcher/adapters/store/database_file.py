"""Checks of a database: before it is used, that it is this program's, not damaged, and that an SQLite file was not lost;
and the health check for the operator.

SQLite takes an empty file for a new database, and deletes a write-ahead log without its database
(https://www.sqlite.org/wal.html): without these checks, a lost database would silently be replaced by an empty one.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from watcher.adapters.store import migrations
from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Database
from watcher.domain.errors import DatabaseError
from watcher.domain.health import Checkup, Health

_MARK: Final = ".made"
_REMEDY = 'put a backup back with "watcher db restore FILE"; to begin anew, delete this file and the ones beside it'
_LOOKS, _BETWEEN_SECONDS = 10, 0.1  # another process that begins the file fills it at once


def must_stand(database: Database) -> None:
    """Check an SQLite file before anything is written to it. Raises DatabaseError if a database that was created there
    is gone or empty, or if it belongs to another program. Does nothing for PostgreSQL.
    """
    file = _file(database)
    if file is None:
        return
    if lost := _lost(file):
        raise DatabaseError(lost, about=str(file), remedy=_REMEDY)
    if file.exists() and not must_be_ours(database) and _mark(file).exists():
        raise DatabaseError("the database is empty, but one stood here", about=str(file), remedy=_REMEDY)


def must_be_ours(database: Database) -> bool:
    """Check that the tables in a database, if any, are this program's; return whether there are any (True for
    PostgreSQL without looking). Raises DatabaseError for another program's database.
    """
    if not database.is_sqlite or migrations.current(database) == migrations.HEAD:
        return True
    with database.read() as connection:
        tables = set(sa.inspect(connection).get_table_names())
    if tables - {"alembic_version"} and t.candidates.name not in tables:
        raise DatabaseError(
            f"another program's database: it holds {', '.join(sorted(tables)[:3])}",
            about=database.place,
            remedy="name another file by DATABASE_URL or WATCHER_DATA",
        )
    return bool(tables)


def _must_be_whole(database: Database) -> None:
    """Run SQLite's integrity check (PRAGMA quick_check) on a database. Raises DatabaseError if it finds damage. Does
    nothing for PostgreSQL.
    """
    if not database.is_sqlite:
        return
    with database.read() as connection:
        told = connection.execute(sa.text("PRAGMA quick_check(1)")).scalar_one()
    if told != "ok":
        raise DatabaseError(f"the database is damaged: {told}", about=database.place, remedy="put the last backup back")


def _is_missing(database: Database) -> bool:
    """Whether the SQLite file does not exist yet (its folder does), so that opening it would create it."""
    file = _file(database)
    return file is not None and file.parent.is_dir() and not file.exists()


@contextlib.contextmanager
def beginning(database: Database) -> Iterator[None]:
    """Context manager around the creation of the tables: it creates a missing SQLite file, readable by its owner alone,
    and deletes an empty one again if DatabaseError is raised, because the next start would take it for a lost database.
    """
    file, missing = _file(database), _is_missing(database)
    if file is not None and missing:
        _make_private(file)
    try:
        yield
    except DatabaseError:
        if file is not None and missing and file.exists() and not file.stat().st_size:
            file.unlink()
        raise


def _make_private(file: Path) -> None:
    """Create a database without tables, readable by its owner alone: SQLite would follow the umask, and gives its log the
    rights of the file. It appears whole, because after a kill the next start would take an empty file for a lost database.
    """
    with contextlib.suppress(OSError, sqlite3.Error):  # another was quicker, or SQLite says what is wrong
        handle, name = tempfile.mkstemp(prefix=f"{file.name}.", dir=file.parent)  # for its owner alone
        os.close(handle)
        try:
            with contextlib.closing(sqlite3.connect(name)) as connection:
                connection.execute("pragma journal_mode = wal")  # writes the first page
            _move_unless_there(Path(name), file)
        finally:
            Path(name).unlink(missing_ok=True)


def _move_unless_there(new: Path, file: Path) -> None:
    try:
        os.link(new, file)  # fails where the file exists, unlike a rename
    except FileExistsError:
        return
    except OSError:  # a file system without links
        if not file.exists():
            new.rename(file)


def mark_made(database: Database) -> None:
    """Create a marker file beside an SQLite database, by which its loss is noticed later. Raises DatabaseError if that
    fails.
    """
    file = _file(database)
    if file is None or _mark(file).exists():
        return
    try:
        _mark(file).touch(mode=0o600)
    except OSError as error:
        raise DatabaseError(
            f"nothing can be written beside the database: {error.strerror}",
            about=str(file),
            remedy="mend the folder's rights",
        ) from error


def _file(database: Database) -> Path | None:
    name = database.engine.url.database
    return Path(name) if database.is_sqlite and name and name != ":memory:" else None


def _mark(file: Path) -> Path:
    return file.with_name(file.name + _MARK)


def _lost(file: Path) -> str:
    """A description of how the database was lost, judged from the files alone; "" if it was not."""
    log = file.with_name(file.name + "-wal")
    if not file.exists():
        if log.exists() and log.stat().st_size:
            return "the database is gone, but its log is here"
        return "the database is gone, but one stood here" if _mark(file).exists() else ""
    return "the database is an empty file" if file.is_file() and _stays_empty(file) else ""


def _stays_empty(file: Path) -> bool:
    for _ in range(_LOOKS):
        if file.stat().st_size:
            return False
        time.sleep(_BETWEEN_SECONDS)
    return True


_CHECKED = "database"


def examine(database: Database) -> Checkup:
    """Health check of a database: it answers, has this version's schema, and can be written to. The row written as a
    test is deleted.
    """
    try:
        must_stand(database)
        if _is_missing(database):
            return Checkup(_CHECKED, Health.WARNING, "empty", database.place)
        _must_be_whole(database)
        revision = migrations.current(database)
    except DatabaseError as error:
        return Checkup(_CHECKED, Health.BROKEN, "unreachable", str(error))
    if revision is None:
        return Checkup(_CHECKED, Health.WARNING, "empty")
    if revision != migrations.HEAD:
        return Checkup(_CHECKED, Health.BROKEN, _sign(revision), f"{revision} / {migrations.HEAD}")
    try:
        with database.write() as connection:  # a row that is of no use to anybody, and gone again when this ends
            connection.execute(sa.insert(t.throttles).values(name=_CHECKED, free_at=0.0, holder=""))
            connection.execute(sa.delete(t.throttles).where(t.throttles.c.name == _CHECKED))
    except DatabaseError as error:
        return Checkup(_CHECKED, Health.BROKEN, "read_only", str(error))
    return Checkup(_CHECKED, Health.OK)


def _sign(revision: str) -> str:
    if migrations.is_known(revision):
        return "behind"
    return "unreleased" if migrations.is_unreleased(revision) else "ahead"
