"""Schema changes by Alembic, in order; `upgrade` brings any older database to HEAD."""

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
    """The revision a database stands at; None when it is empty. Raises DatabaseError when it cannot be read."""
    with database.read() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(sa.text("select version_num from alembic_version"))
        return found


def lag(database: Database) -> str:
    """What keeps the line from using the database: "" or that it is unreachable or of another version of the schema."""
    try:
        return mismatch(database)
    except DatabaseError:
        return "the database cannot be reached"


def mismatch(database: Database) -> str:
    """How the schema differs from this program's, "" if it does not. Raises DatabaseError when it cannot be read."""
    found = current(database)
    return "" if found == HEAD else f"the schema stands at {found or 'nothing'}, not at {HEAD}"


def must_not_lag(database: Database) -> None:
    """Raises ConfigError for a schema that an older program made; an empty database is none."""
    found = known(database)
    if found is not None and found != HEAD:
        raise ConfigError(
            f"{mismatch(database)}, and other processes may still need it",
            about=_place(database),
            remedy='run "watcher db upgrade" first, as the release step of the Procfile does',
        )


def is_known(revision: str) -> bool:
    """Whether this program can upgrade from a revision. Revisions are named `0001_initial`, `0002_…`, in order."""
    number, _, name = revision.partition("_")
    return bool(name) and number.isdecimal() and int(number) <= int(HEAD.partition("_")[0])


def is_unreleased(revision: str) -> bool:
    """Whether a revision is one of the 22 that development went through before the first release."""
    return revision in _UNRELEASED


def upgrade(database: Database, to: str = "head") -> None:
    """Bring the schema up to a revision; does nothing when it stands there already. Raises ConfigError for a schema
    that a newer program made, or one from before the first release.
    """
    if known(database) == HEAD and to == "head":
        return  # Alembic costs 0.2 s to import, and nearly every start finds nothing to do
    _run(database, "upgrade", to)


def downgrade(database: Database, to: str) -> None:
    """Take the schema back to a revision (`base` for none). Raises ConfigError as `upgrade` does."""
    known(database)
    _run(database, "downgrade", to)


def known(database: Database) -> str | None:
    """The revision a database stands at; None when it is empty. Raises ConfigError when it cannot be reached, when a
    newer program made its schema, or when the schema is from before the first release.
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
