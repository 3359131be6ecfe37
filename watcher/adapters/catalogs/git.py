"""Commits a change of one file with git's plumbing commands, leaving everything else in the working tree and index as
it is, to the catalog's branch: the configured one, or the one that was checked out at the first write.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final

from watcher.adapters.catalogs.git_process import Filter, Git, commit_of, failure, filter_of
from watcher.domain.errors import CatalogError

Edit = Callable[[bytes], bytes]
_UNDER_WAY = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply", "sequencer")
_FILE = "100644"  # git's mode of an ordinary file
_ENTERED = "refs/watcher/entered"  # its reflog holds the commits whose file was put into the index
_FILTERED = 200  # commits whose file is looked through its filter, which takes a process each


@dataclass(frozen=True, slots=True)
class Change:
    """A commit that was created but that no branch points to yet ("" if nothing changed), on top of `head`, and the
    file's bytes before and after it.
    """

    head: str
    commit: str
    before: bytes | None
    after: bytes


class Repository:
    """A git repository, limited to one file in it, the catalog. Callers hold the file's lock."""

    def __init__(self, git: Git, folder: Path, file: str, branch: str = "") -> None:
        """`folder` is the `.git` folder, `file` the path of the file from the top of the work tree, `branch` the branch
        to read and commit to; if it is "", HEAD is read and nothing can be committed.
        """
        self.git = git
        self.folder = folder
        self.file = file
        self.branch = branch
        self.ref = f"refs/heads/{branch}" if branch else "HEAD"
        self._pathspec = f":(top,literal){file}"

    def on(self, branch: str) -> Repository:
        """A Repository for the same file that reads and writes another branch."""
        return Repository(self.git, self.folder, self.file, branch)

    @cached_property
    def filter(self) -> Filter | None:
        """The git filter (clean and smudge programs) of the file, None if it has none. Raises CatalogError if it is not
        configured on this machine.
        """
        return filter_of(self.git, self.file.rpartition("/")[2])

    def at_rest(self) -> None:
        """Check that no merge or rebase by a person is in progress, because a commit would become part of it. Raises
        CatalogError otherwise.
        """
        found = next((name for name in _UNDER_WAY if (self.folder / name).exists()), None)
        if found is not None:
            raise CatalogError(
                f"a merge or rebase is unfinished ({found})",
                about=str(self.git.folder),
                remedy="finish or abort it (git status says how); the next try goes on",
            )

    def head(self) -> str:
        """The hash of the last commit on the catalog's git branch, "" before the first. Raises CatalogError if the branch
        names a commit that the repository lacks.
        """
        found = self.git.perhaps("rev-parse", "--verify", "--quiet", f"{self.ref}^{{commit}}")
        if not found and (lacking := self.git.perhaps("rev-parse", "--verify", "--quiet", self.ref)):
            raise CatalogError(
                f"the repository is damaged: it lacks the branch's last commit {lacking[:10]}",
                about=str(self.git.folder),
                remedy="see git fsck, or clone it anew; the next try goes on",
            )
        return found

    def blob(self, commit: str) -> str:
        """The hash of the file's blob in a commit, "" if the commit does not contain the file."""
        return self.git.perhaps("rev-parse", "--verify", "--quiet", f"{commit}:{self.file}") if commit else ""

    def committed(self, commit: str | None = None) -> bytes | None:
        """The file's bytes in a commit, by default the branch's last one, after the smudge filter; None if the commit
        does not contain it.

        Raises CatalogError.
        """
        blob = self.blob(self.ref if commit is None else commit)
        return self._content(blob) if blob else None

    def made(self, edit: Edit, whole: bytes, message: str, at: datetime) -> Change:
        """Create a commit in which `edit` has changed the last committed file (`whole` is the new content of a file
        never committed); the commit's id is "" if nothing changes. No branch is moved. Raises CatalogError.
        """
        head = self.head()
        before = self.committed(head)
        after = whole if before is None else edit(before)
        if after == before:
            return Change(head, "", before, after)
        tree = self.tree_with(head, self.stored(after), at)
        return Change(head, commit_of(self.git, tree, [head] if head else [], message, at), before, after)

    def moved(self, change: Change, edit: Edit, message: str, at: datetime) -> str:
        """Move the branch to a commit that `made` created, and return the commit. Uncommitted changes in the file and
        the index stay.

        Raises CatalogError, also if the branch was moved in the meantime or is no longer checked out.
        """
        if not change.commit:
            self.enter(edit, change.before, change.after, change.head, at)
            return ""
        self._must_be_checked_out()
        # The index first: should the process be killed between the two, a person's commit holds the change, and does
        # not take it back.
        self.enter(edit, change.before, change.after, change.commit, at)
        self.advance(change.head, change.commit, message, at)
        return change.commit

    def advance(self, old: str, new: str, message: str, at: datetime) -> None:
        """Move the branch from one commit to another (compare and swap). Raises CatalogError if it is at another
        commit, or not checked out, because index and working file would then belong to another branch.
        """
        self._must_be_checked_out()
        self.git("update-ref", "-m", f"watcher: {message}", self.ref, new, old or "0" * len(new), at=at)

    def _must_be_checked_out(self) -> None:
        if self.git.perhaps("symbolic-ref", "--quiet", "HEAD") != self.ref:
            raise CatalogError(
                f"the branch {self.branch!r} is no longer checked out",
                about=str(self.git.folder),
                remedy=f"check {self.branch} out; the next try goes on",
            )

    def stored(self, data: bytes) -> str:
        """Store bytes as a git blob, after the file's clean filter if it has one, and return its hash. Line ends are
        not converted. Raises CatalogError.
        """
        if self.filter is not None:
            return self.filter.cleaned(data, self.file.rpartition("/")[2])
        return self.git.line("hash-object", "-w", "--stdin", "--no-filters", stdin=data)

    def _content(self, blob: str) -> bytes:
        if self.filter is not None:
            return self.filter.smudged(blob, self.file)
        return self.git("cat-file", "blob", blob)

    def tree_with(self, tree: str, blob: str, at: datetime) -> str:
        """Copy a git tree ("" for an empty one), replacing the catalog file by a blob, and return the new tree's
        hash.
        """
        index = self.folder / "watcher-index"
        for leftover in (index, index.with_name("watcher-index.lock")):
            leftover.unlink(missing_ok=True)  # of a process that was killed; the file's lock keeps living ones out
        try:
            self.git("read-tree", *([tree] if tree else ["--empty"]), index=index, at=at)
            self._enter(blob, self._mode(tree), index, at)
            return self.git.line("write-tree", index=index, at=at)
        finally:
            index.unlink(missing_ok=True)

    def last_change(self, text: str) -> str:
        """The hash of the last commit on the catalog's branch that added `text` to the file or removed it; without a
        text, the last one that changed the file. "" if there is none. Raises CatalogError.
        """
        if not self.head():
            return ""
        wanted = [f"-S{text}"] if text else []
        return self.git.line("log", "-1", "--no-merges", "--format=%H", *wanted, self.ref, "--", self._pathspec)

    def holds(self, commit: str) -> bool:
        """Whether the catalog's git branch contains a commit."""
        return bool(commit) and self.git.run("merge-base", "--is-ancestor", commit, self.ref).returncode == 0

    def taken_out(self, text: str) -> tuple[str, str]:
        """The hash and the subject of the last commit on the branch, merges aside, that removed `text` from the file or
        added it; "" if no commit ever contained the text. Raises CatalogError.
        """
        log = ("log", "--full-history", "--format=%H %s")
        if self.filter is None:
            found = self.git.line(*log, "-1", f"-S{text}", self.ref, "--", self._pathspec)
            commit, _, subject = found.partition(" ")
            return commit, subject
        later = ("", "")  # git looks through no filter
        for line in self.git.line(*log, f"-{_FILTERED}", self.ref, "--", self._pathspec).splitlines():
            commit, _, subject = line.partition(" ")
            if text.encode() in self._held(commit):
                return later
            later = (commit, subject)
        return "", ""

    def _held(self, commit: str) -> bytes:
        """The file in an earlier commit; unfiltered if the smudge filter cannot read it, which may not have been set up
        then.
        """
        blob = self.blob(commit)
        try:
            return self._content(blob) if blob else b""
        except CatalogError:
            return self.git("cat-file", "blob", blob)

    def enter(self, edit: Edit, before: bytes | None, after: bytes, commit: str, at: datetime) -> None:
        """Apply a committed change of the catalog file to git's index too, because a person's next commit would
        otherwise revert it; `commit` contains `after`.
        """
        staged = self._staged()
        if before is not None and not staged:
            return  # somebody staged the file's removal
        if any(stage != "0" for _, _, _, stage in staged):
            raise CatalogError("the file is unmerged", about=self.file, remedy="finish the merge; the next try goes on")
        tag, mode, blob, _ = staged[0] if staged else ("", _FILE, "", "")
        standing = self._content(blob) if blob else b""  # empty too where somebody only announced the file (add -N)
        wanted = after if not standing or standing == before else edit(standing)
        if wanted == standing:
            return
        if wanted == after:
            self.git("update-ref", "--create-reflog", _ENTERED, commit, at=at)
        self._stage(self.blob(commit) if wanted == after else self.stored(wanted), mode, tag, at)

    def mend_index(self, working: bytes, at: datetime) -> None:
        """Put the file as last committed into git's index if `working`, the working file, is the same and the index
        holds another commit's version.

        A person may have reset the branch while `enter` was at work. What people staged is in no commit, and stays.
        """
        if not self.git.perhaps("diff-index", "--cached", self.ref, "--", self._pathspec):
            return
        staged, blob = self._staged(), self.blob(self.ref)
        if not blob or [stage for _, _, _, stage in staged] != ["0"]:
            return
        tag, mode, entered, _ = staged[0]
        if self._content(blob) not in {working, working.replace(b"\r\n", b"\n")}:
            return
        known = ("log", "-1", "--format=%H", "--reflog", "--diff-merges=first-parent", f"--find-object={entered}")
        if self.git.perhaps(*known, self.ref, "--", self._pathspec):
            self._stage(blob, mode, tag, at)

    def _staged(self) -> list[list[str]]:
        """The file's entries in the index: tag of its marks, mode, blob and stage of each."""
        entries = os.fsdecode(self.git("ls-files", "-v", "--stage", "-z", "--", self._pathspec)).split("\0")[:-1]
        return [entry.split("\t")[0].split() for entry in entries]

    def _stage(self, blob: str, mode: str, tag: str, at: datetime) -> None:
        self._enter(blob, mode, None, at)
        flags = ("--assume-unchanged",) * tag.islower() + ("--skip-worktree",) * (tag.upper() == "S")
        for flag in flags:  # somebody's marks, which a new entry does not have
            self.git("update-index", flag, "--", f"./{self.file.rpartition('/')[2]}", at=at)

    def _enter(self, blob: str, mode: str, index: Path | None, at: datetime) -> None:
        entry = f"{mode} {blob}\t{self.file}\0"
        self.git("update-index", "-z", "--index-info", stdin=os.fsencode(entry), index=index, at=at)

    def _mode(self, tree: str) -> str:
        found = self.git.line("ls-tree", "--full-tree", tree, "--", self.file) if tree else ""
        return found.split()[0] if found else _FILE


def _is_marked(path: Path) -> bool:
    """Whether a folder above the file holds `.git`. Git looks no further up than the mount point."""
    device = path.parent.stat().st_dev
    return any((folder / ".git").exists() for folder in path.parents if folder.stat().st_dev == device)


def repository_of(path: Path, author_name: str, author_email: str) -> Repository | None:
    """The repository that contains a file; None if there is none, or the file is ignored or inside git's own folder.

    Raises CatalogError if there is a repository that git cannot or will not use, or that has no work tree.
    """
    git = Git(path.parent, (author_name, author_email))
    try:
        found = git.run("rev-parse", "--is-inside-work-tree", "--absolute-git-dir", "--show-prefix")
    except FileNotFoundError as error:
        if not _is_marked(path):
            return None
        raise CatalogError("stands in a repository", about=str(path), remedy="install git") from error
    if b"not a git repository" in found.stderr and not _is_marked(path):
        return None
    if found.returncode:
        raise failure(path.parent, "rev-parse", found.stderr)
    inside, folder, prefix = os.fsdecode(found.stdout).removesuffix("\n").split("\n", 2)
    if inside != "true":
        if Path(folder) in path.parents:
            return None
        raise CatalogError(
            "its repository has no work tree (core.bare is set)",
            about=str(path),
            remedy=f"git -C '{path.parent}' config core.bare false, or keep the list elsewhere",
        )
    ignored = git.run("check-ignore", "--quiet", "--", f"./{path.name}")
    if ignored.returncode not in {0, 1}:
        raise failure(path.parent, "check-ignore", ignored.stderr)
    return Repository(git, Path(folder), f"{prefix}{path.name}") if ignored.returncode else None


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
    branch = configured or _stored_branch(lock) or checked_out(repository)
    if not branch:
        raise _detached(repository, "")
    return repository.on(branch)


def written_to(repository: Repository, lock: Path, configured: str, *, keep: bool = True) -> Repository:
    """The Repository set to the catalog's branch for writing. The first write stores the branch that is checked out as
    the catalog's, unless `keep` is False. Raises CatalogError if the catalog's branch is not checked out.
    """
    wanted, current = configured or _stored_branch(lock), checked_out(repository)
    if not current:
        repository.at_rest()  # a rebase detaches HEAD, and is the better thing to tell of
        raise _detached(repository, wanted)
    if not wanted:
        wanted = _store_branch(lock, current) if keep else current
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
        _branch_file(lock).unlink()
    _store_branch(lock, current)


def _detached(repository: Repository, wanted: str) -> CatalogError:
    bisecting = (repository.folder / "BISECT_START").exists()
    return CatalogError(
        "no branch is checked out (HEAD is detached" + (", a bisect is under way)" if bisecting else ")"),
        about=str(repository.git.folder),
        remedy="end it: git bisect reset" if bisecting else _REMEDY.format(wanted=wanted or "a branch"),
    )


def _branch_file(lock: Path) -> Path:
    return lock.with_suffix(".branch")


def _stored_branch(lock: Path) -> str:
    try:
        return _branch_file(lock).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise CatalogError(
            f"the catalog's branch cannot be read: {type(error).__name__}",
            about=str(_branch_file(lock)),
            remedy="mend the file's rights, or run `watcher catalog adopt`",
        ) from error


def _store_branch(lock: Path, branch: str) -> str:
    """Store the branch's name atomically, and return it."""
    draft = lock.with_suffix(".branch-draft")
    try:
        draft.write_text(f"{branch}\n", encoding="utf-8")
        draft.replace(_branch_file(lock))
    except OSError as error:
        raise CatalogError(
            f"the catalog's branch cannot be kept: {error.strerror}",
            about=str(_branch_file(lock)),
            remedy="mend the folder's rights",
        ) from error
    return branch
