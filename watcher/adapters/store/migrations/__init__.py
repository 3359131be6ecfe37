"""Schema migrations with Alembic; `upgrade` brings any older database to the revision HEAD."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from watcher.adapters.store.database import Database
from watcher.domain.errors import ConfigError, DatabaseError, Misuse

_LOCK = 0x736368656D61  # "schema": two processes that start together on an empty server upgrade it one by one
HEAD = "0001_initial"
SCRIPTS = Path(__file__).parent
_UNRELEASED = frozenset(f"{number:04}" for number in range(1, 23))  # schemas of versions before 0.1.0
BEGIN_ANEW = "begin with a new data folder (WATCHER_DATA) or an empty database (DATABASE_URL)"


def current(database: Database) -> str | None:
    """The schema revision recorded in a database, e.g. `0001_initial`; None if it is empty. Raises DatabaseError if it
    cannot be read.
    """
    with database.read() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(sa.text("select version_num from alembic_version"))
        return found


def lag(database: Database) -> str:
    """The reason why the database cannot be used, as text: it does not answer, or its schema is of another version; ""
    if it can be used.
    """
    try:
        return mismatch(database)
    except DatabaseError:
        return "the database cannot be reached"


def mismatch(database: Database) -> str:
    """A text that names the database's schema revision and the one this program needs; "" if they are the same. Raises
    DatabaseError if the database cannot be read.
    """
    found = current(database)
    return "" if found == HEAD else f"the schema stands at {found or 'nothing'}, not at {HEAD}"


def must_not_lag(database: Database) -> None:
    """Check that the database is empty or has this program's schema. Raises ConfigError if the schema is of another
    version.
    """
    found = known(database)
    if found is not None and found != HEAD:
        raise ConfigError(
            f"{mismatch(database)}, and other processes may still need it",
            about=_place(database),
            remedy='run "watcher db upgrade" first',
        )


def is_known(revision: str) -> bool:
    """Whether a schema revision (`0001_initial`, `0002_…`) is this program's own or an earlier one."""
    number, _, name = revision.partition("_")
    return bool(name) and number.isdecimal() and int(number) <= int(HEAD.partition("_")[0])


def is_unreleased(revision: str) -> bool:
    """Whether a schema revision is one of those from before the first release, which cannot be upgraded."""
    return revision in _UNRELEASED


def upgrade(database: Database, to: str = "head") -> None:
    """Upgrade the database's schema to a revision, by default the newest; do nothing if it is there already. Raises
    ConfigError for a schema made by a newer program, or from before the first release.
    """
    if known(database) == HEAD and to == "head":
        return  # Alembic costs 0.2 s to import, and nearly every start finds nothing to do
    _run(database, "upgrade", to)


def downgrade(database: Database, to: str) -> None:
    """Downgrade the database's schema to an earlier revision (`base`: no tables). Raises ConfigError for a schema made
    by a newer program, or from before the first release.
    """
    known(database)
    _run(database, "downgrade", to)


def known(database: Database) -> str | None:
    """The schema revision of a database; None if it is empty. Raises ConfigError if this program can neither use nor
    upgrade it, because a newer program made it or it is from before the first release, and DatabaseError if it cannot
    be read.
    """
    revision = current(database)
    if revision is None or is_known(revision):
        return revision
    if is_unreleased(revision):
        raise ConfigError(
            f"an unreleased version before 0.1.0 made the schema: it stands at {revision}, and cannot be upgraded",
            about=_place(database),
            remedy=BEGIN_ANEW,
        )
    raise ConfigError(
        f"a newer version made the schema: it stands at {revision}, this program knows {HEAD}",
        about=_place(database),
        remedy=f'start the newer version, or let it run "watcher db downgrade {HEAD}"',
    )


def _run(database: Database, direction: str, to: str) -> None:
    from alembic import command  # noqa: PLC0415 - see upgrade()
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        config.attributes["connection"] = connection
        try:
            getattr(command, direction)(config, to)
        except CommandError as error:
            raise Misuse(str(error), about=to, remedy="name a revision, head or base") from None


def _place(database: Database) -> str:
    """The file of a database, or the variable that names it: a URL may hold a password."""
    return str(database.engine.url.database) if database.is_sqlite else "DATABASE_URL"
