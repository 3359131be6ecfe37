"""The last commit here brought to the remote: what others pushed is taken in first, and nothing is ever forced."""

from __future__ import annotations

import os
import tempfile
from datetime import datetime
from pathlib import Path

from watcher.adapters.catalogs import files
from watcher.adapters.catalogs.git import Repository
from watcher.adapters.catalogs.git_process import Git
from watcher.adapters.catalogs.git_said import push_error
from watcher.adapters.catalogs.markdown_merge import reapplied
from watcher.domain.errors import CatalogConflict, CatalogError

_NETWORK_SECONDS = 120.0
_OTHERS_WERE_FASTER = ("fetch first", "non-fast-forward", "cannot lock ref", "failed to update ref")


class Remote:
    """A remote of the repository that holds the catalog file."""

    def __init__(self, repository: Repository, path: Path, lock: Path, name: str) -> None:
        """`path` is the catalog, `lock` the lock of whoever writes to it, `name` git's name for the remote."""
        self._repository = repository
        self._git: Git = repository.git
        self._path = path
        self._lock = lock
        self._name = name

    def address(self) -> str:
        """Where it is. Raises PushRefused when there is no such remote."""
        found = self._git.run("remote", "get-url", "--push", self._name)
        if found.returncode:
            raise push_error(f"no remote {self._name!r}: {os.fsdecode(found.stderr)}", self._name)
        return os.fsdecode(found.stdout).strip()

    def tips(self, *branches: str) -> dict[str, str]:
        """The last commits of those of the branches that are there, fetched. Raises PushError."""
        listed = self._online("ls-remote", "--heads", self._name, *(f"refs/heads/{branch}" for branch in branches))
        there = {line.partition("\trefs/heads/")[2] for line in listed.splitlines()}
        tips = [branch for branch in branches if branch in there]
        if tips:
            refs = [f"+refs/heads/{branch}:refs/remotes/{self._name}/{branch}" for branch in tips]
            self._online("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", self._name, *refs)
        # Somebody may have pushed between the two: what was fetched is what counts.
        return {branch: self._git.line("rev-parse", f"refs/remotes/{self._name}/{branch}") for branch in tips}

    def push(self, commit: str, branch: str) -> bool:
        """Put a commit at the end of a branch; False when others were faster. Raises PushError or PushRefused."""
        arguments = ("push", "--porcelain", "--no-verify", self._name, f"{commit}:refs/heads/{branch}")
        try:
            done = self._git.run(*arguments, seconds=_NETWORK_SECONDS)
        except CatalogError as error:  # it took too long; whether it arrived is seen with the next try
            raise push_error(error.message, self._name) from None
        if done.returncode == 0:
            return True
        said = os.fsdecode(done.stdout + done.stderr)
        if any(sign in said for sign in _OTHERS_WERE_FASTER):
            return False
        raise push_error(said, self._name)

    def same(self, one: str, other: str) -> bool:
        """Whether two commits hold the same files."""
        return self._git.line("rev-parse", f"{one}^{{tree}}") == self._git.line("rev-parse", f"{other}^{{tree}}")

    def contains(self, tip: str, commit: str) -> bool:
        """Whether a commit is part of a branch's history."""
        return self._git.run("merge-base", "--is-ancestor", commit, tip).returncode == 0

    def take_in(self, tip: str, branch: str, at: datetime) -> str:
        """Make the last commit here contain `tip`; gives it. Drafts in the working files stay.

        Raises CatalogConflict where people must merge, CatalogError when git cannot.
        """
        with files.alone(self._lock):
            repository = self._repository
            repository.at_rest()
            head = repository.head()
            if self.contains(head, tip):
                return head
            base = self._git.perhaps("merge-base", head, tip)
            if not base:
                raise CatalogConflict("the histories have nothing in common", about=branch, remedy="check the remote")
            new = tip if base == head else self._merged(head, tip, base, branch, at)
            self._moved(head, new, at)
            return new

    def _merged(self, head: str, tip: str, base: str, branch: str, at: datetime) -> str:
        """A commit after both, the catalog in it theirs with our changes."""
        done = self._git.run("merge-tree", "--write-tree", "--no-messages", "--name-only", "-z", head, tip)
        if done.returncode not in {0, 1}:
            raise CatalogError(f"git merge-tree failed: {os.fsdecode(done.stderr)[:300]}", about=branch)
        tree, *conflicts = os.fsdecode(done.stdout).rstrip("\0").split("\0")
        if other := sorted({name for name in conflicts if name} - {self._repository.file}):
            raise CatalogConflict(
                f"{other[0][:80]} was changed here and there",
                about=branch,
                remedy="merge by hand; the next try goes on",
            )
        ours, theirs, before = (self._repository.committed(commit) for commit in (head, tip, base))
        if ours is None or theirs is None or before is None:
            raise CatalogConflict(
                "the file is not there on both sides",
                about=f"{branch}: {self._repository.file}",
                remedy="merge by hand",
            )
        whole = reapplied(before, ours, theirs, self._texts, self._repository.file)
        tree = self._repository.tree_with(tree, whole, at)
        message = f"catalog: merge {self._name}/{branch}"
        return self._git.line("commit-tree", "-p", head, "-p", tip, tree, stdin=message.encode(), at=at)

    def _moved(self, head: str, new: str, at: datetime) -> None:
        """Working files and index first, then the branch: cut short, the next try does the same again."""
        before, after = self._repository.committed(head), self._repository.committed(new)
        if before is None or after is None:
            raise CatalogConflict("the file is not there on both sides", about=self._repository.file)
        others = self._repository.tree_with(new, before, at)
        done = self._git.run("read-tree", "-m", "-u", head, others)
        if done.returncode:
            raise CatalogConflict(
                f"files with uncommitted changes would be overwritten: {os.fsdecode(done.stderr)[:300]}",
                about=str(self._git.folder),
                remedy="commit or put away those changes; the next try goes on",
            )

        def brought(draft: bytes) -> bytes:
            return reapplied(before, draft, after, self._texts, self._repository.file)

        files.rewrite(self._path, lambda draft: (brought(draft), None))
        self._repository.enter(brought, before, after, at)
        self._git("update-ref", "-m", "watcher: merge", "HEAD", new, head, at=at)

    def _texts(self, base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
        with tempfile.TemporaryDirectory() as folder:
            names = [Path(folder, name) for name in ("ours", "base", "theirs")]
            for name, data in zip(names, (ours, base, theirs), strict=True):
                name.write_bytes(data)
            done = self._git.run("merge-file", "--stdout", *map(str, names))
        return done.stdout if done.returncode == 0 else None

    def _online(self, *arguments: str) -> str:
        try:
            done = self._git.run(*arguments, seconds=_NETWORK_SECONDS)
        except CatalogError as error:  # it took too long
            raise push_error(error.message, self._name) from None
        if done.returncode:
            raise push_error(os.fsdecode(done.stderr), self._name)
        return os.fsdecode(done.stdout)
