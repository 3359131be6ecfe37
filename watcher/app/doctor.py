"""Settings -> what was found of everything they name, contacted once each, politely."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.catalogs.publishing import Publishing, Upstream
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.examine import examine as examine_database
from watcher.adapters.store.migrations import upgrade
from watcher.app.check import check
from watcher.app.doctor_model import model_checkups
from watcher.app.doctor_slack import slack_checkups
from watcher.app.homes import must_be_here
from watcher.app.sources import make_fetcher, make_sources, watched_categories
from watcher.domain.checkup import Checkup, Health
from watcher.domain.days import open_days
from watcher.domain.errors import CatalogError, ConfigError, WatcherError
from watcher.logs import redact
from watcher.ports import Clock
from watcher.settings import Settings

_SKEW = timedelta(minutes=2)  # Slack refuses signed requests beyond five
_LITTLE, _TOO_LITTLE = 2 * 2**30, 200 * 2**20  # bytes


def doctor(settings: Settings, clock: Clock, *, offline: bool = False) -> list[Checkup]:
    """Everything that is configured, looked at once. `offline` contacts the database and files alone.

    Nothing is posted, pushed or recorded; a model is asked to score two papers, whose cost is told.
    """
    database = _database(settings)
    found = [*_configuration(settings), database, *_catalogs(settings, clock), _disk(settings)]
    if database.health is Health.OK:
        found += _days(settings, clock)
        found += _homes(settings) if settings.is_distributed else []
    if not offline:
        # Looking must change nothing, also not what was learned of a model server; so the best response format is found
        # anew, and the question is not held against the day's cap.
        with tempfile.TemporaryDirectory() as folder:
            ours = open_database(Path(folder, "doctor.db"))
            upgrade(ours)
            store = SqlStore(ours)
            found += [*_sources(settings, store, clock), *model_checkups(settings, store, clock)]
            ours.close()
        found += slack_checkups(settings, clock, stored=database.health is Health.OK)
        found += _remotes(settings)
    return [Checkup(each.name, each.health, each.sign, redact(each.detail)) for each in found]


def _configuration(settings: Settings) -> Iterator[Checkup]:
    try:
        check(settings)
    except ConfigError as error:
        for line in error.message.splitlines():
            yield Checkup("configuration", Health.BROKEN, "contradiction", line)
    else:
        yield Checkup("configuration", Health.OK)


def _database(settings: Settings) -> Checkup:
    place = settings.database
    if isinstance(place, Path) and not place.parent.exists():  # the folder is made with the first command that writes
        return Checkup("database", Health.WARNING, "empty", str(place))
    database = open_database(place)
    found = examine_database(database)
    database.close()
    return found


def _catalogs(settings: Settings, clock: Clock) -> Iterator[Checkup]:
    names = settings.values.catalog
    for path in dict.fromkeys(map(settings.catalog_of, settings.topics)):
        if not path.exists() and not settings.env.WATCHER_CATALOG:
            yield Checkup("catalog", Health.OK, "to_begin", str(path))
            continue
        catalog, sign = MarkdownCatalog(path, names.author_name, names.author_email, branch=names.branch), "refused"
        try:
            catalog.rehearse(clock())
            sign = "unreadable"
            catalog.read()
        except CatalogError as error:
            yield Checkup("catalog", Health.BROKEN, sign, str(error))
        else:
            yield Checkup("catalog", Health.OK, detail=str(path))


def _homes(settings: Settings) -> Iterator[Checkup]:
    database = open_database(settings.database)
    try:
        must_be_here(settings, SqlStore(database))
    except ConfigError as error:
        yield Checkup("catalog", Health.WARNING, "elsewhere", str(error))
    finally:
        database.close()


def _days(settings: Settings, clock: Clock) -> Iterator[Checkup]:
    database = open_database(settings.database)
    try:
        watch, store = settings.values, SqlStore(database)
        last = store.last_run()
        now = last.started if last and last.pretended else clock()
        hours, holidays = watch.schedule.window_hours, frozenset(watch.sources.arxiv.holidays)
        unread = open_days(store.account(now), now, holidays=holidays, window_hours=hours)
    finally:
        database.close()
    if "arxiv" in watched_categories(settings):
        yield Checkup("days", *((Health.WARNING, "unread", ", ".join(map(str, unread))) if unread else (Health.OK,)))


def _disk(settings: Settings) -> Checkup:
    folder = next(place for place in (settings.data, *settings.data.absolute().parents) if place.exists())
    free = shutil.disk_usage(folder).free
    told = f"{free / 2**30:.1f} GB"
    if free < _LITTLE:
        return Checkup("disk", Health.BROKEN if free < _TOO_LITTLE else Health.WARNING, "full", told)
    return Checkup("disk", Health.OK, detail=told)


def _sources(settings: Settings, store: SqlStore, clock: Clock) -> Iterator[Checkup]:
    fetcher = make_fetcher(settings, store, ())
    for source in make_sources(settings, (), fetcher):
        for reading in source.read():
            if reading.error is not None:
                yield Checkup("source", Health.BROKEN, "unreadable", str(reading.error))
            else:
                yield Checkup("source", Health.OK, detail=f"{reading.feed} ({len(reading.announcements)})")
    if fetcher.server_time is not None:
        yield skew(fetcher.server_time, clock())


def skew(theirs: datetime, ours: datetime) -> Checkup:
    """How far our clock is from a server's."""
    seconds = (ours - theirs).total_seconds()
    if abs(seconds) > _SKEW.total_seconds():
        return Checkup("clock", Health.BROKEN, "wrong", f"{seconds:+.0f} s")
    return Checkup("clock", Health.OK, detail=f"{seconds:+.0f} s")


def _remotes(settings: Settings) -> Iterator[Checkup]:
    values, env = settings.values.catalog, settings.env
    if values.push == "never":
        return
    upstream = Upstream(values.push, values.remote, values.branch, values.github, env.WATCHER_GITHUB_API_URL)
    for path in dict.fromkeys(map(settings.catalog_of, settings.topics)):
        publishing = Publishing(path, (values.author_name, values.author_email), upstream, env.GITHUB_TOKEN)
        try:
            publishing.rehearse()
        except WatcherError as error:
            yield Checkup("remote", Health.BROKEN, "refused", str(error))
        else:
            yield Checkup("remote", Health.OK, detail=values.remote)
