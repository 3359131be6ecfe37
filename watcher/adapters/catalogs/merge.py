"""Merges other people's commits into the catalog's branch: their version of the file with the bot's rows added, entry
by entry; uncommitted edits stay.

A merge by lines would conflict at every new row, because a new row changes the numbers of all later rows.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from watcher.adapters.catalogs import files
from watcher.adapters.catalogs.git import Repository
from watcher.adapters.catalogs.git_process import commit_of
from watcher.adapters.catalogs.markdown_document import Document, Group, read_document
from watcher.adapters.catalogs.markdown_place import Place, Wanted, place_for, with_row, without_row
from watcher.adapters.catalogs.markdown_text import cell_bounds, read_lines
from watcher.domain.catalog.shape import DEFAULT, Numbering, Sections, Shape
from watcher.domain.errors import CatalogConflict, CatalogError
from watcher.domain.papers.paper import PaperId


class BranchMerge:
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
        """BranchMerge the commit `tip`, the end of `branch`, into the catalog's branch, and return the resulting commit.
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


_ROWS = b"\x1arows%d\x1a\n"  # stands for entries while the lines beside them are merged; no catalog holds such a line
_LINE = re.compile(r"[^\n]+")
_REMEDY = "merge the two by hand and push; the next try goes on from there"

Texts = Callable[[bytes, bytes, bytes], bytes | None]
"""A three-way merge by lines: (base, ours, theirs) → merged bytes, None on a conflict."""


def merge_catalogs(base: bytes, ours: bytes, theirs: bytes, texts: Texts, about: str, shape: Shape = DEFAULT) -> bytes:
    """Three-way merge of catalog files: apply the changes from `base` to `ours` to the file `theirs`, and return its
    new bytes.

    New entries are inserted in order of date unless `theirs` already mentions the paper; removed ones are removed; a
    cell is changed if `theirs` still has the text of `base`. All other changes are merged by `texts`. Raises
    CatalogConflict if both changed the same, CatalogError if one of the files is no catalog with the layout `shape`.
    """
    # What is only in rows is merged by paper; the rest of the text goes to a merge by lines, on top of that.
    if ours in (base, theirs):
        return theirs
    if theirs == base:
        return ours
    rows = _Changes.between(_Rows.of(base, about, shape), _Rows.of(ours, about, shape))
    for keeps_gaps in (False, True):  # gaps are those of rows that are missing and keep their numbers
        merged, replayed = (rows.made_in(data, about, shape, keeps_gaps=keeps_gaps) for data in (theirs, base))
        if replayed == ours:
            return merged
    rest = texts(replayed, ours, merged) or _beside_rows(replayed, ours, merged, texts, about, shape)
    if rest is None:
        raise CatalogConflict("the same lines were changed here and there", about=about, remedy=_REMEDY)
    read_document(read_lines(rest, about), about, shape)
    return rest


def _beside_rows(replayed: bytes, ours: bytes, merged: bytes, texts: Texts, about: str, shape: Shape) -> bytes | None:
    """The entries of `merged`, with our changes of the lines beside them; None on a conflict of those, or where entries
    differ by more than numbers and order. Entries that went and came again, or that others' numbers are kept for, stand
    elsewhere than where the changes made anew put them, and nobody needs to be asked about that.
    """
    parted = [_parted(data, about, shape) for data in (replayed, ours, merged)]
    if None in parted:
        return None
    (again, rows), (here, our_rows), (there, their_rows) = (part for part in parted if part is not None)
    if Counter(key for run in rows for key in run[1]) != Counter(key for run in our_rows for key in run[1]):
        return None
    rest = texts(again, here, there)
    if rest is None or any(rest.count(_ROWS % n) != 1 for n in range(len(their_rows))):
        return None
    for n, (run, _) in enumerate(their_rows):
        rest = rest.replace(_ROWS % n, run)
    return rest


def _parted(data: bytes, about: str, shape: Shape) -> tuple[bytes, list[tuple[bytes, list[bytes]]]] | None:
    """The file with one line in place of each group's entries, and the entries with their keys; None if other lines are
    between them.
    """
    document = read_document(read_lines(data, about), about, shape)
    counted, lines, runs = set(document.rows), list(document.lines), []
    for group in document.groups:
        entries = [line for line in document.entries_in(group) if line in counted]
        if not entries:
            continue
        first, end = entries[0], document.ends[entries[-1]]
        other = [n for n in document.ends if first <= n < end and n not in counted]
        if other or sum(document.ends[n] - n for n in entries) + _blank(lines[first:end]) < end - first:
            return None
        runs.append((first, end, b"".join(lines[first:end]), [document.key(n) for n in entries]))
    for n, (first, end, _, _) in reversed(list(enumerate(runs))):
        lines[first:end] = [_ROWS % n]
    return (b"".join(lines), [(run, keys) for _, _, run, keys in runs]) if runs else None


def _blank(lines: Sequence[bytes]) -> int:
    return sum(not line.strip() for line in lines)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The entries of a catalog file that are about a paper, by paper, in the order of the file."""

    document: Document
    lines: dict[PaperId, int]

    @classmethod
    def of(cls, data: bytes, about: str, shape: Shape) -> _Rows:
        """Parse a catalog file and find its entries by paper."""
        document = read_document(read_lines(data, about), about, shape)
        lines: dict[PaperId, int] = {}
        for line in document.rows:
            if named := sorted(document.ids_of(line)[0]):
                lines.setdefault(named[0], line)
        return cls(document, lines)

    def row(self, paper: PaperId) -> str:
        """The text of a paper's entry with the number 0, so that renumbering does not count as a change."""
        return self.document.key(self.lines[paper]).decode()

    def group(self, paper: PaperId) -> Group:
        """The table or list that holds a paper's entry."""
        return self.document.group_of(self.lines[paper])


@dataclass(frozen=True, slots=True)
class _Came:
    """An entry that was added: its text with the number 0, what its place depends on, its own number, how many numbers
    are missing before it, and the paper of the entry after it.
    """

    row: str
    wanted: Wanted
    group: Group
    number: int | None
    gap: int
    before: PaperId | None

    @classmethod
    def of(cls, rows: _Rows, paper: PaperId) -> _Came:
        """Describe the entry of a paper in a parsed catalog file, in order to add it to another file."""
        line, document = rows.lines[paper], rows.document
        numbers = document.numbers
        last = max((number for n, number in numbers.items() if n < line), default=0)
        following = next((other for other, at in rows.lines.items() if at > line), None)
        number = numbers.get(line)
        group = document.group_of(line)
        date = document.date(line) or (9999,)
        if document.shape.sections is Sections.YEAR and group.date and date[0] != group.date[0]:
            date = group.date
        wanted = Wanted(date, (), group.heads)
        return cls(rows.row(paper), wanted, group, number, max(0, (number or 0) - last - 1), following)


@dataclass(frozen=True, slots=True)
class _Changes:
    """The difference between two versions of a catalog: entries added, removed, and (before, after) of those
    changed.
    """

    came: dict[PaperId, _Came]
    went: tuple[PaperId, ...]
    changed: dict[PaperId, tuple[str, str]]

    @classmethod
    def between(cls, old: _Rows, new: _Rows) -> _Changes:
        """The difference between two parsed versions of a catalog."""
        came = {p: _Came.of(new, p) for p in new.lines if p not in old.lines}
        went = tuple(p for p in old.lines if p not in new.lines)
        kept = [p for p in new.lines if p in old.lines]
        return cls(came, went, {p: (old.row(p), new.row(p)) for p in kept if old.row(p) != new.row(p)})

    def made_in(self, data: bytes, about: str, shape: Shape, *, keeps_gaps: bool) -> bytes:
        """Apply the changes to another version of the catalog, which may already have some of them."""
        for paper in self.went:
            rows = _Rows.of(data, about, shape)
            if paper in rows.lines:
                data = b"".join(without_row(rows.document, rows.lines[paper]))
        for paper, (before, after) in self.changed.items():
            rows = _Rows.of(data, about, shape)
            if paper in rows.lines:
                data = _with_changed_cells(rows, paper, before, after, about)
        for paper, came in self.came.items():
            rows = _Rows.of(data, about, shape)
            if not rows.document.names(paper):
                data = _with_added_row(rows, came, keeps_gaps=keeps_gaps)
        return data


def _with_added_row(rows: _Rows, came: _Came, *, keeps_gaps: bool) -> bytes:
    """The file with an entry added in order of date.

    With `keeps_gaps`, an entry that left a gap in the numbers before it leaves one again unless the missing one stands
    there, and one that filled a gap before another fills it.
    """
    document, fills = rows.document, False
    keeps_gaps = keeps_gaps and document.shape.numbering is Numbering.RISING
    place = place_for(document, came.wanted)
    if keeps_gaps and came.before in rows.lines:
        under = rows.lines[came.before]
        fills = document.numbers[under] - 1 not in document.numbers.values()
        if fills:
            place = Place(under, document.numbers[under] - 1, document.group_of(under), marker=document.marker(under))
    if keeps_gaps and not fills:
        place = replace(place, number=max(place.number, min(place.number + came.gap, came.number or 0)))
    row = came.row.encode()
    row = row if came.number is None else came.group.with_number(row, place.number)
    return b"".join(with_row(document, place, row, fills_gap=fills))


def _with_changed_cells(rows: _Rows, paper: PaperId, before: str, after: str, about: str) -> bytes:
    """The file with the cells (of bullets: the lines) that differ between `before` and `after` changed in the paper's
    entry.
    """
    line, group = rows.lines[paper], rows.group(paper)
    lines = list(rows.document.lines)
    theirs = rows.row(paper)

    def bounds_in(text: str) -> list[tuple[int, int]]:
        return cell_bounds(text) if group.columns else [found.span() for found in _LINE.finditer(text)]

    cells = [[text[a:z] for a, z in bounds_in(text)] for text in (before, after, theirs)]
    if theirs == before:
        theirs = after
    elif len({len(found) for found in cells}) != 1:
        raise CatalogConflict("a row changed its columns here or there", about=f"{about}: {paper}", remedy=_REMEDY)
    else:
        for (a, z), old, new, standing in reversed(list(zip(bounds_in(theirs), *cells, strict=True))):
            if new in {old, standing}:
                continue
            if standing != old:
                raise CatalogConflict("a cell was changed here and there", about=f"{about}: {paper}", remedy=_REMEDY)
            theirs = theirs[:a] + new + theirs[z:]
    end, first = rows.document.ends[line], lines[line]
    own = first[len(first.rstrip(b"\r\n")) :]
    number = rows.document.numbers.get(line)
    made = theirs.encode() if number is None else group.with_number(theirs.encode(), number)
    last = lines[end - 1][len(lines[end - 1].rstrip(b"\r\n")) :]
    lines[line:end] = [made.replace(b"\n", own or b"\n") + last]
    return b"".join(lines)
