"""A catalog's file -> a mark that tells it from its copies on other hosts, kept beside it, out of people's sight."""

from __future__ import annotations

import uuid
from contextlib import suppress
from pathlib import Path

from watcher.adapters.catalogs import files
from watcher.adapters.catalogs.git import repository_of
from watcher.adapters.catalogs.git_branch import take_over
from watcher.domain.errors import CatalogError


def lock_of(path: Path, folder: Path | None) -> Path:
    """The lock that whoever writes to the file holds: in git's own `folder` if there is one, else beside the file."""
    return (folder or path.parent) / f".{path.name}.lock"


def mark_of(path: Path, *, make: bool = False) -> str:
    """The mark of a catalog; where it has none, a new one if told to `make` it, else "".

    Raises CatalogError where there is no such file.
    """
    path = files.target(path)
    repository = repository_of(path, "", "")
    lock = lock_of(path, repository.folder if repository else None)
    return mark_beside(lock) if make or _place(lock).exists() else ""


def adopt_branch(path: Path) -> None:
    """Make the branch that is checked out the catalog's, where it is in a repository. Raises CatalogError."""
    path = files.target(path)
    repository = repository_of(path, "", "")
    if repository is not None:
        take_over(repository, lock_of(path, repository.folder))


def mark_beside(lock: Path) -> str:
    """The mark that is kept where the lock is. Raises CatalogError."""
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
