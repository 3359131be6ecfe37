"""A change of a file turned into a commit of that change alone, whatever else people have under way there."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from watcher.adapters.catalogs.git_process import Git, failure
from watcher.domain.errors import CatalogError

Edit = Callable[[bytes], bytes]
_UNDER_WAY = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")
_FILE = "100644"


class Repository:
    """The repository that holds one file, as far as that file goes. Whoever calls holds the file's lock."""

    def __init__(self, git: Git, folder: Path, file: str) -> None:
        """`folder` is git's own folder, `file` the name of the file from the top of the work tree."""
        self.git = git
        self.folder = folder
        self.file = file
        self._pathspec = f":(top,literal){file}"

    def at_rest(self) -> None:
        """Raises CatalogError while somebody's merge or rebase is unfinished: a commit now would become part of it."""
        found = next((name for name in _UNDER_WAY if (self.folder / name).exists()), None)
        if found is not None:
            raise CatalogError(
                f"a merge or rebase is unfinished ({found})",
                about=str(self.git.folder),
                remedy="finish or abort it; the next try goes on",
            )

    def head(self) -> str:
        """The last commit, "" before the first."""
        return self.git.perhaps("rev-parse", "--verify", "--quiet", "HEAD^{commit}")

    def committed(self, commit: str = "HEAD") -> bytes | None:
        """The file as a commit has it, or None where it has none. Raises CatalogError."""
        blob = self.git.perhaps("rev-parse", "--verify", "--quiet", f"{commit}:{self.file}")
        return self.git("cat-file", "blob", blob) if blob else None

    def commit(self, edit: Edit, whole: bytes, message: str, at: datetime) -> str:
        """Commit what `edit` makes of the file as last committed, `whole` where it never was; gives the commit, "" when
        that is what stands there already. Drafts in the file and in the index stay what they are. Raises CatalogError.
        """
        before = self.committed()
        after = whole if before is None else edit(before)
        commit = "" if after == before else self._advanced(after, message, at)
        self.enter(edit, before, after, at)
        return commit

    def stored(self, data: bytes) -> str:
        """The name of a blob of these bytes, as they are: no filter and no line end of the repository touches them."""
        return self.git.line("hash-object", "-w", "--stdin", "--no-filters", stdin=data)

    def tree_with(self, tree: str, data: bytes, at: datetime) -> str:
        """A tree like another (or "" for an empty one), in which the file holds `data`."""
        index = self.folder / "watcher-index"
        for leftover in (index, index.with_name("watcher-index.lock")):
            leftover.unlink(missing_ok=True)  # of a process that was killed; the file's lock keeps living ones out
        try:
            self.git("read-tree", *([tree] if tree else ["--empty"]), index=index, at=at)
            self._enter(self.stored(data), self._mode(tree), index, at)
            return self.git.line("write-tree", index=index, at=at)
        finally:
            index.unlink(missing_ok=True)

    def last_change(self, text: str) -> str:
        """The hash of the last commit that put `text` into the file or took it out, with no text that changed the file
        at all; "" where there is none. Raises CatalogError.
        """
        if not self.head():
            return ""
        wanted = [f"-S{text}"] if text else []
        return self.git.line("log", "-1", "--no-merges", "--format=%H", *wanted, "--", self._pathspec)

    def _advanced(self, data: bytes, message: str, at: datetime) -> str:
        head = self.head()
        tree = self.tree_with(head, data, at)
        parents = ["-p", head] if head else []
        commit = self.git.line("commit-tree", *parents, tree, stdin=message.encode(), at=at)
        self.git("update-ref", "-m", f"watcher: {message}", "HEAD", commit, head or "0" * len(commit), at=at)
        return commit

    def enter(self, edit: Edit, before: bytes | None, after: bytes, at: datetime) -> None:
        """Make the change in the index too, or the person's next commit would take it back."""
        entries = os.fsdecode(self.git("ls-files", "--stage", "-z", "--", self._pathspec)).split("\0")[:-1]
        staged = [entry.split("\t")[0].split() for entry in entries]
        if before is not None and not staged:
            return  # somebody staged the file's removal
        if any(stage != "0" for _, _, stage in staged):
            raise CatalogError("the file is unmerged", about=self.file, remedy="finish the merge; the next try goes on")
        mode, blob = (staged[0][0], staged[0][1]) if staged else (_FILE, "")
        standing = self.git("cat-file", "blob", blob) if blob else None
        wanted = after if standing is None or standing == before else edit(standing)
        if wanted != standing:
            self._enter(self.stored(wanted), mode, None, at)

    def _enter(self, blob: str, mode: str, index: Path | None, at: datetime) -> None:
        entry = f"{mode} {blob}\t{self.file}\0"
        self.git("update-index", "-z", "--index-info", stdin=os.fsencode(entry), index=index, at=at)

    def _mode(self, tree: str) -> str:
        found = self.git.line("ls-tree", "--full-tree", tree, "--", self.file) if tree else ""
        return found.split()[0] if found else _FILE


def repository_of(path: Path, author_name: str, author_email: str) -> Repository | None:
    """The repository a file belongs to; None outside of any, inside git's own folder, or where it is ignored.

    Raises CatalogError when there is a repository but git cannot or will not work with it.
    """
    git = Git(path.parent, (author_name, author_email))
    try:
        found = git.run("rev-parse", "--is-inside-work-tree", "--absolute-git-dir", "--show-prefix")
    except FileNotFoundError as error:
        if not any((folder / ".git").exists() for folder in path.parents):
            return None
        raise CatalogError("stands in a repository", about=str(path), remedy="install git") from error
    if b"not a git repository" in found.stderr:
        return None
    if found.returncode:
        raise failure(path.parent, "rev-parse", found.stderr)
    inside, folder, prefix = os.fsdecode(found.stdout).removesuffix("\n").split("\n", 2)
    if inside != "true":
        return None
    ignored = git.run("check-ignore", "--quiet", "--", f"./{path.name}")
    if ignored.returncode not in {0, 1}:
        raise failure(path.parent, "check-ignore", ignored.stderr)
    return Repository(git, Path(folder), f"{prefix}{path.name}") if ignored.returncode else None
