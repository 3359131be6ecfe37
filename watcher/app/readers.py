"""Settings and store -> the catalog for readers."""

from __future__ import annotations

from watcher.adapters.catalogs.exports.shelf import Shelf
from watcher.adapters.store import SqlStore
from watcher.settings import Settings


def make_shelf(settings: Settings, store: SqlStore, home: str = "") -> Shelf:
    """The catalog of a deployment, in every form; its page leads back to `home`, if anywhere."""
    return Shelf(settings.catalog, store.additions, home)


def make_other_shelves(settings: Settings, store: SqlStore, home: str = "") -> dict[str, Shelf]:
    """The catalogs of topics that do not extend the deployment's own, by topic."""
    paths = {topic.slug: settings.catalog_of(topic) for topic in settings.topics}
    shelves = {path: Shelf(path, store.additions, home) for path in set(paths.values()) - {settings.catalog}}
    return {slug: shelves[path] for slug, path in paths.items() if path in shelves}
