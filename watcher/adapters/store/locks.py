"""Locks by key, between threads, and on PostgreSQL also between processes."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Iterator
from typing import Any
from weakref import WeakValueDictionary

import sqlalchemy as sa

from watcher.adapters.store.errors import telling
from watcher.domain.errors import DatabaseError

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
        with self._asking, telling(self._place):
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
