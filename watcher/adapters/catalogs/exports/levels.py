"""An entry's attention cell turned into its level: what stands before the reason in brackets."""

from __future__ import annotations

from typing import Final

from watcher.domain.catalog import CatalogEntry
from watcher.words_ja.catalog import PAGE

LEVELS: Final = ("高", "中", "低", PAGE["unknown_level"])


def level_of(entry: CatalogEntry) -> str:
    """One of LEVELS, by the cell's first sign; the last where the cell says something else or nothing."""
    return next((level for level in LEVELS[:-1] if entry.attention.startswith(level)), LEVELS[-1])
