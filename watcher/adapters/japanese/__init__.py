"""Morphological analysis of Japanese."""

from watcher.adapters.japanese.sudachi import Sudachi

__all__ = ["Sudachi"]
