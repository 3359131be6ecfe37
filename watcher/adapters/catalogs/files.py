"""Atomic replacement of the catalog's file, such that a simultaneous edit by a person is never lost; and its lock
file.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from watcher.adapters.catalogs.git import repository_of, take_over
from watcher.domain.errors import CatalogConflict, CatalogError

_ATTEMPTS = 5  # a person may save the file while the change is computed; then it is computed anew
_LOCK_SECONDS = 30.0  # the operator's filter and signing program run while it is held, up to 20 s each


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Context manager that holds the lock of the catalog file. Raises CatalogError if another process holds it for more
    than 30 seconds.
    """
    held = FileLock(lock, timeout=_LOCK_SECONDS)
    try:
        held.acquire()
    except Timeout as error:
        raise CatalogError(
            "another watcher is writing", about=str(lock), remedy="let it finish; the row is tried again"
        ) from error
    except OSError as error:
        raise CatalogError(f"cannot be locked: {error.strerror}", about=str(lock), remedy="mend its rights") from error
    try:
        yield
    finally:
        held.release()


def target(path: Path) -> Path:
    """Resolve symbolic links to the catalog's file, because replacing a link would separate it from its target. Raises
    CatalogError.
    """
    try:
        return path.resolve(strict=True)
    except OSError as error:
        raise _unreadable(path, error) from error


def read(path: Path) -> bytes:
    """Read the bytes of the catalog's file. Raises CatalogError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def stamp(path: Path) -> tuple[int, ...]:
    """A version stamp of a file (from stat()) that changes whenever the file is saved. Raises CatalogError."""
    try:
        found = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    return found.st_mtime_ns, found.st_size, found.st_ino


@dataclass(slots=True)
class Draft:
    """The content of a file that is being edited: `before` are the bytes that were read, `after` those that are to
    replace them. `after` begins as a copy of `before`, and the caller of `drafts` sets it.
    """

    before: bytes
    after: bytes


def drafts(path: Path) -> Iterator[Draft]:
    """Yield a file's content as a Draft, and replace the file atomically by what the caller has made of it. If somebody
    saves the file in the meantime, the new content is yielded. Unchanged bytes are not written.

    Raises CatalogConflict if the file keeps changing, CatalogError if it cannot be read or written; the file is then
    unchanged.
    """
    for _ in range(_ATTEMPTS):
        before = read(path)
        draft = Draft(before, before)
        yield draft
        if draft.after == before or _replace(path, before, draft.after):
            return
    raise CatalogConflict("keeps changing while it is edited", about=str(path), remedy="save and close it")


def _replace(path: Path, before: bytes, after: bytes) -> bool:
    """Replace the file by `after`, unless it no longer holds `before`. A reader sees one or the other."""
    draft = path.with_name(f".{path.name}.draft")  # one name: a killed watcher's draft is overwritten
    try:
        draft.unlink(missing_ok=True)
        with open(draft, "xb", opener=_private) as file:
            os.fchmod(file.fileno(), path.stat().st_mode & 0o7777)
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        if read(path) != before:
            draft.unlink()
            return False
        draft.replace(path)
        _sync(path.parent)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise CatalogError(
            f"cannot be written: {error.strerror}", about=str(path), remedy="mend the folder's rights or free space"
        ) from error
    return True


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _sync(folder: Path) -> None:
    """Flush the folder to disk, so that the renaming of the file survives a crash too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unreadable(path: Path, error: OSError) -> CatalogError:
    remedy = "point WATCHER_CATALOG at the Markdown catalog, and let the watcher read it"
    return CatalogError(f"cannot be read: {error.strerror}", about=str(path), remedy=remedy)


def lock_of(path: Path, folder: Path | None) -> Path:
    """The path of the lock file for writers of the catalog's file: in the `.git` folder if there is one, else beside
    the file.
    """
    return (folder or path.parent) / f".{path.name}.lock"


def mark_of(path: Path, *, make: bool = False) -> str:
    """The marker of a catalog, a random id by which several machines notice that they write to different copies. If
    there is none, it is created with `make`, else the result is "".

    Raises CatalogError if the file does not exist.
    """
    path = target(path)
    repository = repository_of(path, "", "")
    lock = lock_of(path, repository.folder if repository else None)
    return mark_beside(lock) if make or _place(lock).exists() else ""


def adopt_branch(path: Path) -> None:
    """Make the git branch that is checked out the one that the bot commits catalog changes to; does nothing if the file
    is in no repository. Raises CatalogError.
    """
    path = target(path)
    repository = repository_of(path, "", "")
    if repository is not None:
        take_over(repository, lock_of(path, repository.folder))


def mark_beside(lock: Path) -> str:
    """Read the marker (a random id of this copy of the catalog) stored beside a lock file, or create one. Raises
    CatalogError.
    """
    place = _place(lock)
    try:
        with suppress(FileExistsError), place.open("x", encoding="ascii") as file:
            file.write(uuid.uuid4().hex)
        return place.read_text(encoding="ascii")
    except OSError as error:
        raise CatalogError(
            f"cannot be marked: {error.strerror}", about=str(place), remedy="mend the folder's rights"
        ) from error


def _place(lock: Path) -> Path:
    return lock.with_suffix(".home")
