"""Finds out which approved papers are in the catalog's file and what became of the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from watcher.adapters.catalogs.git import Repository
from watcher.adapters.catalogs.markdown_document import Document
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.adapters.catalogs.markdown_ids import named_ids
from watcher.adapters.catalogs.markdown_layout import read_document
from watcher.adapters.catalogs.markdown_lines import read_lines, without_number
from watcher.adapters.catalogs.markdown_parts import entry_parts
from watcher.adapters.catalogs.markdown_row import name_of
from watcher.adapters.catalogs.markdown_text import visible_text
from watcher.domain.catalog.catalog import CatalogReading
from watcher.domain.catalog.match import same_title, words
from watcher.domain.catalog.shape import DEFAULT, Shape
from watcher.domain.facts import MISSING, ApprovedRow, CatalogRow, RowChange
from watcher.domain.papers.paper import PaperId

# Changes after which a missing row keeps its number.
_BACK = frozenset({RowChange.TAKEN_OUT, RowChange.LOST, RowChange.WANTED_BACK, RowChange.INTENDED})
# Changes after which a row is meant to be absent.
_OUT = frozenset({RowChange.REMOVED, RowChange.RETURNED})


def row_titled(document: Document, title: str, paper: PaperId, year: int | None = None) -> int | None:
    """Find a paper's entry in a catalog by its title, for an entry whose link does not name the paper; return its line,
    or None.

    An entry that names another paper of the same source does not count, nor, in a catalog whose layout was learned, one
    that states a year more than one away from `year`.
    """
    # Looking for the title's longest word first spares parsing nearly every row.
    rare = max((word for word in words(title) if word in title.casefold()), key=len, default="")
    for line in document.rows:
        text = document.text(line)
        if rare not in text.casefold():
            continue
        if same_title(_title(document, line), title) and not _others(named_ids(text), paper):
            stated = None if document.shape.exact else document.year(line)
            if year is None or stated is None or abs(stated - year) < 2:
                return line
    return None


def _title(document: Document, line: int) -> str:
    """The title of an entry as readers see it."""
    if document.group_of(line).columns:
        shown = visible_text(document.cell(line, "title"))
        return without_number(shown) if document.has_number_in_title(line) else shown
    text = document.text(line)
    span = entry_parts(text).get("title")
    return visible_text(text[slice(*span)]) if span else ""


def _others(ids: Iterable[PaperId], paper: PaperId) -> bool:
    """Whether the ids name another paper of the same source."""
    return any(named.source == paper.source and named != paper for named in ids)


def kept_numbers(document: Document, approved: Sequence[ApprovedRow]) -> Mapping[PaperId, int]:
    """The numbers reserved for approved papers whose entries are missing or about to be put back, by paper; new entries
    must not get them.
    """
    borne = frozenset(document.numbers.values())
    return {
        row.paper: row.number
        for row in approved
        if row.number and (row.number not in borne or row.change in _BACK)
        if not document.names(row.paper)
        if all(row_titled(document, title, row.paper) is None for title in row.titles)
    }


def whereabouts(
    data: bytes,
    approved: Sequence[ApprovedRow],
    repository: Repository | None,
    about: str,
    at: datetime,
    shape: Shape = DEFAULT,
) -> Mapping[int, CatalogRow]:
    """Find out by the catalog's file `data` and its git history what became of the entry of each approved paper (still
    there, moved, removed, lost …), by candidate number. Raises CatalogError.
    """
    document = read_document(read_lines(data, about), about, shape)
    authored = {paper: n for n in reversed(document.rows) for paper in document.linked(n)}
    known = [row for row in approved if row.paper in authored]
    found = {row.candidate: _standing(row, document.numbers.get(authored[row.paper], 0), at) for row in known}
    others = [row for row in approved if row.candidate not in found]
    found |= {row.candidate: CatalogRow(RowChange.REMOVED, 0, "", at) for row in others if row.change in _OUT}
    others = [row for row in others if row.change not in _OUT]
    if others:  # which are few: every cell of the file is read for them
        found |= _looked_for(others, read_entries(data, about, shape), named_ids(data.decode()), repository, at)
    return found


def _standing(row: ApprovedRow, number: int, at: datetime) -> CatalogRow:
    """The fact that a row is in the catalog."""
    return CatalogRow(row.origin, number or row.number, row.commit, at)


def _looked_for(
    approved: Sequence[ApprovedRow],
    reading: CatalogReading,
    everywhere: AbstractSet[PaperId],
    repository: Repository | None,
    at: datetime,
) -> Mapping[int, CatalogRow]:
    """The facts about rows that no authors' cell names: found by an id elsewhere or by title, else missing."""
    numbers = {paper: entry.number or 0 for entry in reversed(reading.entries) for paper in entry.ids}
    found: dict[int, CatalogRow] = {}
    for row in approved:
        titled = [
            entry.number or 0
            for entry in reading.entries
            if not _others(entry.ids, row.paper) and any(same_title(entry.title, title) for title in row.titles)
        ]
        beside = row.origin is RowChange.PRESENT and not row.number and row.paper in everywhere
        if row.paper in numbers or titled or beside:
            number = numbers.get(row.paper) or next(filter(None, titled), 0)
            found[row.candidate] = _standing(row, number, at)
        elif row.change in MISSING:
            found[row.candidate] = CatalogRow(row.change, row.number, "", at)
        else:
            found[row.candidate] = _missing(row, repository, at)
    return found


def _missing(row: ApprovedRow, repository: Repository | None, at: datetime) -> CatalogRow:
    """The fact about a missing row: taken out by a person if a commit removed it, else lost.

    Without a repository there is no history, so a person is assumed to have removed it.
    """
    if repository is None:
        return CatalogRow(RowChange.TAKEN_OUT, row.number, "", at)
    commit, subject = repository.taken_out(row.paper.native)
    ours = subject == f"catalog: remove {name_of(row.paper)}"  # of an earlier time, when its approval was taken back
    if commit and (not ours or repository.holds(row.commit)):
        return CatalogRow(RowChange.TAKEN_OUT, row.number, commit, at)
    return CatalogRow(RowChange.LOST, row.number, "", at)
