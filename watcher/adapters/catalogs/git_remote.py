"""Git operations with the remote: fetch, push, and merge of what others pushed; nothing is ever forced."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from watcher.adapters.catalogs import files
from watcher.adapters.catalogs.git import Repository, written_to
from watcher.adapters.catalogs.git_process import SECRET, Git
from watcher.adapters.catalogs.merge import BranchMerge
from watcher.domain.catalog.shape import DEFAULT, Shape
from watcher.domain.errors import CatalogError, PushError, PushRefused

_NETWORK_SECONDS = 120.0
# Git's words where the remote's branch has moved since it was fetched.
_OTHERS_WERE_FASTER = ("fetch first", "non-fast-forward", "cannot lock ref", "failed to update ref")


class Remote:
    """A git remote of the repository that contains the catalog file: fetches, checks, merges and pushes."""

    def __init__(
        self, repository: Repository, path: Path, lock: Path, name: str, branch: str = "", shape: Shape = DEFAULT
    ) -> None:
        """`path` is the catalog's file and `shape` its layout, `lock` the lock file of its writers, `name` git's name
        for the remote, `branch` the catalog's branch if one is configured.
        """
        self._repository = repository
        self._git: Git = repository.git
        self._path = path
        self._shape = shape
        self._lock = lock
        self._name = name
        self._branch = branch

    def address(self) -> str:
        """The URL of the git remote. Raises PushRefused if it is not configured."""
        found = self._git.run("remote", "get-url", "--push", self._name)
        if found.returncode:
            raise push_error(f"no remote {self._name!r}: {os.fsdecode(found.stderr)}", self._name)
        return os.fsdecode(found.stdout).strip()

    def tips(self, *branches: str) -> dict[str, str]:
        """Fetch the given branches and return the last commit of each that exists at the remote. Raises PushError."""
        listed = self._online("ls-remote", "--heads", self._name, *(f"refs/heads/{branch}" for branch in branches))
        there = {line.partition("\trefs/heads/")[2] for line in listed.splitlines()}
        tips = [branch for branch in branches if branch in there]
        if tips:
            refs = [f"+refs/heads/{branch}:refs/remotes/{self._name}/{branch}" for branch in tips]
            self._online("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", self._name, *refs)
        # Somebody may have pushed between the two: what was fetched is what counts.
        return {branch: self._git.line("rev-parse", f"refs/remotes/{self._name}/{branch}") for branch in tips}

    def saw(self, branch: str, commit: str, at: datetime) -> None:
        """Record the commit at which a branch ended at the remote, in a git ref of the bot's own, to notice later if
        somebody rewrote or deleted the branch.
        """
        if commit:
            self._git("update-ref", self._memory(branch), commit, at=at)

    def _memory(self, branch: str) -> str:
        return f"refs/watcher/{self._name}/{branch}"

    def must_not_be_rewritten(self, branch: str, tip: str, head: str) -> None:
        """Check that a branch at the remote still contains the commit at which it last ended. Raises PushRefused if
        somebody removed it by a forced push and it exists locally, because a merge would bring it back.
        """
        seen = self._git.perhaps("rev-parse", "--verify", "--quiet", self._memory(branch))
        if not seen or self._leads_to(seen, tip) or not self._leads_to(seen, head) or self.same(seen, tip):
            return
        there = f"{self._name}/{branch}"
        raise PushRefused(
            f"the branch {branch!r} was rewritten at the remote (a forced push)",
            about=self._name,
            remedy=f"see git log {there}..{branch}; to follow it: git stash, git reset --hard {there}, and put rows that are missing"
            f" then back at the desk; to keep what is here: git merge {there}, git push {self._name} {branch}",
        )

    def _leads_to(self, one: str, other: str) -> bool:
        return self._git.run("merge-base", "--is-ancestor", one, other).returncode == 0

    def must_be_new(self, branch: str) -> None:
        """Check that a branch that the remote lacks was never there. Raises PushRefused if somebody deleted it there, or
        if the local branch follows another one, because nobody would read a new one.
        """
        follows = self._git.perhaps("config", "--get", f"branch.{branch}.merge").removeprefix("refs/heads/")
        followed = follows == branch
        if follows and not followed and self._git.perhaps("config", "--get", f"branch.{branch}.remote") == self._name:
            raise PushRefused(
                f"the branch {branch!r} is not at the remote, it follows {follows!r} there",
                about=self._name,
                remedy=f"git branch -m {branch} {follows}, then set [catalog] branch or run `watcher catalog adopt`; for a branch"
                f" of its own: git push {self._name} {branch}",
            )
        known = (self._memory(branch), f"refs/remotes/{self._name}/{branch}")
        if not followed and not any(self._git.perhaps("rev-parse", "--verify", "--quiet", ref) for ref in known):
            return
        told = self._online("ls-remote", "--symref", self._name, "HEAD").partition("\t")[0]
        default = told.removeprefix("ref: refs/heads/") if told.startswith("ref: ") else ""
        new = default or "NEW"
        raise PushRefused(
            f"the branch {branch!r} is gone from the remote"
            + (f", whose default branch is {default!r}" if default and default != branch else ""),
            about=self._name,
            remedy=f"if it was renamed: git branch -m {branch} {new}, git branch -u {self._name}/{new}, then set [catalog]"
            f" branch or run `watcher catalog adopt`; if it is wanted again: git push {self._name} {branch}",
        )

    def push(self, commit: str, branch: str) -> str:
        """Push a commit to a branch and return ""; git's message if others may have pushed in the meantime. Raises
        PushError or PushRefused.
        """
        arguments = ("push", "--porcelain", "--no-verify", self._name, f"{commit}:refs/heads/{branch}")
        try:
            done = self._git.run(*arguments, seconds=_NETWORK_SECONDS)
        except CatalogError as error:  # it took too long; whether it arrived is seen with the next try
            raise push_error(error.message, self._name) from None
        if done.returncode == 0:
            return ""
        said = os.fsdecode(done.stderr + done.stdout)
        if any(sign in said for sign in _OTHERS_WERE_FASTER):
            return said
        raise push_error(said, self._name)

    def rehearse(self, commit: str) -> None:
        """Check whether the remote would accept a push (`git push --dry-run`). Raises PushError or PushRefused."""
        # To a name of its own: a branch that others moved would refuse even a push that is allowed.
        self._online(
            "push", "--dry-run", "--porcelain", "--no-verify", self._name, f"{commit}:refs/heads/watcher/doctor"
        )

    def same(self, one: str, other: str) -> bool:
        """Whether two commits contain the same files (have the same tree)."""
        return self._git.line("rev-parse", f"{one}^{{tree}}") == self._git.line("rev-parse", f"{other}^{{tree}}")

    @contextmanager
    def merging(self, at: datetime) -> Iterator[BranchMerge]:
        """Context manager that locks the catalog's file and yields a BranchMerge, which merges other commits into the
        catalog's branch. A merge that the bot began before and that was interrupted is completed first. `at` is the
        present time, for new commits.

        Raises CatalogError if the file cannot be locked, the branch is not checked out, or a person's merge or rebase
        is unfinished.
        """
        with files.alone(self._lock):
            repository = written_to(self._repository, self._lock, self._branch)
            merge = BranchMerge(repository, self._path, self._shape)
            merge.finish(at)
            repository.at_rest()
            repository.mend_index(files.read(self._path), at)
            yield merge

    def _online(self, *arguments: str) -> str:
        try:
            done = self._git.run(*arguments, seconds=_NETWORK_SECONDS)
        except CatalogError as error:  # it took too long
            raise push_error(error.message, self._name) from None
        if done.returncode:
            raise push_error(os.fsdecode(done.stderr), self._name)
        return os.fsdecode(done.stdout)


_AUTHENTICATION = "the remote does not accept our credentials"
_PROTECTED = "the branch is protected"
_NO_REMOTE = "there is no such repository, or it is not ours to see"
_UNREACHABLE = "the remote cannot be reached"

_UNSIGNED = "the remote wants signed commits"
_AUTHOR = "the remote does not accept the commits' author"
_HELD = "the remote does not accept what a commit holds"
_SETUP = "git on this machine is not set up for the remote"
_REJECTED = "the remote refuses the push"

# In this order: an answer may hold several.
_SIGNS: Final = (
    (
        _UNSIGNED,
        re.compile(
            r"(?:verified|valid|gpg|ssh) signatures?|must be signed|(?:un|not )signed|signed commits?|signature (?:is )?(?:required|missing)",
            re.IGNORECASE,
        ),
    ),
    (_AUTHOR, re.compile(r"GH007|(?:author|committer)\b.{0,40}\be-?mail|e-?mail .{0,40}must match", re.IGNORECASE)),
    (
        _HELD,
        re.compile(
            r"GH001|large files|size limit|push protection|contain secrets|commit message .{0,40}(?:pattern|format)",
            re.IGNORECASE,
        ),
    ),
    (
        _PROTECTED,
        re.compile(
            r"protected branch|GH006|GH013|hook declined|must use a pull request|prohibited by Gerrit", re.IGNORECASE
        ),
    ),
    (
        _SETUP,
        re.compile(
            r"host key verification|certificate|is not a git command|remote helper|hash algorithm|dubious ownership"
            r"|transport '[^']*' not allowed|can't be combined|(?:response|HTTP|error:) 407",
            re.IGNORECASE,
        ),
    ),
    (_REJECTED, re.compile(r"\[remote rejected\](?! \(unpacker)|archived|insufficient permission for", re.IGNORECASE)),
    (
        _AUTHENTICATION,
        re.compile(
            r"authentication failed|could not read (?:Username|Password)|permission (?:to \S+ )?denied|invalid username"
            r"|terminal prompts disabled|HTTP 40[13]|error: 40[13]|bad credentials|re-?authorize|marked as read only",
            re.IGNORECASE,
        ),
    ),
    (
        _NO_REMOTE,
        re.compile(
            r"not found|does not appear to be a git repository|no such remote|no remote|HTTP 404", re.IGNORECASE
        ),
    ),
)
_REMEDIES: Final = {
    _UNSIGNED: "set commit.gpgSign and user.signingKey in git's configuration of this machine, and sign what waits once: "
    "git rebase --force-rebase --gpg-sign REMOTE/BRANCH",
    _AUTHOR: "set author_name and author_email in [catalog] to what the remote accepts",
    _AUTHENTICATION: "give the watcher a key or a GITHUB_TOKEN that may write there",
    _HELD: "see what it names with git log -p REMOTE/BRANCH.., and take it out of the commits that wait",
    _SETUP: "try git push by hand as the user that runs the watcher, and mend what git says",
    _REJECTED: "mend at the remote what it says; the next try goes on",
    _PROTECTED: 'let the watcher push there, or set push = "pull-request" in watcher.toml',
    _NO_REMOTE: "check `git remote -v` in the catalog's repository and the token's rights",
}


def push_error(said: str, about: str) -> PushError:
    """The error for a failed push, from git's message: PushRefused if only a person can correct the cause, else
    PushError.
    """
    told = " ".join(SECRET.sub("", said).split())[:300]
    for meaning, sign in _SIGNS:
        if sign.search(said):
            return PushRefused(f"{meaning}: {told}", about=about, remedy=_REMEDIES[meaning])
    return PushError(f"{_UNREACHABLE}: {told}", about=about, remedy="the rows are kept; it is tried again")
