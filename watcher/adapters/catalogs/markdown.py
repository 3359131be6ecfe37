"""The catalog as a Markdown file: adds, changes and removes entries and commits them, and finds out what became of
approved papers' entries (implements ports.Catalog).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from watcher.adapters.catalogs import files
from watcher.adapters.catalogs.files import lock_of, mark_beside
from watcher.adapters.catalogs.git import Repository, read_from, repository_of, written_to
from watcher.adapters.catalogs.git_process import commit_of
from watcher.adapters.catalogs.markdown_change import with_proposal
from watcher.adapters.catalogs.markdown_document import Document, read_document
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.adapters.catalogs.markdown_place import (
    ANYWHERE,
    Neighbors,
    Place,
    neighbors,
    own_place,
    place_for,
    place_of,
    with_row,
    without_gap,
    without_row,
)
from watcher.adapters.catalogs.markdown_row import entry_text, link_of, name_of, wanted_by
from watcher.adapters.catalogs.markdown_text import named_ids, read_lines
from watcher.adapters.catalogs.merge import BranchMerge
from watcher.domain.catalog.catalog import CatalogReading
from watcher.domain.catalog.match import same_title
from watcher.domain.catalog.proposals import Ending, Proposal, ProposalOutcome
from watcher.domain.catalog.shape import DEFAULT, Shape
from watcher.domain.errors import CatalogConflict, CatalogError
from watcher.domain.facts import MISSING, ApprovedRow, CatalogRow, RowChange
from watcher.domain.papers.paper import PaperId
from watcher.domain.summaries.cells import RowContent, check_cells
from watcher.domain.text import title_words


class MarkdownCatalog:
    """A catalog (list of papers) in one Markdown file, which people edit too (implements ports.Catalog).

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
        shape: Shape = DEFAULT,
    ) -> None:
        """`path` is the file, or a link to it, and `shape` its layout. The author's name and e-mail address are those
        of the commits if the file is in a git repository; commits are made on `branch`, by default the one that was
        checked out at the first write. `at_home` is called with the file and its marker before anything is written, and
        may raise CatalogError.
        """
        self._path = path
        self._shape = shape
        self._at_home = at_home
        self._branch = branch
        self._author = (author_name, author_email)

    def ids(self) -> frozenset[PaperId]:
        data = files.read(self._path)
        read_lines(data, str(self._path))
        return named_ids(data.decode())

    def add(self, row: RowContent, at: datetime, approved: Sequence[ApprovedRow] = ()) -> CatalogRow:
        """Add the paper's row to the catalog unless it is there, and commit.

        The result is PRESENT, with the row's number or 0, if people had mentioned the paper before or if the file has
        its title with another link. A row identical to the one that would be written counts as the bot's own, written
        before a kill. Numbers of `approved` rows that are missing from the file are not given to others. Raises
        CatalogError; the row may then be in the file, and the next call commits it.
        """
        number = 0
        with self._opened(at, f"add {name_of(row.id)}") as work:
            about = str(work.path)
            for version in work.versions():
                after, (change, n) = added_to(version.before, row, about, ANYWHERE, approved, self._shape)
                if version.file is None:
                    number = n
                    if change is RowChange.PRESENT:
                        return CatalogRow(change, number, "", at)
                elif after != version.file:
                    near = _neighbors_of(row.id, version.file, about, self._shape)
                    after, _ = added_to(version.before, row, about, near, approved, self._shape)
                version.after = after
            return CatalogRow(RowChange.ADDED, number, work.commit or work.last_change(link_of(row.id)), at)

    def remove(self, row: RowContent, at: datetime, approved: Sequence[ApprovedRow] = ()) -> CatalogRow:
        """Remove the paper's row from the catalog, edited by people or not, and commit. If there is no row, only
        commit; the number reserved for it among the `approved` becomes free. Mentions of the paper outside of rows
        stay. Raises CatalogError, also if two rows are about the paper.
        """
        number = 0
        with self._opened(at, f"remove {name_of(row.id)}") as work:
            for version in work.versions():
                version.after, n = removed_from(version.before, row, str(work.path), approved, self._shape)
                number = n if version.file is None else number
            return CatalogRow(RowChange.REMOVED, number, work.commit or work.last_change(link_of(row.id)), at)

    def read(self) -> CatalogReading:
        return read_entries(files.read(self._path), str(self._path), self._shape)

    def change(self, proposal: Proposal, at: datetime, *, again: bool) -> ProposalOutcome:
        """Carry out an accepted proposal to change a cell, if the cell still has the text to be replaced, and commit.

        With `again` (an earlier attempt may have been interrupted), a cell that already has the new text counts as
        changed by the bot. Raises CatalogError; the change may then be in the file, and the next call commits it.
        """
        with self._opened(at, f"edit {name_of(proposal.paper) if proposal.paper else 'a cell'}") as work:
            for version in work.versions():
                version.after, ending = with_proposal(version.before, proposal, str(work.path), self._shape)
                ours = ending is Ending.WRITTEN or (again and ending is Ending.PRESENT)
                if version.file is None and not ours:
                    return ProposalOutcome(ending, "", at)
            return ProposalOutcome(Ending.WRITTEN, work.commit or work.last_change(""), at)

    def rehearse(self, at: datetime) -> None:
        """Check that a row could be written now, without changing the file or the git branch. Raises CatalogError if
        the branch is not checked out, or the file's git filter or commit signing does not work.
        """
        path = files.target(self._path)
        repository = repository_of(path, *self._author)
        if repository is not None:
            repository = written_to(repository, lock_of(path, repository.folder), self._branch, keep=False)
            repository.at_rest()
            head, data = repository.head(), files.read(path)
            tree = repository.tree_with(head, repository.stored((repository.committed(head) or data) + b"\n"), at)
            commit_of(repository.git, tree, [head] if head else [], "catalog: rehearsal", at)

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
        document = read_document(read_lines(data, str(path)), str(path), self._shape)
        authored = {paper: n for n in reversed(document.rows) for paper in document.ids_of(n)[0]}
        known = [row for row in approved if row.paper in authored]
        found = {row.candidate: _standing(row, document.numbers.get(authored[row.paper], 0), at) for row in known}
        others = [row for row in approved if row.candidate not in found]
        found |= {row.candidate: CatalogRow(RowChange.REMOVED, 0, "", at) for row in others if row.change in _OUT}
        others = [row for row in others if row.change not in _OUT]
        if others:  # which are few: every cell of the file is read for them
            reading = read_entries(data, str(path), self._shape)
            found |= _looked_for(others, reading, named_ids(data.decode()), repository, at)
        return found

    def preview(self, row: RowContent) -> str:
        return next_row(files.read(self._path), row, str(self._path), self._shape)

    @contextmanager
    def _opened(self, at: datetime, what: str) -> Iterator[_Work]:
        """Context manager that locks the catalog's file against other watchers and yields the work of a change (`what` is
        told in the commit's message: ids alone) there and in the file's repository.
        """
        path = files.target(self._path)
        repository = repository_of(path, *self._author)
        lock = lock_of(path, repository.folder if repository else None)
        with files.alone(lock):
            if self._at_home is not None:
                self._at_home(self._path, mark_beside(lock))
            if repository is not None:
                repository = written_to(repository, lock, self._branch)
                BranchMerge(repository, path, self._shape).finish(at)
                repository.at_rest()
                repository.mend_index(files.read(path), at)
                _ = repository.filter  # without it the file is no catalog, but what the filter left in its place
            yield _Work(path, repository, f"catalog: {what}", at)


@dataclass(slots=True)
class _Version(files.Draft):
    """A version of the catalog in which a change is made: the file, its last commit, or its entry in git's index. For the
    latter two `file` is the changed file, else None.
    """

    file: bytes | None = None


@dataclass
class _Work:
    """A change of the catalog's file, and of its last commit where it is in a repository. `commit` is the commit that was
    made, "" for none.
    """

    path: Path
    repository: Repository | None
    message: str
    at: datetime
    commit: str = ""

    def versions(self) -> Iterator[_Version]:
        """Yield each version in which the caller is to make its change, and write and commit what it has made of them.
        A caller that stops at the file leaves everything as it is.

        What may fail is done first: signed and filtered, the commit is there before the file is touched. Then the file is
        written, the index changed and the branch moved. A version with the bytes that the file had is not yielded again.
        """
        data = files.read(self.path)
        file = _Version(data, data)
        yield file
        repository, now, head = self.repository, file.after, ""
        committed: bytes | None = None
        last: _Version | None = None
        for is_written in (False, True):
            if repository is not None and (last is None or last.file != now):  # somebody saved the file between
                head = repository.head()
                committed = repository.committed(head)
                last = _Version(committed or b"", now, now)
                if committed is not None and (committed, now) != (file.before, file.after):
                    yield last
                self.commit = ""
                if last.after != committed:
                    tree = repository.tree_with(head, repository.stored(last.after), self.at)
                    self.commit = commit_of(repository.git, tree, [head] if head else [], self.message, self.at)
            if not is_written:
                now = yield from self._written(file, now)
        if repository is None or last is None:
            return
        # The index first: should the process be killed between the two, a person's commit holds the change, and does not
        # take it back.
        if self.commit:
            repository.must_be_checked_out()
        yield from self._staged(repository, committed, last, self.commit or head)
        if self.commit:
            repository.advance(head, self.commit, self.message, self.at)

    def _written(self, file: _Version, first: bytes) -> Generator[_Version, None, bytes]:
        """Write the changed file, and return what it holds then; yield it once more if somebody has saved it meanwhile.
        `first` is what it was changed to at first. Raises CatalogConflict if somebody saves the file without the change
        right after it was written.
        """
        for draft in files.drafts(self.path):
            if draft.before != file.before:
                file.before = file.after = draft.before
                yield file
            draft.after = file.after
        now = file.after if self.repository is None else files.read(self.path)
        if self.repository is not None and now != first:
            saved = _Version(now, now, now)
            yield saved
            if saved.after != now:  # without the change; a commit would say that the person took it out
                raise CatalogConflict("changes while it is edited", about=str(self.path), remedy="the next try goes on")
        return now

    def _staged(
        self, repository: Repository, committed: bytes | None, last: _Version, commit: str
    ) -> Iterator[_Version]:
        """Put the change in git's index too; yield what is there if it is neither of the commits `committed` and `last`."""
        staged = repository.staged(committed)
        if staged is None:
            return
        index = _Version(staged.content, last.after, last.file)
        if staged.content not in {b"", committed}:
            yield index
        repository.stage(staged, index.after, commit if index.after == last.after else "", self.at)

    def last_change(self, text: str) -> str:
        """The branch's last commit about a text of the file, "" outside of any repository."""
        return self.repository.last_change(text) if self.repository else ""


def next_row(data: bytes, row: RowContent, about: str = "catalog", shape: Shape = DEFAULT) -> str:
    """The Markdown of the entry that would be written if this paper were added to the catalog file `data`. Raises
    CatalogError, naming the file `about`.
    """
    document = read_document(read_lines(data, about), about, shape)
    return entry_text(document, place_for(document, wanted_by(row, shape)), row)


def shown_row(data: bytes, row: RowContent, about: str = "catalog", shape: Shape = DEFAULT) -> str:
    """The Markdown of the paper's entry in the catalog file `data`; if there is none, of the entry that would be
    written. Raises CatalogError, naming the file `about`.
    """
    document = read_document(read_lines(data, about), about, shape)
    lines = document.rows_of(row.id)
    return document.text(lines[0]) if lines else next_row(data, row, about, shape)


def added_to(
    data: bytes,
    row: RowContent,
    about: str,
    near: Neighbors = ANYWHERE,
    approved: Sequence[ApprovedRow] = (),
    shape: Shape = DEFAULT,
) -> tuple[bytes, tuple[RowChange, int]]:
    """Insert a paper's entry in the bytes of a catalog file; entries in `near` stay above or below it.

    Returns the new bytes, whether the entry was added or was there before (RowChange), and its number, 0 in a catalog
    without numbers. If its number is reserved (it is among the `approved` and missing from the file), it gets that
    number, and never one reserved for another. Raises CatalogError.
    """
    document = read_document(read_lines(data, about), about, shape)
    if document.names(row.id):
        lines = document.rows_of(row.id)
        counted = document.counted(lines)
        same = (n for n in counted if document.reads(n, entry_text(document, place_of(document, n), row)))
        if (ours := next(same, None)) is not None:
            return data, (RowChange.ADDED, document.numbers.get(ours, 0))
        return data, (RowChange.PRESENT, document.numbers.get(lines[0], 0) if lines else 0)
    if (line := _row_titled(document, row.cells.title, row.id, int(row.cells.year))) is not None:
        return data, (RowChange.PRESENT, document.numbers.get(line, 0))
    if faults := check_cells(row.cells):
        found = ", ".join(f"{fault.code} {fault.detail}".strip() for fault in faults)
        raise CatalogError(f"cells that cannot stand in a row: {found}", about=str(row.id), remedy="edit the card")
    kept, wanted = _kept_numbers(document, approved), wanted_by(row, shape)
    own = own_place(document, wanted, kept[row.id]) if row.id in kept else None
    others = frozenset(number for paper, number in kept.items() if paper != row.id)
    place = own or place_for(document, wanted, near, others)
    text = entry_text(document, place, row)
    after = with_row(document, place, text.encode(), fills_gap=own is not None)
    _must_stand(document, read_document(after, about, shape), place, row)
    return b"".join(after), (RowChange.ADDED, place.number)


def _must_stand(before: Document, after: Document, place: Place, row: RowContent) -> None:
    """Raises CatalogError unless the new entry is read as one, to its last line and with its number, and all others are as
    they were.
    """
    line = place.line + len(place.before)
    end = line + len(after.lines) - len(before.lines) - len(place.before) - len(place.after)
    own = after.ends.get(line) == end and after.numbers.get(line, 0) == place.number
    own = own and len(after.ends) == len(before.ends) + 1
    if own and not before.shape.exact:
        linked, beside = after.ids_of(line)
        own = row.id in (linked or beside)
    if not own or (
        not before.shape.exact and [*map(before.key, before.ends)] != [after.key(n) for n in after.ends if n != line]
    ):
        raise CatalogError("the row would not stand in the table", remedy=f"mend the table at line {place.line}")


def _neighbors_of(paper: PaperId, data: bytes, about: str, shape: Shape) -> Neighbors:
    """The entries above and below a paper's in the catalog file `data`. In the last commit the entry is put between them
    too: rows that were written after it and committed before it (its writer was killed between the two) stay on their
    side of it, or file and commit would differ for good.
    """
    document = read_document(read_lines(data, about), about, shape)
    return neighbors(document, max(document.rows_of(paper), default=len(document.lines)))


def removed_from(
    data: bytes, row: RowContent, about: str, approved: Sequence[ApprovedRow] = (), shape: Shape = DEFAULT
) -> tuple[bytes, int]:
    """Remove a paper's entry from the bytes of a catalog file; return the new bytes and the number that the entry had,
    or 0. If the entry is missing already, the gap that it left in the numbers is closed, unless numbers above it are
    reserved for other missing entries. Raises CatalogError.
    """
    document = read_document(read_lines(data, about), about, shape)
    lines = document.rows_of(row.id)
    if len(lines) > 1:
        counted = document.counted(lines)
        lines = [n for n in counted if document.reads(n, entry_text(document, place_of(document, n), row))]
        if len(lines) != 1:
            raise CatalogError(f"several rows are about {row.id}", about=about, remedy="take out all but one by hand")
    if not lines:
        kept = _kept_numbers(document, approved)
        number = kept.get(row.id, 0)
        closes = number and number == max(kept.values())
        return b"".join(without_gap(document, number)) if closes else data, 0
    return b"".join(without_row(document, lines[0])), document.numbers.get(lines[0], 0)


# Changes after which a missing row keeps its number.
_BACK = frozenset({RowChange.TAKEN_OUT, RowChange.LOST, RowChange.WANTED_BACK, RowChange.INTENDED})
# Changes after which a row is meant to be absent.
_OUT = frozenset({RowChange.REMOVED, RowChange.RETURNED})


def _row_titled(document: Document, title: str, paper: PaperId, year: int | None = None) -> int | None:
    """Find a paper's entry in a catalog by its title, for an entry whose link does not name the paper; return its line,
    or None.

    An entry that names another paper of the same source does not count, nor, in a catalog whose layout was learned, one
    that states a year more than one away from `year`.
    """
    # Looking for the title's longest word first spares parsing nearly every row.
    rare = max((word for word in title_words(title) if word in title.casefold()), key=len, default="")
    for line in document.rows:
        text = document.text(line)
        if rare not in text.casefold():
            continue
        if same_title(document.title(line), title) and not _others(named_ids(text), paper):
            stated = () if document.shape.exact else document.date(line)
            if year is None or not stated or abs(stated[0] - year) < 2:
                return line
    return None


def _others(ids: Iterable[PaperId], paper: PaperId) -> bool:
    """Whether the ids name another paper of the same source."""
    return any(named.source == paper.source and named != paper for named in ids)


def _kept_numbers(document: Document, approved: Sequence[ApprovedRow]) -> Mapping[PaperId, int]:
    """The numbers reserved for approved papers whose entries are missing or about to be put back, by paper; new entries
    must not get them.
    """
    borne = frozenset(document.numbers.values())
    return {
        row.paper: row.number
        for row in approved
        if row.number and (row.number not in borne or row.change in _BACK)
        if not document.names(row.paper)
        if all(_row_titled(document, title, row.paper) is None for title in row.titles)
    }


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
    """The facts about rows that no authors' cell names: found by an id elsewhere or by title, else missing: taken out by
    a person if a commit removed them, else lost.
    """
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
        elif repository is None:  # there is no history, so a person is assumed to have removed it
            found[row.candidate] = CatalogRow(RowChange.TAKEN_OUT, row.number, "", at)
        else:
            commit, subject = repository.taken_out(row.paper.native)
            # The bot itself removed it at an earlier time, when its approval was taken back.
            ours = subject == f"catalog: remove {name_of(row.paper)}" and not repository.holds(row.commit)
            change, commit = (RowChange.TAKEN_OUT, commit) if commit and not ours else (RowChange.LOST, "")
            found[row.candidate] = CatalogRow(change, row.number, commit, at)
    return found
