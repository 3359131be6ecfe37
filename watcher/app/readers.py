"""Settings and store -> the catalog for readers."""

from __future__ import annotations

from watcher.adapters.catalogs.exports.shelf import Shelf
from watcher.adapters.store import SqlStore
from watcher.settings import Settings


def make_shelf(settings: Settings, store: SqlStore, home: str = "") -> Shelf:
    """The catalog of a deployment, in every form; its page leads back to `home`, if anywhere."""
    return Shelf(settings.catalog, store.additions, home)
