"""Settings -> the weekly look at what has happened to the catalog's papers."""

from __future__ import annotations

from watcher.adapters.store import SqlStore
from watcher.app.enrichers import attention_rule, make_enrichers
from watcher.app.files import style_of
from watcher.ports import Catalog, Metadata
from watcher.settings import Settings
from watcher.upkeep.refresh import Refresh


def make_refresh(settings: Settings, document: Catalog, metadata: Metadata, store: SqlStore) -> Refresh:
    """The refresh over the configured services; each paper's own pages are read."""
    enrichers = make_enrichers(settings, pages=True)
    return Refresh(document, metadata, enrichers, attention_rule(settings), style_of(settings), store)
