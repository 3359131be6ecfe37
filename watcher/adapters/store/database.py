"""Opens the database and runs transactions on it: with foreign keys, durable commits, and on SQLite one writer at a
time. Failures of the database are raised as DatabaseError, which says what to do; locks by key hold between threads,
and on PostgreSQL also between processes.

SQLite's result codes: https://www.sqlite.org/rescode.html; PostgreSQL's SQLSTATEs:
https://www.postgresql.org/docs/current/errcodes-appendix.html.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakValueDictionary

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeDecorator

from watcher.domain.errors import BusyError, ConfigError, DatabaseError

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.sql.selectable import TypedReturnsRows

    from watcher.ports.store import Store

_RESTED_SECONDS = 1.0  # a connection idle for longer is pinged before it is used again (see _ask_the_rested)
_URL_REMEDY = "use sqlite:///FILE or postgresql://…"
_LOCK = 0x77617463686572  # "watcher" in ASCII: the advisory lock of whoever runs the line on this database


class Database:
    """A database connection pool with two kinds of transaction: `read()` only reads, `write()` commits as a whole or
    not at all.

    Failures of the database itself are raised as DatabaseError, whichever method was used. `place` is the name of the
    database in error messages: the file, or "DATABASE_URL" in place of a URL that may hold a password.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.place = str(engine.url.database) if self.is_sqlite else "DATABASE_URL"
        self.locks = Locks(engine, self.place)
        self._one_writer = threading.Lock()

    def read(self) -> AbstractContextManager[sa.Connection]:
        """Context manager for a read transaction; yields the connection. On SQLite all its statements see one snapshot.
        On PostgreSQL each statement is a transaction of its own, which saves two round trips.
        """
        return self._together() if self.is_sqlite else self._apart()

    def snapshot(self) -> AbstractContextManager[sa.Connection]:
        """Context manager for a transaction whose statements all see the same snapshot, however long it takes."""
        return self._together() if self.is_sqlite else self._together(isolation_level="REPEATABLE READ")

    @contextlib.contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Context manager for a write transaction; yields the connection. On SQLite it takes the write lock at once
        (BEGIN IMMEDIATE), because a transaction that asks for the lock later fails instead of waiting.
        """
        # In this process writers wait for each other here: SQLite's own wait is a sleep of up to a tenth of a second.
        with (
            self._one_writer if self.is_sqlite else contextlib.nullcontext(),
            self._together(watcher_write=True) as connection,
        ):
            yield connection

    def write_apart(self) -> AbstractContextManager[sa.Connection]:
        """Context manager for writing statements that need no common rollback; yields the connection. On PostgreSQL
        each statement is a transaction of its own, which saves the round trips of BEGIN and COMMIT.
        """
        return self.write() if self.is_sqlite else self._apart()

    @contextlib.contextmanager
    def _together(self, **options: Any) -> Iterator[sa.Connection]:
        with (
            _telling(self.place),
            self.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection

    @contextlib.contextmanager
    def _apart(self) -> Iterator[sa.Connection]:
        """A connection on which every statement is a transaction (autocommit)."""
        with (
            _telling(self.place),
            self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        ):
            yield connection

    def insert_new(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows, skipping those whose key exists already."""
        if rows:
            connection.execute(self._insert(table).on_conflict_do_nothing(), list(rows))

    def insert_first(self, connection: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> bool:
        """Insert a row and return True; return False if a row with its key exists, even one that another process
        inserted at the same moment.
        """
        key = next(iter(table.primary_key))
        done = connection.execute(self._insert(table).values(row).on_conflict_do_nothing().returning(key))
        return done.first() is not None

    def _insert(self, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
        if self.is_sqlite:
            return sqlite.insert(table)
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - SQLite does not need it

        return postgresql.insert(table)

    def one_at_a_time(self, connection: sa.Connection, table: sa.Table) -> None:
        """Lock a table against other writers until the transaction ends; on SQLite a write transaction has that lock
        anyway.
        """
        if not self.is_sqlite:
            connection.execute(sa.text(f"lock table {table.name} in share row exclusive mode"))

    def replace(self, connection: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> None:
        """Insert a row, or overwrite the one with the same primary key (upsert)."""
        keys = [column.name for column in table.primary_key]
        rest = {name: value for name, value in row.items() if name not in keys}
        connection.execute(self._insert(table).values(row).on_conflict_do_update(index_elements=keys, set_=rest))

    @contextlib.contextmanager
    def hold(self, *, shared: bool = False) -> Iterator[None]:
        """Context manager that locks the database against other processes of this program, on any machine. With
        `shared` it locks out only those that ask for an exclusive lock.

        Raises BusyError if another process holds it. The lock is released even if the process dies.
        """
        if self.is_sqlite:
            from filelock import FileLock, Timeout  # noqa: PLC0415 - it loads asyncio, and few commands lock

            lock = FileLock(f"{self.engine.url.database}.lock", mode=0o600)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                raise _busy() from None
            except OSError as error:
                raise DatabaseError(
                    f"the lock beside the database cannot be made: {error.strerror}",
                    about=self.place,
                    remedy="mend the folder's rights",
                ) from error
            try:
                yield
            finally:
                lock.release()
            return
        with self._apart() as connection:
            take, give = (
                (sa.func.pg_try_advisory_lock_shared, sa.func.pg_advisory_unlock_shared)
                if shared
                else (sa.func.pg_try_advisory_lock, sa.func.pg_advisory_unlock)
            )
            if not connection.scalar(sa.select(take(_LOCK))):
                raise _busy()
            try:
                yield
            finally:
                connection.execute(sa.select(give(_LOCK)))

    def close(self) -> None:
        """Close all connections to the database."""
        self.locks.close()
        self.engine.dispose()


CHUNK = 400
"""Rows in one statement: SQLite binds at most 999 values in its oldest living builds, and a key may take two."""

Item = TypeVar("Item")


def chunks(items: Sequence[Item], size: int = CHUNK) -> Iterator[Sequence[Item]]:
    """Split a sequence into slices of at most `size` items, so that no SQL statement gets too many parameters."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


class Part:
    """Base class of the classes for database access, one for each subject (papers, cards, runs …). `database` runs the
    transactions; `store` is the whole store, through which the class for one subject calls those for others. The
    methods here run one statement in a transaction of its own.
    """

    def __init__(self, database: Database, store: Store) -> None:
        self._database = database
        self._store = store

    def _rows(self, query: sa.Executable, values: Mapping[str, Any] | None = None) -> Sequence[Any]:
        with self._database.read() as connection:
            return connection.execute(query, values).all()

    def _row(self, query: sa.Executable, values: Mapping[str, Any] | None = None) -> Any:
        """The first row of a query, or None."""
        with self._database.read() as connection:
            return connection.execute(query, values).first()

    def _scalars(self, query: TypedReturnsRows[Item], values: Mapping[str, Any] | None = None) -> Sequence[Item]:
        """The values of a query's only column."""
        with self._database.read() as connection:
            return connection.scalars(query, values).all()

    def _scalar(self, query: TypedReturnsRows[Item]) -> Item | None:
        """The first value of a query's only column, or None."""
        with self._database.read() as connection:
            return connection.scalar(query)

    def _write(self, statement: sa.Executable) -> None:
        with self._database.write() as connection:
            connection.execute(statement)

    def _insert_new(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        with self._database.write() as connection:
            self._database.insert_new(connection, table, rows)

    def _replace(self, table: sa.Table, row: Mapping[str, Any]) -> None:
        with self._database.write() as connection:
            self._database.replace(connection, table, row)


def _busy() -> BusyError:
    return BusyError("another watcher works on this database", about="DATABASE_URL", remedy="stop it first")


def open_database(place: str | Path) -> Database:
    """Make a Database from the path of an SQLite file or a URL (`sqlite:///file`, `postgresql://…`, Heroku's
    `postgres://`), without connecting yet.

    Raises ConfigError for another kind of URL, or if the driver is not installed.
    """
    engine = _file(place) if isinstance(place, Path) else _by_url(place)
    if engine.dialect.name == "sqlite":
        _tame_sqlite(engine)
    return Database(engine)


def _file(path: Path) -> sa.Engine:
    return sa.create_engine(sa.URL.create("sqlite", database=str(path.absolute())))


def _by_url(url: str) -> sa.Engine:
    scheme = url.partition(":")[0].partition("+")[0]
    if scheme not in {"sqlite", "postgres", "postgresql"}:
        raise ConfigError("not a URL of a supported database", about="DATABASE_URL", remedy=_URL_REMEDY)
    if url.startswith("postgres://"):  # Heroku's spelling, which SQLAlchemy no longer accepts
        url = "postgresql://" + url.removeprefix("postgres://")
    if url.startswith("postgresql://"):
        url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
    try:
        engine = sa.create_engine(url)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"the driver {error.name} is missing", about="DATABASE_URL", remedy="install the extra 'postgres'"
        ) from error
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ValueError):  # their texts may quote the password
        raise ConfigError("not a database URL", about="DATABASE_URL", remedy=_URL_REMEDY) from None
    if scheme != "sqlite":
        _ask_the_rested(engine)
    return engine


def _ask_the_rested(engine: sa.Engine) -> None:
    """Before a pooled connection is used that was idle for long, test whether its server is still there.

    `pool_pre_ping` tests every time, which is one round trip in four if one statement follows another.
    """

    @sa.event.listens_for(engine, "checkin")
    def _rests(_dbapi_connection: Any, record: Any) -> None:
        record.info["rested_from"] = time.monotonic()

    @sa.event.listens_for(engine, "checkout")
    def _asked(dbapi_connection: Any, record: Any, _proxy: Any) -> None:
        rested_from = record.info.get("rested_from")
        if rested_from is None or time.monotonic() - rested_from < _RESTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(dbapi_connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise sa.exc.DisconnectionError from error  # the pool opens another


def _tame_sqlite(engine: sa.Engine) -> None:
    """Configure SQLite: WAL, so that readers and the writer do not block each other; transactions begin where this code
    says, not where pysqlite guesses.
    """

    @sa.event.listens_for(engine, "connect")
    def _connect(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_WAIT_FOR_LOCK_SECONDS * 1000}")
        cursor.execute("PRAGMA journal_mode = WAL")
        # A decision that was acknowledged must survive a power cut.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # A transaction that begins as a reader and writes later cannot wait for the lock: it fails at once if another
        # wrote meanwhile. So a writer takes the lock at its beginning.
        writes = connection.get_execution_options().get("watcher_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


_LOOK_AGAIN = 0.1
# A server learns within seconds that a holder's machine is gone; PostgreSQL's own default is two hours.
_KEEPALIVES = {"tcp_keepalives_idle": 5, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 3}


class Locks:
    """Locks by key (implements ports.Locks): PostgreSQL's session-level advisory locks, all on one connection. On
    SQLite they are locks between the threads of this process, since no second process is allowed.

    The server releases the locks when the process dies. A process that is only suspended keeps them, so that nobody
    repeats what it may still finish.
    """

    def __init__(self, engine: sa.Engine, place: str) -> None:
        """`place` is the name of the database in error messages."""
        self._engine, self._place = engine, place
        self._shared = engine.dialect.name != "sqlite"
        self._guard = threading.Lock()
        self._turns: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()
        self._asking = threading.Lock()
        self._connection: sa.Connection | None = None

    @contextlib.contextmanager
    def hold(self, key: str) -> Iterator[None]:
        with self._guard:
            turn = self._turns.setdefault(key, threading.Lock())
        # Threads of this process wait here: a session may take its own advisory lock again and would not be kept out.
        with turn:
            if not self._shared:
                yield
                return
            # PostgreSQL's advisory locks are named by a 64-bit integer.
            number = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), signed=True)
            # Polled: a waiting pg_advisory_lock would block the one connection, and with it every other key's lock.
            while not self._ask(sa.func.pg_try_advisory_lock(number)):
                time.sleep(_LOOK_AGAIN)
            try:
                yield
            finally:
                with contextlib.suppress(DatabaseError):  # with its connection the lock is gone already
                    self._ask(sa.func.pg_advisory_unlock(number))

    def close(self) -> None:
        """Close the connection to the database, which releases all locks held over it."""
        with self._asking:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _ask(self, function: sa.Function[Any]) -> bool:
        with self._asking, _telling(self._place):
            if self._connection is None:
                self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                for name, value in _KEEPALIVES.items():
                    self._connection.execute(sa.text(f"set {name} = {value}"))
            try:
                return bool(self._connection.scalar(sa.select(function)))
            except sa.exc.DBAPIError:
                broken, self._connection = self._connection, None
                with contextlib.suppress(sa.exc.SQLAlchemyError):
                    broken.invalidate()
                    broken.close()
                raise


class Moment(TypeDecorator[datetime]):
    """Column type for times with a time zone, stored in UTC. SQLite returns times without a zone; the type adds UTC
    again.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Convert a time to UTC for storing. Raises ValueError for one without a time zone."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Add the time zone UTC to a time read from the database."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_WAIT_FOR_LOCK_SECONDS: Final = 30

_FULL = ("the disk is full", "make room; the work goes on where it stopped")
_LOCKED = (
    f"another program keeps the database locked, for more than {_WAIT_FOR_LOCK_SECONDS} s",
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
def _telling(about: str) -> Iterator[None]:
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
