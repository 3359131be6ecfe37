"""What the settings of a shared deployment allow and the whole does not."""

from __future__ import annotations

import importlib.util

from watcher.settings import Settings


def engine_contradictions(settings: Settings) -> list[str]:
    """One line for each."""
    if not settings.is_distributed:
        return []
    found = list[str]()
    if not settings.env.DATABASE_URL.startswith("postgres"):
        found.append("the engine procrastinate needs PostgreSQL: set DATABASE_URL to postgresql://…")
    if importlib.util.find_spec("procrastinate") is None:
        found.append("the engine procrastinate is not installed: install the extra 'postgres'")
    return found
