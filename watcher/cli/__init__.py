"""The subcommands of `watcher`. Each imports what it needs when it is called, so that `--help` is quick."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import typer

from watcher.cli import (  # noqa: F401 - each adds its commands to the app
    audit,
    catalog,
    data,
    desk,
    init,
    judgement,
    processes,
    proposals,
    runs,
    state,
)
from watcher.cli.base import app

__all__ = ["app", "app_for"]


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """The app with only the command that the arguments begin with, because typer reads the options of all commands
    of an app before it runs one; the whole app if they do not begin with one.
    """
    commands = [c for c in app.registered_commands if (c.name or getattr(c.callback, "__name__", "")) in arguments[:1]]
    groups = [group for group in app.registered_groups if group.name in arguments[:1]]
    if not (commands or groups):
        return app
    chosen = copy(app)
    chosen.registered_commands, chosen.registered_groups = commands, groups
    return chosen
