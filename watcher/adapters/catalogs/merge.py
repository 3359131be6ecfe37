"""Merges other people's commits into the catalog's branch: their version of the file with the bot's rows added, entry
by entry; uncommitted edits stay.

A merge by lines would conflict at every new row, because a new row changes the numbers of all later rows.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from watcher.adapters.catalogs import files
from watcher.adapters.catalogs.git import Repository
from watcher.adapters.catalogs.git_process import commit_of
from watcher.adapters.catalogs.markdown_document import Document, Group, read_document
from watcher.adapters.catalogs.markdown_place import Wanted, place_for, place_of, with_row, without_row
from watcher.adapters.catalogs.markdown_text import cell_bounds, line_end, read_lines
from watcher.domain.catalog.shape import DEFAULT, Numbering, Sections, Shape
from watcher.domain.errors import CatalogConflict, CatalogError
from watcher.domain.papers.paper import PaperId

_ROWS = b"\x1arows%d\x1a\n"  # stands for entries while the lines beside them are merged; no catalog holds such a line
_LINE = re.compile(r"[^\n]+")
_REMEDY = "merge the two by hand and push; the next try goes on from there"

Texts = Callable[[bytes, bytes, bytes], bytes | None]
"""A three-way merge by lines: (base, ours, theirs) → merged bytes, None on a conflict."""


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
        """Merge the commit `tip`, the end of `branch`, into the catalog's branch, and return the resulting commit.
        Uncommitted edits in the working tree stay. Working files and index are updated first, then the branch, so that an
        interrupted attempt can be repeated.

        Raises CatalogConflict if people must merge, CatalogError if git fails.
        """
        repository = self._repository
        head = repository.head()
        if self._git.run("merge-base", "--is-ancestor", tip, head).returncode == 0:
            self._concluded()
            return head
        base = self._git.perhaps("merge-base", head, tip)
        if not base:
            raise CatalogConflict("the histories have nothing in common", about=branch, remedy="check the remote")
        new = tip
        if base != head:
            tree = self._merged_tree(head, tip, branch)
            ours, theirs, before = (self._held(commit, branch) for commit in (head, tip, base))
            whole = merge_catalogs(before, ours, theirs, self._texts, repository.file, self._shape)
            tree = repository.tree_with(tree, repository.stored(whole), at)
            new = commit_of(self._git, tree, [head, tip], f"catalog: merge {branch}", at)
        before, after = self._held(head, branch), self._held(new, branch)
        self._brought(files.read(self._path), before, after)  # what people must merge is found before anything moves
        others = repository.tree_with(new, repository.blob(head), at)
        # A rebase would change the commits that cards name, and force would lose people's.
        done = self._git.run("read-tree", "-m", "-u", head, others)
        if done.returncode:
            raise CatalogConflict(
                f"files with uncommitted changes would be overwritten: {os.fsdecode(done.stderr)[:300]}",
                about=str(self._git.folder),
                remedy="commit or put away those changes; the next try goes on",
            )
        for draft in files.drafts(self._path):
            draft.after = self._brought(draft.before, before, after)
        if (staged := repository.staged(before)) is not None:
            content = staged.content
            wanted = after if content in {b"", before} else self._brought(content, before, after)
            repository.stage(staged, wanted, new if wanted == after else "", at)
        # Git's own mark of a merge comes when file and index hold all of it: a person who commits after a kill concludes
        # the merge. Set before, such a commit would leave out what others wrote.
        self._begun(tip)
        repository.advance(head, new, "merge", at)
        self._concluded()
        return new

    def _merged_tree(self, head: str, tip: str, branch: str) -> str:
        """Merge all files but the catalog, and return the tree."""
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
        return tree

    def _held(self, commit: str, branch: str) -> bytes:
        """The catalog in a commit. Raises CatalogConflict if the commit does not hold it."""
        found = self._repository.committed(commit)
        if found is None:
            raise CatalogConflict(
                "the file is not there on both sides",
                about=f"{branch}: {self._repository.file}",
                remedy="merge by hand",
            )
        return found

    def _brought(self, draft: bytes, before: bytes, after: bytes) -> bytes:
        """A draft of the catalog with the changes from `before` to `after`. Commits hold LF where git converts line ends,
        and the working file CRLF.
        """
        converted = b"\r\n" in draft and b"\r\n" not in before + after
        given = draft.replace(b"\r\n", b"\n") if converted else draft
        merged = merge_catalogs(before, given, after, self._texts, self._repository.file, self._shape)
        if not converted:
            return merged
        bare = {line for line in draft.split(b"\n")[:-1] if line and not line.endswith(b"\r")}
        *lines, last = merged.split(b"\n")
        return b"".join(line + (b"\n" if line in bare else b"\r\n") for line in lines) + last

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

    def _texts(self, base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
        with tempfile.TemporaryDirectory() as folder:
            names = [Path(folder, name) for name in ("ours", "base", "theirs")]
            for name, data in zip(names, (ours, base, theirs), strict=True):
                name.write_bytes(data)
            done = self._git.run("merge-file", "--stdout", *map(str, names))
        return done.stdout if done.returncode == 0 else None


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
    old, new = (read_document(read_lines(data, about), about, shape) for data in (base, ours))
    rows = _Changes.between(old, new)
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
        blank = sum(not line.strip() for line in lines[first:end])
        if other or sum(document.ends[n] - n for n in entries) + blank < end - first:
            return None
        runs.append((first, end, b"".join(lines[first:end]), [document.key(n) for n in entries]))
    for n, (first, end, _, _) in reversed(list(enumerate(runs))):
        lines[first:end] = [_ROWS % n]
    return (b"".join(lines), [(run, keys) for _, _, run, keys in runs]) if runs else None


def _papers(document: Document) -> dict[PaperId, int]:
    """The entries that are about a paper, by the paper that their link names, in the order of the file."""
    found: dict[PaperId, int] = {}
    for line in document.rows:
        if named := sorted(document.ids_of(line)[0]):
            found.setdefault(named[0], line)
    return found


@dataclass(frozen=True, slots=True)
class _Came:
    """An entry that was added: its text with the number 0, what its place depends on, its own number, how many numbers
    are missing before it, and the paper of the entry after it.
    """

    row: bytes
    wanted: Wanted
    group: Group
    number: int | None
    gap: int
    before: PaperId | None

    @classmethod
    def of(cls, document: Document, papers: Mapping[PaperId, int], line: int) -> _Came:
        """Describe the entry at a line of a parsed catalog file, in order to add it to another file."""
        last = max((number for n, number in document.numbers.items() if n < line), default=0)
        following = next((other for other, at in papers.items() if at > line), None)
        number, group = document.numbers.get(line), document.group_of(line)
        date = document.date(line) or (9999,)
        if document.shape.sections is Sections.YEAR and group.date and date[0] != group.date[0]:
            date = group.date
        wanted = Wanted(date, (), group.heads)
        return cls(document.key(line), wanted, group, number, max(0, (number or 0) - last - 1), following)


@dataclass(frozen=True, slots=True)
class _Changes:
    """The difference between two versions of a catalog: entries added, removed, and (before, after) of those changed;
    their texts have the number 0, so that renumbering does not count as a change.
    """

    came: dict[PaperId, _Came]
    went: tuple[PaperId, ...]
    changed: dict[PaperId, tuple[bytes, bytes]]

    @classmethod
    def between(cls, old: Document, new: Document) -> _Changes:
        """The difference between two parsed versions of a catalog."""
        was, now = _papers(old), _papers(new)
        came = {paper: _Came.of(new, now, line) for paper, line in now.items() if paper not in was}
        kept = {paper: (old.key(was[paper]), new.key(line)) for paper, line in now.items() if paper in was}
        changed = {paper: pair for paper, pair in kept.items() if pair[0] != pair[1]}
        return cls(came, tuple(paper for paper in was if paper not in now), changed)

    def made_in(self, data: bytes, about: str, shape: Shape, *, keeps_gaps: bool) -> bytes:
        """Apply the changes to another version of the catalog, which may already have some of them."""
        for paper in (*self.went, *self.changed, *self.came):
            document = read_document(read_lines(data, about), about, shape)
            papers = _papers(document)
            if paper in self.came:
                if not document.names(paper):
                    data = _with_added_row(document, papers, self.came[paper], keeps_gaps=keeps_gaps)
            elif paper in papers and paper in self.changed:
                data = _with_changed_cells(document, papers[paper], *self.changed[paper], f"{about}: {paper}")
            elif paper in papers:
                data = b"".join(without_row(document, papers[paper]))
        return data


def _with_added_row(document: Document, papers: Mapping[PaperId, int], came: _Came, *, keeps_gaps: bool) -> bytes:
    """The file with an entry added in order of date.

    With `keeps_gaps`, an entry that left a gap in the numbers before it leaves one again unless the missing one stands
    there, and one that filled a gap before another fills it.
    """
    keeps_gaps, fills = keeps_gaps and document.shape.numbering is Numbering.RISING, False
    place = place_for(document, came.wanted)
    if keeps_gaps and came.before is not None and came.before in papers:
        under = place_of(document, papers[came.before])
        fills = under.number - 1 not in document.numbers.values()
        place = replace(under, number=under.number - 1) if fills else place
    if keeps_gaps and not fills:
        place = replace(place, number=max(place.number, min(place.number + came.gap, came.number or 0)))
    row = came.row if came.number is None else came.group.with_number(came.row, place.number)
    return b"".join(with_row(document, place, row, fills_gap=fills))


def _with_changed_cells(document: Document, line: int, before: bytes, after: bytes, about: str) -> bytes:
    """The file with the cells (of bullets: the lines) that differ between `before` and `after` changed in the entry at a
    line.
    """
    group, number = document.group_of(line), document.numbers.get(line)
    texts = [text.decode() for text in (before, after, document.key(line))]
    bounds = [
        cell_bounds(text) if group.columns else [found.span() for found in _LINE.finditer(text)] for text in texts
    ]
    theirs = texts[2]
    if theirs == texts[0]:
        theirs = texts[1]
    elif len(set(map(len, bounds))) != 1:
        raise CatalogConflict("a row changed its columns here or there", about=about, remedy=_REMEDY)
    else:
        cells = [[text[a:z] for a, z in spans] for text, spans in zip(texts, bounds, strict=True)]
        for (a, z), old, new, standing in reversed(list(zip(bounds[2], *cells, strict=True))):
            if new in {old, standing}:
                continue
            if standing != old:
                raise CatalogConflict("a cell was changed here and there", about=about, remedy=_REMEDY)
            theirs = theirs[:a] + new + theirs[z:]
    lines, end = list(document.lines), document.ends[line]
    made = theirs.encode() if number is None else group.with_number(theirs.encode(), number)
    lines[line:end] = [made.replace(b"\n", line_end(lines[line]) or b"\n") + line_end(lines[end - 1])]
    return b"".join(lines)
