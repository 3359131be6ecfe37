"""Backup and restore: writes a database to one compressed file that SQLite and PostgreSQL can both be restored from.

The file is gzipped JSON lines: a header with the schema's revision, then for every table its columns and rows, then the
number of rows of each table; a truncated file lacks that last line and is refused. All rows come from one snapshot, so
a backup may be made while the bot works.

In a backup that may be published personal texts (curators' names, reasons) are encrypted, and what is secret,
replaceable or no longer needed (installations, sessions, prompts, answers of services, abstracts of rejected papers) is
left out.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final, TextIO

import sqlalchemy as sa

from watcher.adapters.store import migrations
from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Database, Part
from watcher.adapters.store.database_file import must_be_ours
from watcher.adapters.store.tables import audit_samples
from watcher.domain.errors import DeskRefused, UsageError
from watcher.ports.store import RetentionStore

_FORMAT = 1
_AT_A_TIME = 1000
_VERSIONS = "alembic_version"

_WRITE: Mapping[str, Callable[[Any], Any]] = {
    "moment": lambda value: (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat(),
    "date": lambda value: value.isoformat(),
    "bytes": lambda value: value.hex(),
    "plain": lambda value: value,
}
_READ: Mapping[str, Callable[[Any], Any]] = {
    "moment": datetime.fromisoformat,
    "date": date.fromisoformat,
    "bytes": bytes.fromhex,
    "plain": lambda value: value,
}


def backup(database: Database, path: Path, at: datetime, form: PublicForm | None = None) -> Mapping[str, int]:
    """Write all rows to a new file that only its owner may read; return the number of rows of each table. With a `form`
    personal data is encrypted and the rest of the file may be published.

    Raises UsageError if the file exists already, cannot be written, or there is nothing to back up, and ConfigError if
    the database's schema cannot be restored by this program.
    """
    revision = migrations.known(database)
    if revision is None:
        raise UsageError("the database is empty: nothing to back up", about=str(path))
    unfinished = path.with_name(path.name + ".part")  # so that no half backup has the name of a whole one
    try:
        if path.exists():
            raise UsageError("the file exists already", about=str(path), remedy="name another one")
        opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(opened, "wb") as raw:
            with gzip.open(raw, "wt", encoding="utf-8", newline="\n") as lines:
                header = {"watcher_backup": _FORMAT, "revision": revision, "at": at.isoformat()}
                counts = _write(database, lines, header, form)
            raw.flush()
            os.fsync(raw.fileno())
        unfinished.rename(path)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", about=str(path)) from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
    return counts


def restore(database: Database, path: Path, form: PublicForm | None = None) -> Mapping[str, int]:
    """Fill an empty database from a backup file, and upgrade its schema; return the number of rows of each table.
    `form` holds the key for a backup whose personal data is encrypted.

    Raises UsageError, leaving the database empty, if it has rows already, or if the file is no complete backup, was
    made by a newer version or one from before the first release, or was encrypted with another key.
    """
    _refuse_rows(database)
    with _lines(path) as lines:
        header = _header(path, lines)
        revision = str(header["revision"])
        _must_be_known(path, revision)
        form = _form_for(header, path, form)
        # The rows fit the schema they were taken from; afterwards migrations bring schema and rows up to date.
        migrations.downgrade(database, "base")
        migrations.upgrade(database, revision)
        try:
            with database.write() as connection:
                counts = _read(connection, path, lines, form, serials=not database.is_sqlite)
        except BaseException:
            migrations.downgrade(database, "base")
            raise
    migrations.upgrade(database)
    return counts


def _form_for(header: Mapping[str, Any], path: Path, form: PublicForm | None) -> PublicForm | None:
    """The form that a file needs, None for a plain backup. Raises UsageError if it is not at hand."""
    if _HEADER not in header:
        return None
    if form is None:
        raise UsageError("its people are encrypted", about=str(path), remedy="set WATCHER_SECRET_KEY")
    form.must_fit(header, str(path))
    return form


def _write(database: Database, lines: TextIO, header: Mapping[str, Any], form: PublicForm | None) -> dict[str, int]:
    def put(value: object) -> None:
        lines.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")

    counts: dict[str, int] = {}
    put({**header, **(form.header() if form else {})})
    with database.snapshot() as connection:
        aside = _unneeded_abstracts(connection) if form else frozenset()
        for table in _tables(connection):
            if form and table.name in LEFT_OUT:
                continue
            kinds = [_kind(column.type) for column in table.columns]
            put({"table": table.name, "columns": [c.name for c in table.columns], "kinds": kinds})
            writers = [_WRITE[kind] for kind in kinds]
            counts[table.name] = 0
            for row in connection.execution_options(yield_per=_AT_A_TIME).execute(sa.select(table)):
                values = form.hidden(table.name, row._asdict(), aside).values() if form else row
                put([None if value is None else write(value) for write, value in zip(writers, values, strict=True)])
                counts[table.name] += 1
    put({"end": counts})
    return counts


def _read(
    connection: sa.Connection, path: Path, lines: Iterator[Any], form: PublicForm | None, *, serials: bool
) -> dict[str, int]:
    tables = {table.name: table for table in _tables(connection)}
    counts: dict[str, int] = {}
    head: Any = next(lines, {})
    while "end" not in head:
        table = tables[head["table"]]
        read = [_READ[kind] for kind in head["kinds"]]
        rows = _Rows(lines, head["columns"], read)
        counts[table.name] = 0
        while batch := list(islice(rows, _AT_A_TIME)):
            connection.execute(sa.insert(table), [form.shown(row) for row in batch] if form else batch)
            counts[table.name] += len(batch)
        if serials and counts[table.name]:
            _continue_numbers(connection, table)
        head = rows.after
    if head["end"] != counts:
        raise UsageError("holds fewer rows than it says", about=str(path), remedy="take another backup")
    return counts


class _Rows(Iterator[dict[str, Any]]):
    """The rows of one table in a backup; `after` is the line after them."""

    def __init__(self, lines: Iterator[Any], columns: Sequence[str], read: Sequence[Callable[[Any], Any]]) -> None:
        self._lines, self._columns, self._read = lines, columns, read
        self.after: Any = None

    def __next__(self) -> dict[str, Any]:
        if self.after is not None:
            raise StopIteration
        line = next(self._lines)
        if isinstance(line, dict):
            self.after = line
            raise StopIteration
        values = (None if value is None else read(value) for read, value in zip(self._read, line, strict=True))
        return dict(zip(self._columns, values, strict=True))


def _continue_numbers(connection: sa.Connection, table: sa.Table) -> None:
    """Let PostgreSQL's next number follow the highest one restored."""
    for column in table.primary_key:
        if isinstance(column.type, sa.Integer):
            serial = sa.func.pg_get_serial_sequence(table.name, column.name)
            connection.execute(
                sa.select(sa.func.setval(serial, sa.select(sa.func.max(column)).scalar_subquery())).where(
                    serial.is_not(None)
                )
            )


def _tables(connection: sa.Connection) -> list[sa.Table]:
    """The tables as the database has them, those that others point to first."""
    found = sa.MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != _VERSIONS]


def _kind(kind: sa.types.TypeEngine[Any]) -> str:
    if isinstance(kind, sa.DateTime):
        return "moment"
    if isinstance(kind, sa.Date):
        return "date"
    return "bytes" if isinstance(kind, sa.LargeBinary) else "plain"


def filled_tables(database: Database) -> list[str]:
    """The names of the tables that hold rows. Raises DatabaseError for another program's database."""
    must_be_ours(database)
    if migrations.known(database) is None:
        return []
    with database.read() as connection:
        return [
            t.name for t in _tables(connection) if connection.execute(sa.select(sa.literal(1)).select_from(t)).first()
        ]


def _refuse_rows(database: Database) -> None:
    if full := filled_tables(database):
        raise UsageError(
            f"the database holds rows already ({', '.join(full[:3])}…)",
            about="restore",
            remedy="name an empty one by DATABASE_URL or WATCHER_DATA",
        )


@contextlib.contextmanager
def _lines(path: Path) -> Iterator[Iterator[Any]]:
    """Context manager that yields the lines of a backup as JSON; whatever is wrong with them is a UsageError."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            yield map(json.loads, file)
    except gzip.BadGzipFile as error:
        raise _no_backup(path) from error
    except (sa.exc.IntegrityError, sa.exc.DataError, sa.exc.StatementError) as error:
        raise UsageError(
            "its rows do not fit into this database", about=str(path), remedy="take another one"
        ) from error
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", about=str(path), remedy="check the path") from error
    except (EOFError, zlib.error, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise UsageError("cut off or damaged", about=str(path), remedy="take another one") from error


def _must_be_known(path: Path, revision: str) -> None:
    if migrations.is_unreleased(revision):
        raise UsageError(
            f"an unreleased version before 0.1.0 made it (schema {revision}), and it cannot be restored",
            about=str(path),
            remedy=migrations.BEGIN_ANEW,
        )
    if not migrations.is_known(revision):
        raise UsageError(
            f"made by a newer version (schema {revision})", about=str(path), remedy="update literature-watcher"
        )


def _no_backup(path: Path) -> UsageError:
    return UsageError("not a backup of this program", about=str(path), remedy="make one with `watcher db backup`")


def _header(path: Path, lines: Iterator[Any]) -> Mapping[str, Any]:
    header = next(lines, None)
    if not isinstance(header, dict) or header.get("watcher_backup") != _FORMAT or "revision" not in header:
        raise _no_backup(path)
    return header


_HEADER: Final = "people"
"""The header's field that holds a known text, encrypted: whoever reads it has the key."""

LEFT_OUT: Final = frozenset(
    table.name
    for table in (
        *(t.installations, t.installing, t.preferences, t.ended_sessions),
        *(t.throttles, t.rate_limits, t.job_results, t.catalog_owners),  # of one machine
    )
)
"""Tables of which a public backup holds nothing."""
_PERSONAL: Final = frozenset({"curator", "person", "reason", "base_url"})
"""Columns, and keys in JSON columns, that name people, hold what they wrote, or say where their model server is."""

_KNOWN: Final = "literature-watcher"
_REMEDY: Final = "give the key it was made with, or delete it to begin anew"


@dataclass(frozen=True, slots=True)
class PublicForm:
    """The form of a backup that may be published. `encrypt` and `decrypt` transform a personal text; `decrypt` raises
    DeskRefused if the text was encrypted with another key.
    """

    encrypt: Callable[[str], str]
    decrypt: Callable[[str], str]

    def header(self) -> dict[str, str]:
        """The entry for the header of a backup file: a known encrypted text, by which `must_fit` recognizes the key."""
        return {_HEADER: self.encrypt(_KNOWN)}

    def must_fit(self, header: Mapping[str, Any], about: str) -> None:
        """Check by the header of a backup file that it was encrypted with this object's key. Raises UsageError, naming
        the file `about`, if not.
        """
        try:
            known = self.decrypt(str(header[_HEADER]))
        except DeskRefused:
            known = ""
        if known != _KNOWN:
            raise UsageError("another deployment's, or encrypted with another key", about=about, remedy=_REMEDY)

    def hidden(self, table: str, row: Mapping[str, Any], aside: frozenset[int]) -> dict[str, Any]:
        """Convert a row of a database table to its form in a public backup: personal texts encrypted, prompts and
        service answers emptied, and abstracts of the paper versions with ids in `aside` too.
        """
        changed = {name: _each_person(value, name, self.encrypt) for name, value in row.items()}
        if table == t.replies.name:
            changed["question"] = ""
        elif table == t.service_requests.name:
            changed["answer"] = None  # megabytes that are merely asked for again; what counts is how often it was asked
        elif table == t.paper_versions.name and row["id"] in aside:
            changed |= {"abstract": "", "abstract_raw": ""}
        return changed

    def shown(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Convert a table row of a public backup back, with personal texts decrypted. Raises UsageError if one cannot
        be decrypted.
        """
        try:
            return {name: _each_person(value, name, self.decrypt) for name, value in row.items()}
        except DeskRefused:
            raise UsageError("cut off or damaged", about="state", remedy="take another one") from None


def _each_person(value: Any, name: str, change: Callable[[str], str]) -> Any:
    """The value with every text changed that stands under a personal name."""
    if isinstance(value, dict):
        return {key: _each_person(part, key, change) for key, part in value.items()}
    if isinstance(value, list):
        return [_each_person(part, name, change) for part in value]
    return change(value) if name in _PERSONAL and isinstance(value, str) and value else value


def _unneeded_abstracts(connection: sa.Connection) -> frozenset[int]:
    """The ids of the paper versions whose abstracts no later step needs, since screening rejected the paper for every
    topic.
    """
    c = t.paper_versions.c
    query = sa.select(c.id).where(c.abstract != "", c.paper.not_in(_wanted_papers()))
    return frozenset(connection.scalars(query))


def _wanted_papers() -> sa.Select[Any]:
    """Query for the papers whose abstracts may still be needed: they wait for a stage, passed screening or triage for
    some topic, were nominated, or are in an audit sample.
    """
    return (
        sa.select(t.candidates.c.paper)
        .outerjoin(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
        .outerjoin(t.triages, t.triages.c.candidate == t.candidates.c.number)
        .outerjoin(t.nominations, t.nominations.c.candidate == t.candidates.c.number)
        .outerjoin(audit_samples, audit_samples.c.candidate == t.candidates.c.number)
        .where(
            sa.or_(
                t.screenings.c.candidate.is_(None),
                t.screenings.c.passed,
                sa.and_(t.screenings.c.triage, sa.func.coalesce(t.triages.c.goes_on, sa.true())),
                t.nominations.c.candidate.is_not(None),
                audit_samples.c.candidate.is_not(None),
            )
        )
    )


class Retention(Part, RetentionStore):
    def purge(self, questions_before: datetime | None, abstracts_before: datetime | None) -> Mapping[str, int]:
        forgotten = {"questions": 0, "abstracts": 0}
        with self._database.write() as connection:
            if questions_before is not None:
                old = sa.and_(t.replies.c.at < questions_before, t.replies.c.question != "")
                done = connection.execute(sa.update(t.replies).where(old).values(question=""))
                forgotten["questions"] = done.rowcount
            if abstracts_before is not None:
                done = connection.execute(
                    sa.update(t.paper_versions)
                    .where(*_put_aside(abstracts_before))
                    .values(abstract="", abstract_raw="")
                )
                forgotten["abstracts"] = done.rowcount
        return forgotten


def _put_aside(before: datetime) -> list[sa.ColumnElement[bool]]:
    """Versions of papers that screening rejected for every topic and that nobody announced since."""
    c = t.paper_versions.c
    versions = t.paper_versions.alias()
    late = (
        sa.select(versions.c.paper)
        .join(t.announcements, t.announcements.c.paper_version == versions.c.id)
        .where(t.announcements.c.at >= before)
    )
    return [c.abstract != "", c.paper.not_in(_wanted_papers()), c.paper.not_in(late)]
