"""Thread pool that runs work within this process, and the lock on the data folder that keeps a second process out."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout

from watcher.domain.errors import (
    BadReply,
    BusyError,
    ConfigError,
    DatabaseError,
    DeskRefused,
    ModelRefused,
    Unavailable,
    WatcherError,
    unforeseen,
)
from watcher.domain.facts import Candidate
from watcher.logs import about, get_logger
from watcher.ports import Batch

Unit = TypeVar("Unit")
# The rest of the units would fail the same way, and may cost money.
_OUTAGE = 3
"""So many failures of a service with no success between them are its outage, not the units' fault."""

_log = get_logger(__name__)


class Embedded:
    """Thread pool that runs a stage's work in this process (implements ports.Engine)."""

    def each(
        self, units: Sequence[Unit], work: Callable[[Unit], None], concurrency: int = 1
    ) -> Sequence[tuple[Unit, WatcherError]]:
        """Do the work for every unit in threads; return the failures in the order of the units. An outage ends it
        early.
        """
        health = _Health()
        failed: dict[int, WatcherError] = {}

        def attempt(place: int) -> None:
            if health.given_up:
                return
            try:
                with about(**_named(units[place])):
                    work(units[place])
            except WatcherError as error:
                failed[place] = error
                health.note(error)
            except Exception as error:  # noqa: BLE001 - one paper must not stop the others, whatever went wrong
                _log.exception("a unit of work failed unexpectedly")
                failed[place] = WatcherError(unforeseen(error), remedy="set WATCHER_LOG=info to see where")
            else:
                health.note(None)

        if concurrency == 1:
            for place in range(len(units)):
                attempt(place)
        else:
            here = copy_context()  # what events are about goes along
            with ThreadPoolExecutor(max_workers=concurrency) as pool:
                list(pool.map(lambda place: here.copy().run(attempt, place), range(len(units))))
        return [(units[place], failed[place]) for place in sorted(failed)]


def _named(unit: object) -> dict[str, Any]:
    """What events during a unit's work are about."""
    match unit:
        case Candidate() as candidate, *_:
            return {"paper": str(candidate.paper.id)}
        case Batch() as batch:
            return {"batch": batch.number, "papers": " ".join(str(c.paper.id) for c in batch.candidates)}
        case int(number) | (int(number), *_):
            return {"card": number}
    return {}


class _Health:
    """Whether the service behind the units still answers, as the last outcomes tell."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_a_row = 0
        self.given_up = False

    def note(self, error: WatcherError | None) -> None:
        """Take in one outcome; None is a success."""
        with self._lock:
            if isinstance(error, Unavailable | BadReply):
                self._in_a_row += 1
            elif error is None:
                self._in_a_row = 0
            if isinstance(error, ModelRefused | DeskRefused | DatabaseError) or self._in_a_row >= _OUTAGE:
                self.given_up = True


@contextlib.contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Context manager that locks a data folder against other processes (a file lock).

    The operating system releases the lock when the process dies. Raises BusyError, or ConfigError if the folder cannot
    be created.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "watcher.lock")
        lock.acquire(timeout=0)
    except Timeout:
        raise BusyError(
            "another watcher works on this data folder", about=str(folder), remedy="stop it, or set WATCHER_DATA"
        ) from None
    except OSError as error:
        raise ConfigError(
            f"the data folder cannot be used: {error.strerror}", about=str(folder), remedy="set WATCHER_DATA"
        ) from error
    try:
        yield
    finally:
        lock.release()
