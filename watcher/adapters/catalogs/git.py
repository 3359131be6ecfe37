"""A changed file in somebody's repository turned into a commit of that file alone."""

from __future__ import annotations

import os
import subprocess
from datetime import datetime
from pathlib import Path

from watcher.domain.errors import CatalogError

_SECONDS = 60
# Git and the hooks it runs get what they need to work and none of the watcher's secrets; left out above all are
# GIT_DIR and its kin, which would point git at another repository.
_PASSED_ON = ("PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "USER", "LOGNAME")


class Repository:
    """The repository that holds one file, as far as that file goes."""

    def __init__(self, path: Path, folder: Path, author: tuple[str, str]) -> None:
        """`path` is the file, `folder` git's own folder, `author` name and e-mail address of the commits."""
        self.folder = folder
        self._path = path
        self._pathspec = f":(literal){path.name}"
        self._author = author

    def committed(self) -> bytes | None:
        """The file as the last commit has it, or None where it has none. Raises CatalogError."""
        found = self._run("rev-parse", "--verify", "--quiet", f"HEAD:./{self._path.name}", failing=(1,))
        return self._run("cat-file", "blob", found.decode().strip()) if found else None

    def commit(self, message: str, at: datetime) -> str:
        """Commit the file as it stands and nothing else; gives the commit's hash. Raises CatalogError."""
        self._run("add", "--", self._pathspec)
        self._run("commit", "--quiet", "--only", f"--message={message}", "--", self._pathspec, at=at)
        return self._run("rev-parse", "--verify", "HEAD").decode().strip()

    def last_change(self, text: str) -> str:
        """The hash of the last commit that put `text` into the file or took it out, else "". Raises CatalogError."""
        if self._run("rev-parse", "--verify", "--quiet", "HEAD", failing=(1,)) == b"":
            return ""
        return self._run("log", "-1", "--format=%H", f"-S{text}", "--", self._pathspec).decode().strip()

    def _run(self, *arguments: str, failing: tuple[int, ...] = (), at: datetime | None = None) -> bytes:
        done = _git(self._path.parent, *arguments, author=self._author, at=at)
        if done.returncode in failing:
            return b""
        if done.returncode:
            raise _failure(self._path, arguments[0], done.stderr)
        return done.stdout


def repository_of(path: Path, author_name: str, author_email: str) -> Repository | None:
    """The repository a file belongs to; None outside of any, inside git's own folder, or where it is ignored.

    Raises CatalogError when there is a repository but git cannot or will not work with it.
    """
    try:
        found = _git(path.parent, "rev-parse", "--is-inside-work-tree", "--absolute-git-dir")
    except FileNotFoundError as error:
        if not any((folder / ".git").exists() for folder in path.parents):
            return None
        raise CatalogError("stands in a repository", about=str(path), remedy="install git") from error
    if b"not a git repository" in found.stderr:
        return None
    if found.returncode:
        raise _failure(path, "rev-parse", found.stderr)
    inside, folder = os.fsdecode(found.stdout).rstrip("\n").split("\n", 1)
    if inside != "true":
        return None
    ignored = _git(path.parent, "check-ignore", "--quiet", "--", f"./{path.name}")
    if ignored.returncode not in {0, 1}:
        raise _failure(path, "check-ignore", ignored.stderr)
    return Repository(path, Path(folder), (author_name, author_email)) if ignored.returncode else None


def _git(
    folder: Path, *arguments: str, author: tuple[str, str] = ("", ""), at: datetime | None = None
) -> subprocess.CompletedProcess[bytes]:
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | {
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": author[0],
        "GIT_AUTHOR_EMAIL": author[1],
        "GIT_COMMITTER_NAME": author[0],
        "GIT_COMMITTER_EMAIL": author[1],
    }
    if at is not None:
        environment["GIT_AUTHOR_DATE"] = at.isoformat(timespec="seconds")
    try:
        return subprocess.run(
            ["git", "-c", "commit.gpgsign=false", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CatalogError(
            f"git {arguments[0]} took over {_SECONDS} s", about=str(folder), remedy="look for a waiting hook"
        ) from error


def _failure(path: Path, command: str, stderr: bytes) -> CatalogError:
    said = stderr.decode(errors="replace").strip()
    if "index.lock" in said:
        remedy = "if no git is at work, delete .git/index.lock; the row stands and is committed with the next try"
    else:
        remedy = f"mend what git says in {path.parent}; the next try commits"
    return CatalogError(f"git {command} failed: {said[:400]}", about=str(path), remedy=remedy)
