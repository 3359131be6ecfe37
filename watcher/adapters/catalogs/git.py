"""Commits a change of one file with git's plumbing commands, leaving everything else in the working tree and index as
it is, to the catalog's branch: the configured one, or the one that was checked out at the first write.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final

from watcher.adapters.catalogs.git_process import Filter, Git, failure
from watcher.domain.errors import CatalogError

_UNDER_WAY = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply", "sequencer")
_FILE = "100644"  # git's mode of an ordinary file
_ENTERED = "refs/watcher/entered"  # its reflog holds the commits whose file was put into the index
_FILTERED = 200  # commits whose file is looked through its filter, which takes a process each


@dataclass(frozen=True, slots=True)
class Staged:
    """The catalog file's entry in git's index: its status tag as `git ls-files -v` prints it (`H`; `S` if marked
    skip-worktree; in lower case if marked assume-unchanged; "" if there is no entry), its file mode (`100644`), and its
    content (b"" if there is no entry, or somebody only announced the file with `git add -N`).
    """

    tag: str
    mode: str
    content: bytes


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
        git, name = self.git, self.file.rpartition("/")[2]
        said = os.fsdecode(git("check-attr", "-z", "filter", "--", f"./{name}")).split("\0")
        driver = said[2] if len(said) > 2 else ""  # path, attribute, value
        if driver in {"", "unspecified", "set", "unset"}:
            return None
        listed = os.fsdecode(git.run("config", "-z", "--get-regexp", r"^filter\.").stdout).split("\0")
        known = dict(entry.partition("\n")[::2] for entry in listed if entry)
        both = known.get(f"filter.{driver}.process", "")
        clean, smudge = (both or known.get(f"filter.{driver}.{verb}", "") for verb in ("clean", "smudge"))
        if not (clean or smudge):
            raise CatalogError(
                f"the filter {driver!r} that .gitattributes names is not set up on this machine",
                about=str(git.folder),
                remedy=f"install it and set filter.{driver} in git's configuration; the next try goes on",
            )
        return Filter(git, driver, clean, smudge)

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

    def advance(self, old: str, new: str, message: str, at: datetime) -> None:
        """Move the branch from one commit to another (compare and swap). Raises CatalogError if it is at another
        commit, or not checked out, because index and working file would then belong to another branch.
        """
        self.must_be_checked_out()
        self.git("update-ref", "-m", f"watcher: {message}", self.ref, new, old or "0" * len(new), at=at)

    def must_be_checked_out(self) -> None:
        """Raises CatalogError if the catalog's branch is not checked out."""
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
        return self.git.run("cat-file", "blob", blob, check=True).stdout

    def tree_with(self, tree: str, blob: str, at: datetime) -> str:
        """Copy a git tree ("" for an empty one), replacing the catalog file by a blob, and return the new tree's
        hash.
        """
        index = self.folder / "watcher-index"
        for leftover in (index, index.with_name("watcher-index.lock")):
            leftover.unlink(missing_ok=True)  # of a process that was killed; the file's lock keeps living ones out
        try:
            self.git("read-tree", *([tree] if tree else ["--empty"]), index=index, at=at)
            found = self.git.line("ls-tree", "--full-tree", tree, "--", self.file).split() if tree else []
            entry = os.fsencode(f"{found[0] if found else _FILE} {blob}\t{self.file}\0")
            self.git("update-index", "-z", "--index-info", stdin=entry, index=index, at=at)
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

    def staged(self, before: bytes | None) -> Staged | None:
        """The file's entry in git's index. `before` is the file's content in the branch's last commit, None if that
        does not contain the file.

        If the index has no entry, the result is None where the last commit contains the file, because somebody has then
        staged its removal; else it is a Staged without content, since the file is new. Raises CatalogError if the file
        is unmerged.
        """
        entries = self._entries()
        if any(stage != "0" for _, _, _, stage in entries):
            raise CatalogError("the file is unmerged", about=self.file, remedy="finish the merge; the next try goes on")
        if not entries:
            return Staged("", _FILE, b"") if before is None else None
        tag, mode, blob, _ = entries[0]
        return Staged(tag, mode, self._content(blob))

    def stage(self, staged: Staged, content: bytes, commit: str, at: datetime) -> None:
        """Put a committed change of the catalog file in git's index too, because a person's next commit would otherwise
        revert it. `commit` is one in which the file has this content, "" for none.
        """
        if content == staged.content:
            return
        if commit:
            self.git("update-ref", "--create-reflog", _ENTERED, commit, at=at)
        blob = self.blob(commit) if commit else self.stored(content)
        self._put(blob, staged.mode, staged.tag, at)

    def mend_index(self, working: bytes, at: datetime) -> None:
        """Update the catalog file in git's index to the branch's last commit, if the index still holds the file as of
        another commit and `working`, the bytes of the working file, equals the last commit (CRLF line ends aside).

        Such an index is left behind if a person resets the branch while `stage` is at work; their next commit would
        revert the file. A version that people staged themselves is in no commit, and stays, as does an unmerged file.
        `at` is the present time. Raises CatalogError.
        """
        if not self.git.perhaps("diff-index", "--cached", self.ref, "--", self._pathspec):
            return
        entries, blob = self._entries(), self.blob(self.ref)
        if not blob or [stage for _, _, _, stage in entries] != ["0"]:
            return
        tag, mode, entered, _ = entries[0]
        if self._content(blob) not in {working, working.replace(b"\r\n", b"\n")}:
            return
        known = ("log", "-1", "--format=%H", "--reflog", "--diff-merges=first-parent", f"--find-object={entered}")
        if self.git.perhaps(*known, self.ref, "--", self._pathspec):
            self._put(blob, mode, tag, at)

    def _entries(self) -> list[list[str]]:
        """The file's entries in the index: tag of its marks, mode, blob and stage of each."""
        listed = self.git.run("ls-files", "-v", "--stage", "-z", "--", self._pathspec, check=True).stdout
        return [entry.split("\t")[0].split() for entry in os.fsdecode(listed).split("\0")[:-1]]

    def _put(self, blob: str, mode: str, tag: str, at: datetime) -> None:
        """Replace the file's entry in the index, and keep somebody's marks, which a new entry does not have."""
        entry = os.fsencode(f"{mode} {blob}\t{self.file}\0")
        self.git.run("update-index", "-z", "--index-info", stdin=entry, at=at, check=True)
        for flag in ("--assume-unchanged",) * tag.islower() + ("--skip-worktree",) * (tag.upper() == "S"):
            self.git.run("update-index", flag, "--", f"./{self.file.rpartition('/')[2]}", at=at, check=True)


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
