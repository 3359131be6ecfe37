"""Translates SQLAlchemy's database exceptions into DatabaseError, which says what to do about it.

SQLite's result codes: https://www.sqlite.org/rescode.html; PostgreSQL's SQLSTATEs:
https://www.postgresql.org/docs/current/errcodes-appendix.html.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from watcher.domain.errors import DatabaseError

WAIT_FOR_LOCK_SECONDS: Final = 30

_FULL = ("the disk is full", "make room; the work goes on where it stopped")
_LOCKED = (
    f"another program keeps the database locked, for more than {WAIT_FOR_LOCK_SECONDS} s",
    "end that program, then try again",
)
_READ_ONLY = ("the database cannot be written to", "mend the rights of the database and its folder")
_UNOPENED = ("the database cannot be opened", "is it there, and may it be read and written?")
_AWAY = ("the database cannot be reached", "is the server there, and does DATABASE_URL name it?")
_NONE = ("the file is no database", "put a backup back, or name another file")
_DAMAGED = ("the database is damaged", "put the last backup back")
_DISK = ("the disk failed under the database", "check the disk and the room on it")
_TABLES = ("the tables are not as this program makes them", "is it another program's database?")
_REFUSED = ("the database refuses", "see what it says")

_SQLITE: Final[Mapping[int, tuple[str, str]]] = {
    1: _TABLES,
    3: _READ_ONLY,
    5: _LOCKED,
    6: _LOCKED,
    8: _READ_ONLY,
    10: _DISK,
    11: _DAMAGED,
    13: _FULL,
    14: _UNOPENED,
    26: _NONE,
}
_POSTGRES: Final[Mapping[str, tuple[str, str]]] = {
    "08": _AWAY,
    "25006": _READ_ONLY,
    "28": _AWAY,
    "3D": _AWAY,
    "42501": _READ_ONLY,
    "42P01": _TABLES,
    "42703": _TABLES,
    "53100": _FULL,
    "53300": _AWAY,
    "55P03": _LOCKED,
    "57P": _AWAY,
    "58": _DISK,
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}
_NO_ROOM = 256 * 1024  # bytes; less, and SQLite's files beside the database cannot grow


@contextlib.contextmanager
def telling(about: str) -> Iterator[None]:
    """Context manager that re-raises failures of the database (unreachable, full, damaged …) as DatabaseError about
    `about`, the database's name.

    Errors of a statement itself (a duplicate key, an invalid value) are raised unchanged.
    """
    try:
        yield
    except sa.exc.TimeoutError as error:  # of the pool: its text ends in a link
        raise DatabaseError("all connections to the database are in use", about=about, remedy="try again") from error
    except (sa.exc.IntegrityError, sa.exc.DataError):
        raise
    except sa.exc.DBAPIError as error:
        found = _cause(error, about)
        if found is None:
            raise
        message, remedy = found
        said = " ".join(str(error.orig).split())[:300]
        raise DatabaseError(f"{message}: {said}", about=about, remedy=remedy) from error


def _cause(error: sa.exc.DBAPIError, about: str) -> tuple[str, str] | None:
    """The cause of a database exception and its remedy; None if the statement itself is wrong."""
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        found = _SQLITE.get(code & 0xFF, _REFUSED)
        return _FULL if found in {_DISK, _UNOPENED} and _no_room(Path(about)) else found
    state: str = getattr(error.orig, "sqlstate", None) or ""
    for length in (5, 3, 2):
        if state[:length] in _POSTGRES:
            return _POSTGRES[state[:length]]
    if isinstance(error, sa.exc.ProgrammingError):
        return None
    return _REFUSED if state else _AWAY


def _no_room(file: Path) -> bool:
    with contextlib.suppress(OSError):
        return shutil.disk_usage(file.parent).free < _NO_ROOM
    return False
