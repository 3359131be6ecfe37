"""File lock on the data folder, which keeps a second process of this program out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from watcher.domain.errors import BusyError, ConfigError


@contextlib.contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Context manager that locks a data folder against other processes by a file lock, which is released even if the
    process dies.

    Raises BusyError if another process holds it, or ConfigError if the folder cannot be created.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - it loads asyncio, and few commands lock

    try:
        make_private(folder)
        lock = FileLock(folder / "watcher.lock", mode=0o600)
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


def make_private(folder: Path) -> None:
    """Create a folder, and missing ones above it, accessible to their owner alone. Raises OSError."""
    for each in (*reversed(folder.parents), folder):
        if not each.is_dir():
            each.mkdir(mode=0o700, exist_ok=True)
