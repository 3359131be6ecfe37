"""Settings and store -> the catalog for readers."""

from __future__ import annotations

from watcher.adapters.catalogs.exports.shelf import ExportCache
from watcher.adapters.store import SqlStore
from watcher.settings import Settings


def make_export_cache(settings: Settings, store: SqlStore, home: str = "") -> ExportCache:
    """The catalog of a deployment, in every form; its page leads back to `home`, if anywhere."""
    return ExportCache(settings.catalog, store.additions, home)


def make_other_export_caches(settings: Settings, store: SqlStore, home: str = "") -> dict[str, ExportCache]:
    """The catalogs of topics that do not extend the deployment's own, by topic."""
    paths = {topic.slug: settings.catalog_of(topic) for topic in settings.topics}
    shelves = {path: ExportCache(path, store.additions, home) for path in set(paths.values()) - {settings.catalog}}
    return {slug: shelves[path] for slug, path in paths.items() if path in shelves}
