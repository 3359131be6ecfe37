"""Commands for the database: db upgrade, db downgrade, db backup, db restore."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from watcher.cli.base import Json, app, print_json, settings

db = typer.Typer(help="Care for the database.", no_args_is_help=True)
app.add_typer(db, name="db")


@db.command()
def upgrade() -> None:
    """Bring the database schema up to date."""
    from watcher.adapters.queue.folder_lock import hold
    from watcher.adapters.store.migrations import current
    from watcher.bootstrap import open_store

    loaded = settings()
    with hold(loaded.data):
        store = open_store(loaded, upgrades=True)
        typer.echo(current(store.database))
        store.database.close()


@db.command()
def downgrade(
    to: Annotated[
        str, typer.Argument(metavar="TO", help="A revision, or `base` for an empty database: all facts are lost.")
    ],
) -> None:
    """Take the database schema back to a revision."""
    from watcher.adapters.queue.folder_lock import hold
    from watcher.adapters.store import open_database
    from watcher.adapters.store.migrations import current
    from watcher.adapters.store.migrations import downgrade as go_down

    loaded = settings()
    with hold(loaded.data), closing(open_database(loaded.database)) as database:
        go_down(database, to)
        typer.echo(current(database) or "base")


@db.command()
def backup(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A file that does not exist yet, e.g. watcher-2026-07-01.jsonl.gz.")
    ],
    as_json: Json = False,
) -> None:
    """Write all facts to one file, also while the bot works. The catalog is not part of it."""
    from watcher.adapters.store import open_database
    from watcher.adapters.store.backup import backup as write
    from watcher.bootstrap import wall_clock
    from watcher.words_ja import cli as words

    with closing(open_database(settings().database)) as database:
        counts = write(database, file, wall_clock())
    print_json(counts) if as_json else typer.echo(words.backed_up(str(file), sum(counts.values())))


@db.command()
def restore(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Made by `db backup`, from SQLite or PostgreSQL, or a state branch's file."
        ),
    ],
    as_json: Json = False,
) -> None:
    """Fill an empty database from a backup; backups move between SQLite and PostgreSQL."""
    from watcher.adapters.queue.folder_lock import hold
    from watcher.adapters.store import open_database
    from watcher.adapters.store.backup import restore as fill
    from watcher.bootstrap.state import form_of
    from watcher.words_ja import cli as words

    loaded = settings()
    form = form_of(loaded) if loaded.env.WATCHER_SECRET_KEY else None
    with hold(loaded.data), closing(open_database(loaded.database)) as database, database.hold():
        counts = fill(database, file, form)
    print_json(counts) if as_json else typer.echo(words.restored(str(file), sum(counts.values())))
