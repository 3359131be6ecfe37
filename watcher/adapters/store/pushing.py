"""Pushes: what the catalogs' remotes were given, and what keeps them from being given more."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from watcher.adapters.store.database import Database
from watcher.adapters.store.schema import metadata, run_column, when_column
from watcher.domain.facts import Push
from watcher.logs import redact
from watcher.ports import Failure

pushes = sa.Table(
    "pushes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("catalog", sa.Text, nullable=False),
    sa.Column("commit_id", sa.String(64), nullable=False),
    sa.Column("branch", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("trouble", sa.Text, nullable=False),
    run_column(),
    when_column(),
)


class Pushing:
    """The part of the store that remembers the remote."""

    database: Database

    def add_push(self, push: Push, run: str) -> None:
        """Add the fact that a catalog's remote holds a commit, or did not take it."""
        with self.database.write() as connection:
            connection.execute(sa.insert(pushes).values({**_values(push), "run": run}))

    def last_push(self, catalog: str | None = None) -> Push | None:
        """What a catalog's remote, or any, took last."""
        query = sa.select(pushes).where(pushes.c.trouble == "", _of(catalog)).order_by(pushes.c.id.desc()).limit(1)
        with self.database.read() as connection:
            row = connection.execute(query).first()
        return Push(row.catalog, row.commit_id, row.branch, row.url, row.at) if row else None

    def push_trouble(self, catalog: str | None = None) -> list[Failure]:
        """What keeps a catalog, or each of them, from being pushed; nothing once a push came after it."""
        newest = sa.select(sa.func.max(pushes.c.id)).where(_of(catalog)).group_by(pushes.c.catalog)
        query = sa.select(pushes.c.trouble).where(pushes.c.id.in_(newest), pushes.c.trouble != "").order_by(pushes.c.id)
        with self.database.read() as connection:
            return [Failure("push", None, trouble) for trouble in connection.scalars(query)]


def _values(push: Push) -> dict[str, Any]:
    told = {"catalog": push.catalog, "commit_id": push.commit, "branch": push.branch, "url": push.url, "at": push.at}
    return {**told, "trouble": redact(push.trouble)}


def _of(catalog: str | None) -> sa.ColumnElement[bool]:
    return sa.true() if catalog is None else pushes.c.catalog == catalog
