"""The attention level of a catalog entry, as the page and its charts group entries."""

from __future__ import annotations

from typing import Final

from watcher.domain.catalog import CatalogEntry
from watcher.words_ja.catalog import PAGE

LEVELS: Final = ("高", "中", "低", PAGE["unknown_level"])


def level_of(entry: CatalogEntry) -> str:
    """One of LEVELS, by the first character of the attention cell; the last of them if the cell states none."""
    return next((level for level in LEVELS[:-1] if entry.attention.startswith(level)), LEVELS[-1])
