"""Settings and store -> which catalogs may be written to on this host: of several hosts' copies rows go to one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from watcher.adapters.catalogs.exports import ExportCache
from watcher.adapters.catalogs.files import adopt_branch, mark_of
from watcher.adapters.catalogs.publishing import Publishing, Upstream
from watcher.adapters.store import SqlStore
from watcher.domain.errors import CatalogError, ConfigError
from watcher.pipeline.push import Publisher
from watcher.ports import Clock
from watcher.settings import Settings

_REMEDY = 'give workers on this host --only model-calls, or run "watcher catalog adopt" if this is the one from now on'


def catalogs_of(settings: Settings) -> Mapping[Path, str]:
    """Every catalog's file here and the name by which all hosts know it."""
    only = bool(settings.env.WATCHER_CATALOG)
    return {settings.catalog_of(topic): "" if only else topic.catalog for topic in settings.topics}


def make_at_home(settings: Settings, store: SqlStore, clock: Clock) -> Callable[[Path, str], None] | None:
    """What is told of a file and its mark before a row is written, and raises CatalogError where rows go to another
    copy; None in a deployment of one process. The first copy written to is the one.
    """
    if not settings.is_distributed:
        return None
    names = catalogs_of(settings)

    def at_home(path: Path, mark: str) -> None:
        if store.owners.claim(names.get(path, ""), mark, clock()) != mark:
            raise CatalogError("rows are written to another host's copy", about=str(path), remedy=_REMEDY)

    return at_home


def must_be_here(settings: Settings, store: SqlStore) -> None:
    """Raises ConfigError where a worker that follows decisions would have no catalog, or a copy that is not the one."""
    for path, name in catalogs_of(settings).items():
        try:
            mark = mark_of(path)
        except CatalogError as error:
            raise ConfigError(str(error), about="catalog", remedy=_REMEDY) from error
        if store.owners.get(name) not in {"", mark}:
            raise ConfigError("rows are written to another host's copy", about=str(path), remedy=_REMEDY)


def adopt(settings: Settings, store: SqlStore, clock: Clock) -> list[str]:
    """Make the catalogs of this host the ones that rows are written to, on the branches that are checked out where
    none is configured; gives their files. Raises CatalogError.
    """
    found = {path: (name, mark_of(path, make=True)) for path, name in catalogs_of(settings).items()}
    for path in found if not settings.values.catalog.branch else ():
        adopt_branch(path)
    for name, mark in found.values():
        store.owners.move(name, mark, clock())
    return [str(path) for path in found]


def make_publishers(settings: Settings, store: SqlStore, clock: Clock) -> list[Publisher]:
    """One publisher a catalog; none for `push = "never"`."""
    values, env = settings.values.catalog, settings.env
    if values.push == "never":
        return []
    upstream = Upstream(values.push, values.remote, values.branch, values.github, env.WATCHER_GITHUB_API_URL)
    author = (values.author_name, values.author_email)
    paths = dict.fromkeys(map(settings.catalog_of, settings.topics))
    return [Publisher(Publishing(path, author, upstream, env.GITHUB_TOKEN), store, clock) for path in paths]


def make_export_cache(settings: Settings, store: SqlStore, home: str = "") -> ExportCache:
    """The catalog of a deployment, in every form; its page leads back to `home`, if anywhere."""
    return ExportCache(settings.catalog, store.catalog_rows.additions, home)


def make_other_export_caches(settings: Settings, store: SqlStore, home: str = "") -> dict[str, ExportCache]:
    """The catalogs of topics that do not extend the deployment's own, by topic."""
    paths = {topic.slug: settings.catalog_of(topic) for topic in settings.topics}
    shelves = {
        path: ExportCache(path, store.catalog_rows.additions, home) for path in set(paths.values()) - {settings.catalog}
    }
    return {slug: shelves[path] for slug, path in paths.items() if path in shelves}
