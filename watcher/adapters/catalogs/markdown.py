"""An approved paper turned into a row of the Markdown catalog, and taken out again: the Catalog port."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from watcher.adapters.catalogs import files
from watcher.adapters.catalogs.git import Repository, repository_of
from watcher.adapters.catalogs.git_merge import Merge
from watcher.adapters.catalogs.home import lock_of, mark_beside
from watcher.adapters.catalogs.markdown_change import changed
from watcher.adapters.catalogs.markdown_document import (
    Document,
    body_of,
    cells_in,
    line_text,
    named_ids,
    number_of,
    read_document,
    read_lines,
)
from watcher.adapters.catalogs.markdown_edit import place_for, rows_below, with_row, without_row
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.adapters.catalogs.markdown_row import link_of, name_of, render_row
from watcher.domain.catalog import CatalogReading
from watcher.domain.cells import check_cells
from watcher.domain.errors import CatalogError
from watcher.domain.facts import CatalogRow, RowChange
from watcher.domain.paper import PaperId
from watcher.domain.proposal import Ending, Proposal, ProposalOutcome
from watcher.ports import RowContent

_T = TypeVar("_T")


class MarkdownCatalog:
    """The catalog in one Markdown file, which other hands edit too.

    What stands in the file and in the last commit is looked at before anything is done, so a kill between
    writing, committing and recording is mended by asking again. Each commit holds our change alone: what people have
    not committed yet stays theirs.
    """

    def __init__(
        self, path: Path, author_name: str, author_email: str, at_home: Callable[[Path, str], None] | None = None
    ) -> None:
        """`path` is the file, or a link to it; the author signs the commits where it is in a repository. `at_home` is told
        of the file and its mark before anything is written, and may raise CatalogError.
        """
        self._path = path
        self._at_home = at_home
        self._author = (author_name, author_email)

    def ids(self) -> frozenset[PaperId]:
        """Every arXiv paper named anywhere in the file, prose included. Raises CatalogError."""
        data = files.read(self._path)
        read_lines(data, str(self._path))
        return named_ids(data.decode())

    def add(self, row: RowContent, at: datetime) -> CatalogRow:
        """Make the row stand once and be committed.

        PRESENT when the file named the paper before, with the number of its row or 0. A row that is word for
        word what would be written counts as ours, going on after a kill. Raises CatalogError; the row may then
        stand in the file already, and the next call commits it.
        """
        with self._opened(at) as (path, repository):
            edit = _once(partial(added_to, row=row, about=str(path)))
            change, number = files.rewrite(path, edit)
            if change is RowChange.PRESENT:
                return CatalogRow(change, number, "", at)
            alike = partial(_added_like, edit, files.read(path), row=row, about=str(path))
            return CatalogRow(change, number, _settled(repository, path, alike, "add", row.id, at), at)

    def remove(self, row: RowContent, at: datetime) -> CatalogRow:
        """Take the paper's row out, edited or not, and commit that; where there is none it only commits.

        What names the paper outside the table stays. Raises CatalogError, also when two rows are about it.
        """
        with self._opened(at) as (path, repository):
            edit = _once(partial(removed_from, row=row, about=str(path)))
            number = files.rewrite(path, edit)
            return CatalogRow(RowChange.REMOVED, number, _settled(repository, path, edit, "remove", row.id, at), at)

    def read(self) -> CatalogReading:
        """Everything the file says, as typed entries. Raises CatalogError."""
        return read_entries(files.read(self._path), str(self._path))

    def change(self, proposal: Proposal, at: datetime, *, again: bool) -> ProposalOutcome:
        """Carry out an accepted proposal, if the cell still says what it would replace, and commit that.

        `again` says that an earlier try may have been cut short: what stands already is then taken for its work.
        Raises CatalogError; the change may then stand in the file already, and the next call commits it.
        """
        with self._opened(at) as (path, repository):
            edit = _once(partial(changed, proposal=proposal, about=str(path)))
            ending = files.rewrite(path, edit)
            ours = ending is Ending.WRITTEN or (again and ending is Ending.PRESENT)
            if not ours:
                return ProposalOutcome(ending, "", at)
            return ProposalOutcome(Ending.WRITTEN, _settled(repository, path, edit, "edit", proposal.paper, at), at)

    def preview(self, row: RowContent) -> str:
        """The line that `add` would write now. Raises CatalogError."""
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
                Merge(repository, path).finish(at)
                repository.at_rest()
            yield path, repository


def next_row(data: bytes, row: RowContent, about: str = "catalog") -> str:
    """The line that `add` would write into this document, without writing it. Raises CatalogError."""
    document = read_document(read_lines(data, about), about)
    _, number = place_for(document, int(row.cells.year))
    return render_row(number, row, document.widths)


def shown_row(data: bytes, row: RowContent, about: str = "catalog") -> str:
    """The line of the paper that stands in this document, else the one that `add` would write. Raises CatalogError."""
    document = read_document(read_lines(data, about), about)
    lines = document.rows_of(row.id)
    return line_text(document.lines[lines[0]]) if lines else next_row(data, row, about)


def added_to(
    data: bytes, row: RowContent, about: str, below: AbstractSet[bytes] = frozenset()
) -> tuple[bytes, tuple[RowChange, int]]:
    """The file with the row in it, above those that are to stand `below` it; whether it is ours, and its number.

    Raises CatalogError.
    """
    document = read_document(read_lines(data, about), about)
    if document.names(row.id):
        lines = document.rows_of(row.id)
        ours = next((line for line in lines if _is_ours(document, line, row)), None)
        if ours is not None:
            return data, (RowChange.ADDED, document.numbers[ours])
        number = document.numbers.get(lines[0], 0) if lines else 0
        return data, (RowChange.PRESENT, number)
    if faults := check_cells(row.cells):
        found = ", ".join(f"{fault.code} {fault.detail}".strip() for fault in faults)
        raise CatalogError(f"cells that cannot stand in a row: {found}", about=str(row.id), remedy="edit the card")
    line, number = place_for(document, int(row.cells.year), below)
    after = with_row(document, line, number, partial(render_row, row=row, widths=document.widths))
    body = body_of(after, about)
    if line not in body or number_of(after[line]) != number or len(body) != len(document.body) + 1:
        raise CatalogError("the row would not stand in the table", about=about, remedy=f"mend the table at line {line}")
    return b"".join(after), (RowChange.ADDED, number)


def _added_like(
    edit: Callable[[bytes], tuple[bytes, _T]], standing: bytes, data: bytes, *, row: RowContent, about: str
) -> tuple[bytes, object]:
    """The last commit with the row where the file, as it stands, has it: rows that were written after it and committed
    before it (its writer was killed between the two) stay below it, or file and commit would differ for good.
    """
    made = edit(data)
    if made[0] == standing:
        return made
    document = read_document(read_lines(standing, about), about)
    return added_to(data, row, about, rows_below(document, max(document.rows_of(row.id), default=document.end)))


def removed_from(data: bytes, row: RowContent, about: str) -> tuple[bytes, int]:
    """The file without the paper's row, and the number it had, or 0. Raises CatalogError."""
    document = read_document(read_lines(data, about), about)
    lines = document.rows_of(row.id)
    if len(lines) > 1:
        lines = [line for line in lines if _is_ours(document, line, row)]
        if len(lines) != 1:
            raise CatalogError(f"several rows are about {row.id}", about=about, remedy="take out all but one by hand")
    if not lines:
        return data, 0
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


def _settled(
    repository: Repository | None,
    path: Path,
    edit: Callable[[bytes], tuple[bytes, object]],
    verb: str,
    paper: PaperId | None,
    at: datetime,
) -> str:
    """Commit the change unless the last commit has it already; gives the commit. The message names ids alone."""
    if repository is None:
        return ""
    message = f"catalog: {verb} {name_of(paper) if paper else 'a cell'}"
    commit = repository.commit(lambda data: edit(data)[0], files.read(path), message, at)
    return commit or repository.last_change(link_of(paper) if paper and verb != "edit" else "")
