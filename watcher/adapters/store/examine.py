"""A database -> whether the line could work on it."""

from __future__ import annotations

import sqlalchemy as sa

from watcher.adapters.store import migrations
from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Database
from watcher.adapters.store.standing import is_missing, must_stand
from watcher.domain.checkup import Checkup, Health
from watcher.domain.errors import DatabaseError

_NAME = "database"


def examine(database: Database) -> Checkup:
    """Reachable, of this version's schema, writable. Nothing is left in it."""
    try:
        must_stand(database)
        if is_missing(database):
            return Checkup(_NAME, Health.WARNING, "empty", database.place)
        revision = migrations.current(database)
    except DatabaseError as error:
        return Checkup(_NAME, Health.BROKEN, "unreachable", str(error))
    if revision is None:
        return Checkup(_NAME, Health.WARNING, "empty")
    if revision != migrations.HEAD:
        return Checkup(_NAME, Health.BROKEN, _sign(revision), f"{revision} / {migrations.HEAD}")
    try:
        with database.write() as connection:  # a row that is of no use to anybody, and gone again when this ends
            connection.execute(sa.insert(t.paces).values(name=_NAME, free_at=0.0, holder=""))
            connection.execute(sa.delete(t.paces).where(t.paces.c.name == _NAME))
    except DatabaseError as error:
        return Checkup(_NAME, Health.BROKEN, "read_only", str(error))
    return Checkup(_NAME, Health.OK)


def _sign(revision: str) -> str:
    if migrations.is_known(revision):
        return "behind"
    return "unreleased" if migrations.is_unreleased(revision) else "ahead"
