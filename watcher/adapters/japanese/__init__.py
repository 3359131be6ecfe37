"""Japanese text taken apart by a dictionary."""

from watcher.adapters.japanese.sudachi import Sudachi

__all__ = ["Sudachi"]
