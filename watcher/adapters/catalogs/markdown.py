"""An approved paper turned into a row of the Markdown catalog, and taken out again: the Catalog port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

from watcher.adapters.catalogs import files
from watcher.adapters.catalogs.git import Repository, repository_of
from watcher.adapters.catalogs.markdown_document import (
    Document,
    body_of,
    cells_in,
    named_ids,
    number_of,
    read_document,
    read_lines,
)
from watcher.adapters.catalogs.markdown_edit import place_for, with_row, without_row
from watcher.adapters.catalogs.markdown_row import link_of, render_row
from watcher.domain.cells import check_cells
from watcher.domain.errors import CatalogError
from watcher.domain.facts import CatalogRow, RowChange
from watcher.domain.paper import PaperId
from watcher.ports import RowContent


class MarkdownCatalog:
    """The catalog in one Markdown file, which other hands edit too.

    What stands in the file and in the last commit is looked at before anything is done, so a kill between
    writing, committing and recording is mended by asking again.
    """

    def __init__(self, path: Path, author_name: str, author_email: str) -> None:
        """`path` is the file, or a link to it; the author signs the commits where it is in a repository."""
        self._path = path
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
        with self._opened() as (path, repository):
            change, number = files.rewrite(path, partial(_added, row=row, about=str(path)))
            if change is RowChange.PRESENT:
                return CatalogRow(change, number, "", at)
            return CatalogRow(change, number, _settled(repository, row.id, at, wanted=True), at)

    def remove(self, row: RowContent, at: datetime) -> CatalogRow:
        """Take the paper's row out, edited or not, and commit that; where there is none it only commits.

        What names the paper outside the table stays. Raises CatalogError, also when two rows are about it.
        """
        with self._opened() as (path, repository):
            number = files.rewrite(path, partial(_removed, row=row, about=str(path)))
            return CatalogRow(RowChange.REMOVED, number, _settled(repository, row.id, at, wanted=False), at)

    @contextmanager
    def _opened(self) -> Iterator[tuple[Path, Repository | None]]:
        """The file and its repository, held against other watchers; the lock keeps out of people's sight."""
        path = files.target(self._path)
        repository = repository_of(path, *self._author)
        folder = repository.folder if repository else path.parent
        with files.alone(folder / f".{path.name}.lock"):
            yield path, repository


def next_row(data: bytes, row: RowContent, about: str = "catalog") -> str:
    """The line that `add` would write into this document, without writing it. Raises CatalogError."""
    document = read_document(read_lines(data, about), about)
    _, number = place_for(document, int(row.cells.year))
    return render_row(number, row, document.widths)


def _added(data: bytes, *, row: RowContent, about: str) -> tuple[bytes, tuple[RowChange, int]]:
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
    line, number = place_for(document, int(row.cells.year))
    after = with_row(document, line, number, partial(render_row, row=row, widths=document.widths))
    body = body_of(after, about)
    if line not in body or number_of(after[line]) != number or len(body) != len(document.body) + 1:
        raise CatalogError("the row would not stand in the table", about=about, remedy=f"mend the table at line {line}")
    return b"".join(after), (RowChange.ADDED, number)


def _removed(data: bytes, *, row: RowContent, about: str) -> tuple[bytes, int]:
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


def _settled(repository: Repository | None, paper: PaperId, at: datetime, *, wanted: bool) -> str:
    """Commit the file unless the last commit already has the row, or already lacks it; gives the commit."""
    if repository is None:
        return ""
    if _stands(repository.committed(), paper) == wanted:
        return repository.last_change(link_of(paper))
    return repository.commit(f"catalog: {'add' if wanted else 'remove'} arXiv:{paper.native}", at)


def _stands(data: bytes | None, paper: PaperId) -> bool:
    try:
        return data is not None and bool(read_document(read_lines(data, ""), "").rows_of(paper))
    except CatalogError:
        return False
