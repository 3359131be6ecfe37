"""Builds what a deployment needs for its catalogs (the Markdown files of approved papers): pushing of commits, exports,
and the check that only one host's copy of a catalog is written to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from watcher.adapters.catalogs.files import adopt_branch, mark_of
from watcher.adapters.store import SqlStore
from watcher.domain.errors import CatalogError, ConfigError
from watcher.pipeline.push import Publisher
from watcher.ports import Clock
from watcher.settings import Settings

if TYPE_CHECKING:
    from watcher.adapters.catalogs.exports import Export, ExportCache

_REMEDY = 'give workers on this host --only model-calls, or run "watcher catalog adopt" if this is the one from now on'


def catalogs_of(settings: Settings) -> Mapping[Path, str]:
    """The catalog files of this host, each with the name by which all hosts of the deployment know that catalog."""
    only = bool(settings.env.WATCHER_CATALOG)
    return {settings.catalog_of(topic): "" if only else topic.catalog for topic in settings.topics}


def make_at_home(settings: Settings, store: SqlStore, clock: Clock) -> Callable[[Path, str], None]:
    """Build the check that runs before a catalog row is written, so that the hosts of a deployment do not write to
    different copies of a catalog.

    The check is called with the file and the random id of this host's copy, and raises CatalogError if another copy is
    in use. The copy that is written to first becomes the one in use.
    """
    names = catalogs_of(settings)

    def at_home(path: Path, mark: str) -> None:
        if store.catalog.claim(names.get(path, ""), mark, clock()) != mark:
            raise CatalogError("rows are written to another host's copy", about=str(path), remedy=_REMEDY)

    return at_home


def must_be_here(settings: Settings, store: SqlStore) -> None:
    """Check that rows of each catalog are written to this host's copy of the file, as a worker that carries out
    decisions needs. Raises ConfigError otherwise.
    """
    for path, name in catalogs_of(settings).items():
        try:
            mark = mark_of(path)
        except CatalogError as error:
            raise ConfigError(str(error), about="catalog", remedy=_REMEDY) from error
        if store.catalog.owner(name) not in {"", mark}:
            raise ConfigError("rows are written to another host's copy", about=str(path), remedy=_REMEDY)


def adopt(settings: Settings, store: SqlStore, clock: Clock) -> list[str]:
    """Make this host's copy of each catalog file the one that rows are written to, and if no branch is configured, on
    the git branch that is checked out. Returns the files' paths. Raises CatalogError.
    """
    found = {path: (name, mark_of(path, make=True)) for path, name in catalogs_of(settings).items()}
    for path in found if not settings.values.catalog.branch else ():
        adopt_branch(path)
    for name, mark in found.values():
        store.catalog.set_owner(name, mark, clock())
    return [str(path) for path in found]


def make_publishers(settings: Settings, store: SqlStore, clock: Clock) -> list[Publisher]:
    """Build, for each catalog, the object that pushes its git commits; none if `catalog.push` is "never"."""
    values, env, mode = settings.values.catalog, settings.env, settings.catalog_push
    if mode == "never":
        return []
    from watcher.adapters.catalogs.publishing import Publishing, Upstream

    upstream = Upstream(mode, values.remote, values.branch, values.github, env.WATCHER_GITHUB_API_URL)
    author = (values.author_name, values.author_email)
    paths = dict.fromkeys(map(settings.catalog_of, settings.topics))
    return [
        Publisher(Publishing(path, author, upstream, env.GITHUB_TOKEN, settings.shape_of(path)), store, clock)
        for path in paths
    ]


def make_export_cache(settings: Settings, store: SqlStore, home: str = "") -> ExportCache:
    """Build the cache of the catalog's exports (HTML, feeds and other formats made from the Markdown file); `home` is
    the URL that the HTML page links back to, "" for none.
    """
    from watcher.adapters.catalogs.exports import ExportCache

    shape = settings.shape_of(settings.catalog)
    return ExportCache(settings.catalog, store.catalog.additions, home, store.papers.authors, shape)


def make_other_export_caches(settings: Settings, store: SqlStore, home: str = "") -> dict[str, ExportCache]:
    """Build the export caches of topics that write to another catalog than the deployment's, by the topic's slug."""
    from watcher.adapters.catalogs.exports import ExportCache

    paths = {topic.slug: settings.catalog_of(topic) for topic in settings.topics}
    slugs = {path: slug for slug, path in reversed(paths.items()) if path != settings.catalog}
    shelves = {
        path: ExportCache(
            path,
            store.catalog.additions,
            home,
            store.papers.authors,
            settings.shape_of(path),
            address=f"/catalog/{slug}",
        )
        for path, slug in slugs.items()
    }
    return {slug: shelves[path] for slug, path in paths.items() if path in shelves}


def make_candidate_export(store: SqlStore) -> Callable[[str], Export]:
    """Build the function that returns, in a given format, the Atom feed of the papers that wait for a curator's
    decision.
    """
    from watcher.adapters.catalogs.exports import exported
    from watcher.adapters.catalogs.exports.atom import candidate_feed

    return lambda form: exported(form, candidate_feed(store.cards.all()))
