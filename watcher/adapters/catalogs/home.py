"""A catalog's file -> a mark that tells it from its copies on other hosts, kept beside it, out of people's sight."""

from __future__ import annotations

import uuid
from contextlib import suppress
from pathlib import Path

from watcher.adapters.catalogs import files
from watcher.adapters.catalogs.git import repository_of
from watcher.domain.errors import CatalogError


def lock_of(path: Path, folder: Path | None) -> Path:
    """The lock that whoever writes to the file holds: in git's own `folder` if there is one, else beside the file."""
    return (folder or path.parent) / f".{path.name}.lock"


def mark_of(path: Path) -> str:
    """The mark of a catalog, made when it is first asked for. Raises CatalogError where there is no such file."""
    path = files.target(path)
    repository = repository_of(path, "", "")
    return mark_beside(lock_of(path, repository.folder if repository else None))


def mark_beside(lock: Path) -> str:
    """The mark that is kept where the lock is. Raises CatalogError."""
    place = lock.with_suffix(".home")
    try:
        with suppress(FileExistsError), place.open("x", encoding="ascii") as file:
            file.write(uuid.uuid4().hex)
        return place.read_text(encoding="ascii")
    except OSError as error:
        raise CatalogError(
            f"cannot be marked: {error.strerror}", about=str(place), remedy="mend the folder's rights"
        ) from error
