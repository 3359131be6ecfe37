"""Commands for the database: db upgrade, db downgrade."""

from __future__ import annotations

from typing import Annotated

import typer

from watcher.cli.base import app, settings

db = typer.Typer(help="Care for the database.", no_args_is_help=True)
app.add_typer(db, name="db")


@db.command()
def upgrade() -> None:
    """Bring the schema up to date."""
    from watcher.adapters.engine.embedded import hold  # noqa: PLC0415
    from watcher.adapters.store.migrations import current  # noqa: PLC0415
    from watcher.app import open_store  # noqa: PLC0415

    loaded = settings()
    with hold(loaded.data):
        store = open_store(loaded)
        typer.echo(current(store.database))
        store.database.close()


@db.command()
def downgrade(
    to: Annotated[str, typer.Argument(help="A revision, or `base` for an empty database: all facts are lost.")],
) -> None:
    """Take the schema back to a revision."""
    from watcher.adapters.engine.embedded import hold  # noqa: PLC0415
    from watcher.adapters.store import open_database  # noqa: PLC0415
    from watcher.adapters.store.migrations import current  # noqa: PLC0415
    from watcher.adapters.store.migrations import downgrade as go_down  # noqa: PLC0415

    loaded = settings()
    with hold(loaded.data):
        database = open_database(loaded.database)
        go_down(database, to)
        typer.echo(current(database) or "base")
        database.close()
