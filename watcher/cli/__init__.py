"""The subcommands of `watcher`. Each imports what it needs when it is called, so that `--help` is quick."""

from __future__ import annotations

from watcher.cli import (
    add,
    audit,
    catalog,
    data,
    desk,
    history,
    init,
    judgement,
    line,
    missing,
    processes,
    proposals,
    state,
)
from watcher.cli import state as doctor
from watcher.cli.base import app

__all__ = [
    "add",
    "app",
    "audit",
    "catalog",
    "data",
    "desk",
    "doctor",
    "history",
    "init",
    "judgement",
    "line",
    "missing",
    "processes",
    "proposals",
    "state",
]
