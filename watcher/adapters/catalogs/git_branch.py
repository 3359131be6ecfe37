"""Decides which git branch is the catalog's: the configured one, or the one that was checked out at the first write."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from watcher.adapters.catalogs.git import Repository
from watcher.domain.errors import CatalogError

_HEADS: Final = "refs/heads/"
_REMEDY: Final = (
    "check {wanted} out; if the catalog is to live elsewhere, set [catalog] branch or run `watcher catalog adopt`"
)


def checked_out(repository: Repository) -> str:
    """The name of the git branch that is checked out, "" if HEAD is detached."""
    ref = repository.git.perhaps("symbolic-ref", "--quiet", "HEAD")
    return ref.removeprefix(_HEADS) if ref.startswith(_HEADS) else ""


def read_from(repository: Repository, lock: Path, configured: str) -> Repository:
    """The Repository set to the catalog's branch for reading, whatever is checked out; before the first write that is
    the branch checked out. Raises CatalogError if HEAD is detached and no branch is known.
    """
    branch = configured or _remembered(lock) or checked_out(repository)
    if not branch:
        raise _detached(repository, "")
    return repository.on(branch)


def written_to(repository: Repository, lock: Path, configured: str, *, keep: bool = True) -> Repository:
    """The Repository set to the catalog's branch for writing. The first write stores the branch that is checked out as
    the catalog's, unless `keep` is False. Raises CatalogError if the catalog's branch is not checked out.
    """
    wanted, current = configured or _remembered(lock), checked_out(repository)
    if not current:
        repository.at_rest()  # a rebase detaches HEAD, and is the better thing to tell of
        raise _detached(repository, wanted)
    if not wanted:
        wanted = _remember(lock, current) if keep else current
    if current != wanted:
        raise CatalogError(
            f"the branch checked out is {current!r}, not {wanted!r}",
            about=str(repository.git.folder),
            remedy=_REMEDY.format(wanted=wanted),
        )
    return repository.on(wanted)


def take_over(repository: Repository, lock: Path) -> None:
    """Store the git branch that is checked out as the catalog's branch. Raises CatalogError if HEAD is detached."""
    current = checked_out(repository)
    if not current:
        raise _detached(repository, "")
    with suppress(FileNotFoundError):
        _place(lock).unlink()
    _remember(lock, current)


def _detached(repository: Repository, wanted: str) -> CatalogError:
    bisecting = (repository.folder / "BISECT_START").exists()
    return CatalogError(
        "no branch is checked out (HEAD is detached" + (", a bisect is under way)" if bisecting else ")"),
        about=str(repository.git.folder),
        remedy="end it: git bisect reset" if bisecting else _REMEDY.format(wanted=wanted or "a branch"),
    )


def _place(lock: Path) -> Path:
    return lock.with_suffix(".branch")


def _remembered(lock: Path) -> str:
    try:
        return _place(lock).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise CatalogError(
            f"the catalog's branch cannot be read: {type(error).__name__}",
            about=str(_place(lock)),
            remedy="mend the file's rights, or run `watcher catalog adopt`",
        ) from error


def _remember(lock: Path, branch: str) -> str:
    """Store the branch's name atomically, and return it."""
    draft = lock.with_suffix(".branch-draft")
    try:
        draft.write_text(f"{branch}\n", encoding="utf-8")
        draft.replace(_place(lock))
    except OSError as error:
        raise CatalogError(
            f"the catalog's branch cannot be kept: {error.strerror}",
            about=str(_place(lock)),
            remedy="mend the folder's rights",
        ) from error
    return branch
