"""Settings and store -> what brings the catalogs' commits to their remotes; nothing where that is not wanted."""

from __future__ import annotations

from watcher.adapters.catalogs.publishing import Publishing, Upstream
from watcher.adapters.store import SqlStore
from watcher.ports import Clock
from watcher.publish import Publisher
from watcher.settings import Settings


def make_publishers(settings: Settings, store: SqlStore, clock: Clock) -> list[Publisher]:
    """One publisher a catalog; none for `push = "never"`."""
    values, env = settings.values.catalog, settings.env
    if values.push == "never":
        return []
    upstream = Upstream(values.push, values.remote, values.branch, values.github, env.WATCHER_GITHUB_API_URL)
    author = (values.author_name, values.author_email)
    paths = dict.fromkeys(map(settings.catalog_of, settings.topics))
    return [Publisher(Publishing(path, author, upstream, env.GITHUB_TOKEN), store, clock) for path in paths]
