"""The catalog as a Markdown file: adds, changes and removes rows and commits them (implements ports.Catalog)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from watcher.adapters.catalogs import files
from watcher.adapters.catalogs.files import lock_of, mark_beside
from watcher.adapters.catalogs.git import Repository, repository_of
from watcher.adapters.catalogs.git_branch import read_from, written_to
from watcher.adapters.catalogs.git_merge import Merge
from watcher.adapters.catalogs.markdown_change import with_proposal
from watcher.adapters.catalogs.markdown_document import (
    Document,
    body_of,
    cells_in,
    line_text,
    named_ids,
    number_of,
    own_place,
    place_for,
    read_document,
    read_lines,
    rows_below,
    with_row,
    without_gap,
    without_row,
)
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.adapters.catalogs.markdown_missing import kept_numbers, row_titled, whereabouts
from watcher.adapters.catalogs.markdown_row import link_of, name_of, render_row
from watcher.domain.catalog.catalog import CatalogReading
from watcher.domain.catalog.proposals import Ending, Proposal, ProposalOutcome
from watcher.domain.errors import CatalogError
from watcher.domain.facts import ApprovedRow, CatalogRow, RowChange
from watcher.domain.papers.paper import PaperId
from watcher.domain.summaries.cells import check_cells
from watcher.ports import RowContent

_T = TypeVar("_T")


class MarkdownCatalog:
    """A catalog in one Markdown file, which people edit too (implements ports.Catalog).

    Every method first looks at the file and the last commit, so that after a kill between writing, committing and
    recording, calling it again completes the work. Each commit contains the bot's change only; people's uncommitted
    edits stay uncommitted.
    """

    def __init__(
        self,
        path: Path,
        author_name: str,
        author_email: str,
        at_home: Callable[[Path, str], None] | None = None,
        branch: str = "",
    ) -> None:
        """`path` is the file, or a link to it; the author signs the commits where it is in a repository, on `branch` or
        the one that was checked out at the first. `at_home` is told of the file and its mark before anything is written,
        and may raise CatalogError.
        """
        self._path = path
        self._at_home = at_home
        self._branch = branch
        self._author = (author_name, author_email)

    def ids(self) -> frozenset[PaperId]:
        data = files.read(self._path)
        read_lines(data, str(self._path))
        return named_ids(data.decode())

    def add(self, row: RowContent, at: datetime, approved: Sequence[ApprovedRow] = ()) -> CatalogRow:
        """Add the paper's row unless it is there, and commit.

        The result is PRESENT, with the row's number or 0, if people had mentioned the paper before or if the file has
        its title with another link. A row identical to the one that would be written counts as the bot's own, written
        before a kill. Numbers of `approved` rows that are missing are not given to others. Raises CatalogError; the row
        may then be in the file, and the next call commits it.
        """
        with self._opened(at) as (path, repository):
            edit = _once(partial(added_to, row=row, about=str(path), approved=approved))
            work = _Work(path, repository, edit, _message("add", row.id), at)
            (change, number), commit = work.done(
                lambda told: told[0] is RowChange.ADDED,
                partial(_added_like, edit, row=row, about=str(path), approved=approved),
            )
            if change is RowChange.PRESENT:
                return CatalogRow(change, number, "", at)
            return CatalogRow(change, number, commit or work.last_change(link_of(row.id)), at)

    def remove(self, row: RowContent, at: datetime, approved: Sequence[ApprovedRow] = ()) -> CatalogRow:
        """Remove the paper's row, edited or not, and commit. If there is no row, only commit; the number reserved for
        it among the `approved` becomes free.

        Mentions outside the table stay. Raises CatalogError, also if two rows are about the paper.
        """
        with self._opened(at) as (path, repository):
            edit = _once(partial(removed_from, row=row, about=str(path), approved=approved))
            work = _Work(path, repository, edit, _message("remove", row.id), at)
            number, commit = work.done()
            return CatalogRow(RowChange.REMOVED, number, commit or work.last_change(link_of(row.id)), at)

    def read(self) -> CatalogReading:
        return read_entries(files.read(self._path), str(self._path))

    def change(self, proposal: Proposal, at: datetime, *, again: bool) -> ProposalOutcome:
        """Carry out an accepted proposal if the cell still has the text to be replaced, and commit.

        With `again` (an earlier attempt may have been interrupted), a cell that already has the new text counts as
        changed by the bot. Raises CatalogError; the change may then be in the file, and the next call commits it.
        """
        with self._opened(at) as (path, repository):
            edit = _once(partial(with_proposal, proposal=proposal, about=str(path)))
            work = _Work(path, repository, edit, _message("edit", proposal.paper), at)

            def ours(ending: Ending) -> bool:
                return ending is Ending.WRITTEN or (again and ending is Ending.PRESENT)

            ending, commit = work.done(ours)
            if not ours(ending):
                return ProposalOutcome(ending, "", at)
            return ProposalOutcome(Ending.WRITTEN, commit or work.last_change(""), at)

    def rehearse(self, at: datetime) -> None:
        """Check that a row could be written now, without changing file or branch. Raises CatalogError if the branch is
        not checked out, or the file's filter or signing does not work.
        """
        path = files.target(self._path)
        repository = repository_of(path, *self._author)
        if repository is not None:
            repository = written_to(repository, lock_of(path, repository.folder), self._branch, keep=False)
            repository.at_rest()
            repository.made(lambda data: data + b"\n", files.read(path), "catalog: rehearsal", at)

    def whereabouts(self, approved: Sequence[ApprovedRow], at: datetime) -> Mapping[int, CatalogRow]:
        path, data = files.target(self._path), None
        repository = repository_of(path, *self._author)
        if self._at_home is not None:
            try:
                self._at_home(self._path, mark_beside(lock_of(path, repository.folder if repository else None)))
            except CatalogError:
                return {}
        if repository is not None:
            repository = read_from(repository, lock_of(path, repository.folder), self._branch)
            data = repository.committed()
            if data is None and (not repository.head() or repository.last_change("")):
                raise CatalogError(
                    f"the branch {repository.branch!r} does not hold the file",
                    about=str(path),
                    remedy="check the branch, or set [catalog] branch",
                )
        if data is None:  # in no repository, or not committed yet
            data, repository = files.read(path), None
        return whereabouts(data, approved, repository, str(path), at)

    def preview(self, row: RowContent) -> str:
        return next_row(files.read(self._path), row, str(self._path))

    @contextmanager
    def _opened(self, at: datetime) -> Iterator[tuple[Path, Repository | None]]:
        """The file and its repository, held against other watchers; the lock keeps out of people's sight."""
        path = files.target(self._path)
        repository = repository_of(path, *self._author)
        lock = lock_of(path, repository.folder if repository else None)
        with files.alone(lock):
            if self._at_home is not None:
                self._at_home(self._path, mark_beside(lock))
            if repository is not None:
                repository = written_to(repository, lock, self._branch)
                Merge(repository, path).finish(at)
                repository.at_rest()
                _ = repository.filter  # without it the file is no catalog, but what the filter left in its place
            yield path, repository


def next_row(data: bytes, row: RowContent, about: str = "catalog") -> str:
    """The line of Markdown that adding this paper to the document would write. Raises CatalogError."""
    document = read_document(read_lines(data, about), about)
    _, number = place_for(document, int(row.cells.year))
    return render_row(number, row, document.widths)


def shown_row(data: bytes, row: RowContent, about: str = "catalog") -> str:
    """The paper's line in the document, or if there is none, the line that adding the paper would write. Raises
    CatalogError.
    """
    document = read_document(read_lines(data, about), about)
    lines = document.rows_of(row.id)
    return line_text(document.lines[lines[0]]) if lines else next_row(data, row, about)


def added_to(
    data: bytes,
    row: RowContent,
    about: str,
    below: AbstractSet[bytes] = frozenset(),
    approved: Sequence[ApprovedRow] = (),
) -> tuple[bytes, tuple[RowChange, int]]:
    """Insert a paper's row in the catalog file, above the lines `below`.

    Returns the new bytes, whether the row was added or had stood there before (RowChange), and its number. A row that
    was approved and has gone from the file gets its old number back, and no other row gets that number. Raises
    CatalogError.
    """
    document = read_document(read_lines(data, about), about)
    if document.names(row.id):
        lines = document.rows_of(row.id)
        ours = next((line for line in lines if _is_ours(document, line, row)), None)
        if ours is not None:
            return data, (RowChange.ADDED, document.numbers[ours])
        number = document.numbers.get(lines[0], 0) if lines else 0
        return data, (RowChange.PRESENT, number)
    if (line := row_titled(document, row.cells.title, row.id)) is not None:
        return data, (RowChange.PRESENT, document.numbers.get(line, 0))
    if faults := check_cells(row.cells):
        found = ", ".join(f"{fault.code} {fault.detail}".strip() for fault in faults)
        raise CatalogError(f"cells that cannot stand in a row: {found}", about=str(row.id), remedy="edit the card")
    kept, year = kept_numbers(document, approved), int(row.cells.year)
    own = own_place(document, year, kept[row.id]) if row.id in kept else None
    others = frozenset(number for paper, number in kept.items() if paper != row.id)
    line, number = own or place_for(document, year, below, others)
    render = partial(render_row, row=row, widths=document.widths)
    after = with_row(document, line, number, render, fills_gap=own is not None)
    body = body_of(after, about)
    if line not in body or number_of(after[line]) != number or len(body) != len(document.body) + 1:
        raise CatalogError("the row would not stand in the table", about=about, remedy=f"mend the table at line {line}")
    return b"".join(after), (RowChange.ADDED, number)


def _added_like(
    edit: Callable[[bytes], tuple[bytes, _T]],
    standing: bytes,
    data: bytes,
    *,
    row: RowContent,
    about: str,
    approved: Sequence[ApprovedRow],
) -> tuple[bytes, object]:
    """The last commit with the row where the file, as it stands, has it: rows that were written after it and committed
    before it (its writer was killed between the two) stay below it, or file and commit would differ for good.
    """
    made = edit(data)
    if made[0] == standing:
        return made
    document = read_document(read_lines(standing, about), about)
    below = rows_below(document, max(document.rows_of(row.id), default=document.end))
    return added_to(data, row, about, below, approved)


def removed_from(data: bytes, row: RowContent, about: str, approved: Sequence[ApprovedRow] = ()) -> tuple[bytes, int]:
    """The file without the paper's row, and the number the row had, or 0. If the row is missing already, the gap in the
    numbers is closed, unless other missing rows have numbers above it. Raises CatalogError.
    """
    document = read_document(read_lines(data, about), about)
    lines = document.rows_of(row.id)
    if len(lines) > 1:
        lines = [line for line in lines if _is_ours(document, line, row)]
        if len(lines) != 1:
            raise CatalogError(f"several rows are about {row.id}", about=about, remedy="take out all but one by hand")
    if not lines:
        kept = kept_numbers(document, approved)
        number = kept.get(row.id, 0)
        closes = number and number == max(kept.values())
        return b"".join(without_gap(document, number)) if closes else data, 0
    return b"".join(without_row(document, lines[0])), document.numbers.get(lines[0], 0)


def _is_ours(document: Document, line: int, row: RowContent) -> bool:
    """Whether a row is word for word, padding aside, what the bot would write."""
    number = document.numbers.get(line)
    if number is None:
        return False
    rendered = render_row(number, row, document.widths)
    return document.cells(line) == cells_in(rendered)


def _once(edit: Callable[[bytes], tuple[bytes, _T]]) -> Callable[[bytes], tuple[bytes, _T]]:
    """The same edit, remembering what it made last: the file and its last commit mostly hold the same bytes."""
    made: list[tuple[bytes, tuple[bytes, _T]]] = []

    def remembered(data: bytes) -> tuple[bytes, _T]:
        if not made or made[0][0] != data:
            made[:] = [(data, edit(data))]
        return made[0][1]

    return remembered


def _message(verb: str, paper: PaperId | None) -> str:
    """What a commit says: ids alone."""
    return f"catalog: {verb} {name_of(paper) if paper else 'a cell'}"


@dataclass(frozen=True)
class _Work(Generic[_T]):
    """A change of the file, and of its last commit where it is in a repository."""

    path: Path
    repository: Repository | None
    edit: Callable[[bytes], tuple[bytes, _T]]
    message: str
    at: datetime

    def done(
        self,
        ours: Callable[[_T], bool] = lambda _: True,
        alike: Callable[..., tuple[bytes, object]] | None = None,
    ) -> tuple[_T, str]:
        """Make the change; gives what the edit says of the file, and the commit unless the last one has it already.

        What may fail is done first: signed and filtered, the commit is there before the file is touched. Nothing is
        committed of what is not `ours`. `alike(standing, data)` is the change of the commit, given the changed file.
        """
        if self.repository is None:
            return files.rewrite(self.path, self.edit), ""
        standing, outcome = self.edit(files.read(self.path))
        if not ours(outcome):
            return outcome, ""
        edited = self._edited(standing, alike)
        made = self.repository.made(edited, standing, self.message, self.at)
        outcome = files.rewrite(self.path, self.edit)
        if not ours(outcome):
            return outcome, ""
        if (now := files.read(self.path)) != standing:  # somebody saved the file between
            edited = self._edited(now, alike)
            made = self.repository.made(edited, now, self.message, self.at)
        return outcome, self.repository.moved(made, edited, self.message, self.at)

    def _edited(self, standing: bytes, alike: Callable[..., tuple[bytes, object]] | None) -> Callable[[bytes], bytes]:
        """The change of what is committed and of what is staged, given the changed file."""
        return lambda data: (alike(standing, data) if alike else self.edit(data))[0]

    def last_change(self, text: str) -> str:
        """The branch's last commit about a text of the file, "" outside of any repository."""
        return self.repository.last_change(text) if self.repository else ""
