"""Merges other people's commits into the catalog's branch: their version of the file with the bot's rows added;
uncommitted edits stay.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from watcher.adapters.catalogs import files
from watcher.adapters.catalogs.git import Repository
from watcher.adapters.catalogs.git_programs import commit_of
from watcher.adapters.catalogs.markdown_merge import merge_catalogs
from watcher.domain.catalog.shape import DEFAULT, Shape
from watcher.domain.errors import CatalogConflict, CatalogError


class Merge:
    """Merges other people's commits into the catalog's branch, which is checked out. Callers hold the file's lock."""

    def __init__(self, repository: Repository, path: Path, shape: Shape = DEFAULT) -> None:
        """`path` is the catalog's file, `shape` its layout."""
        self._shape = shape
        self._repository = repository
        self._git = repository.git
        self._path = path
        self._under_way = repository.folder / "watcher-merge"

    def finish(self, at: datetime) -> None:
        """Complete a merge that a killed process of the bot left unfinished; do nothing if a person has concluded or
        aborted it.
        """
        with suppress(FileNotFoundError):
            tip = self._under_way.read_text()
            if tip == (self._repository.folder / "MERGE_HEAD").read_text():
                self.take_in(tip.strip(), tip[:10], at)

    def take_in(self, tip: str, branch: str, at: datetime) -> str:
        """Merge the commit `tip`, the end of `branch`, into the catalog's branch, and return the resulting commit.
        Uncommitted edits in the working tree stay.

        Raises CatalogConflict if people must merge, CatalogError if git fails.
        """
        head = self._repository.head()
        if self._git.run("merge-base", "--is-ancestor", tip, head).returncode == 0:
            self._concluded()
            return head
        base = self._git.perhaps("merge-base", head, tip)
        if not base:
            raise CatalogConflict("the histories have nothing in common", about=branch, remedy="check the remote")
        new = tip if base == head else self._merged(head, tip, base, branch, at)
        self._moved(head, new, tip, at)
        return new

    def _merged(self, head: str, tip: str, base: str, branch: str, at: datetime) -> str:
        """Create the merge commit; its catalog is the others' version with our changes applied."""
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
        whole = merge_catalogs(before, ours, theirs, self._texts, self._repository.file, self._shape)
        tree = self._repository.tree_with(tree, self._repository.stored(whole), at)
        return commit_of(self._git, tree, [head, tip], f"catalog: merge {branch}", at)

    def _begun(self, tip: str) -> None:
        """Write the files by which git itself marks a merge in progress, so that a person's commit after a kill
        concludes it.
        """
        self._under_way.write_text(f"{tip}\n")
        (self._repository.folder / "MERGE_MSG").write_text("catalog: merge\n")
        (self._repository.folder / "MERGE_HEAD").write_text(f"{tip}\n")

    def _concluded(self) -> None:
        if self._under_way.exists():
            for name in ("MERGE_HEAD", "MERGE_MSG", self._under_way.name):
                (self._repository.folder / name).unlink(missing_ok=True)

    def _moved(self, head: str, new: str, tip: str, at: datetime) -> None:
        """Update working files and index first, then the branch, so that an interrupted attempt can be repeated."""
        before, after = self._repository.committed(head), self._repository.committed(new)
        if before is None or after is None:
            raise CatalogConflict("the file is not there on both sides", about=self._repository.file)

        def brought(draft: bytes) -> bytes:
            # Commits hold LF where git converts line ends, and the working file CRLF.
            converted = b"\r\n" in draft and b"\r\n" not in before + after
            given = draft.replace(b"\r\n", b"\n") if converted else draft
            merged = merge_catalogs(before, given, after, self._texts, self._repository.file, self._shape)
            return _with_ends_of(draft, merged) if converted else merged

        brought(files.read(self._path))  # what people must merge is found before anything moves
        others = self._repository.tree_with(new, self._repository.blob(head), at)
        # A rebase would change the commits that cards name, and force would lose people's.
        done = self._git.run("read-tree", "-m", "-u", head, others)
        if done.returncode:
            raise CatalogConflict(
                f"files with uncommitted changes would be overwritten: {os.fsdecode(done.stderr)[:300]}",
                about=str(self._git.folder),
                remedy="commit or put away those changes; the next try goes on",
            )
        files.rewrite(self._path, lambda draft: (brought(draft), None))
        self._repository.enter(brought, before, after, new, at)
        # Git's own mark of a merge comes when file and index hold all of it: a person who commits after a kill concludes
        # the merge. Set before, such a commit would leave out what others wrote.
        self._begun(tip)
        self._repository.advance(head, new, "merge", at)
        self._concluded()

    def _texts(self, base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
        with tempfile.TemporaryDirectory() as folder:
            names = [Path(folder, name) for name in ("ours", "base", "theirs")]
            for name, data in zip(names, (ours, base, theirs), strict=True):
                name.write_bytes(data)
            done = self._git.run("merge-file", "--stdout", *map(str, names))
        return done.stdout if done.returncode == 0 else None


def _with_ends_of(draft: bytes, merged: bytes) -> bytes:
    """The merged file with CRLF line ends, except for lines that end in LF in the draft."""
    bare = {line for line in draft.split(b"\n")[:-1] if line and not line.endswith(b"\r")}
    *lines, last = merged.split(b"\n")
    return b"".join(line + (b"\n" if line in bare else b"\r\n") for line in lines) + last
