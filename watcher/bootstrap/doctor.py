"""Health check of a deployment (the command `doctor`): contacts every configured service once and reports what does not
work.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.metadata import packages_distributions
from pathlib import Path

from watcher import __version__
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.catalogs.publishing import Publishing, Upstream
from watcher.adapters.desks.slack.api.examine import examine_slack
from watcher.adapters.llm.openai import OpenAIModel
from watcher.adapters.llm.recorded import CachedModel
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.database_file import examine as examine_database
from watcher.adapters.store.migrations import upgrade
from watcher.bootstrap.catalogs import must_be_here
from watcher.bootstrap.check import check
from watcher.bootstrap.clients import make_fetcher, make_sources, make_web_feeds, watched_categories
from watcher.bootstrap.configuration import read_prompts
from watcher.bootstrap.models import SHARES, make_model
from watcher.bootstrap.slack import installations_of
from watcher.domain.errors import (
    BadReply,
    CatalogError,
    ConfigError,
    DeskRefused,
    ModelRefused,
    PushError,
    QuestionRefused,
    WatcherError,
)
from watcher.domain.facts import Candidate
from watcher.domain.health import Checkup, Health
from watcher.domain.papers.feeds import open_days
from watcher.domain.papers.paper import AnnounceType, Paper, PaperId
from watcher.logs import redact
from watcher.pipeline.dependencies import MeteredModel
from watcher.ports import Batch, Clock, LanguageModel
from watcher.settings import Settings
from watcher.stages.score import score

_SKEW = timedelta(minutes=2)  # Slack refuses signed requests beyond five
_SHOWN = ("candidates", "relevances", "summaries", "replies", "decisions", "cards", "failures")
_LITTLE, _TOO_LITTLE = 2 * 2**30, 200 * 2**20  # bytes
_DISTRIBUTION = "literature-watcher"
_ENTRY_POINT = b"watcher.__main__"  # named by the script of a wheel, whichever installer wrote it
_SCRIPT_BYTES = 4096


def doctor(settings: Settings, clock: Clock, *, offline: bool = False) -> list[Checkup]:
    """Run all health checks and return their results; with `offline` only the checks of installation, configuration,
    database and files.

    Nothing is posted, pushed or recorded. A model is asked to score two papers, and the cost is reported.
    """
    database = _database(settings)
    found = [examine_installation(), *_configuration(settings), database, *_catalogs(settings, clock), _disk(settings)]
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
        found += state_checkups(settings)
    return [Checkup(each.name, each.health, each.sign, redact(each.detail)) for each in found]


def examine_installation() -> Checkup:
    """Health check of this installation: a warning if another distribution holds a package `watcher` in the same
    environment, or if the command `watcher` is another program's.
    """
    others = sorted(set(packages_distributions().get("watcher", ())) - {_DISTRIBUTION})
    if others:
        return Checkup("installation", Health.WARNING, "shared", ", ".join(others))
    script = shutil.which("watcher")
    if script and not _is_ours(Path(script)):
        return Checkup("installation", Health.WARNING, "other_script", script)
    return Checkup("installation", Health.OK, detail=f"{_DISTRIBUTION} {__version__}")


def _is_ours(script: Path) -> bool:
    try:
        with script.open("rb") as file:
            text = file.read(_SCRIPT_BYTES)
    except OSError:
        return True  # not to be read, so nothing is known about it
    return _ENTRY_POINT in text or b"-m watcher" in text


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
        author, shape = (names.author_name, names.author_email), settings.shape_of(path)
        catalog, sign = MarkdownCatalog(path, *author, branch=names.branch, shape=shape), "refused"
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
        last = store.runs.last()
        now = last.started if last and last.pretended else clock()
        hours, holidays = watch.schedule.window_hours, frozenset(watch.sources.arxiv.holidays)
        unread = open_days(store.feeds.account(now), now, holidays=holidays, window_hours=hours)
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
    for source in (*make_sources(settings, (), fetcher), *make_web_feeds(settings, store, lambda _: {}, clock)):
        for reading in source.read():
            if reading.error is not None:
                yield Checkup("source", Health.BROKEN, "unreadable", str(reading.error))
                continue
            # One that the server says is unchanged has the entries that are remembered.
            listed = len(reading.memory.seen if reading.memory else reading.announcements)
            empty = not (reading.by_day or listed)  # as some servers answer for an address that is mistyped
            health, fault = (Health.WARNING, "empty") if empty else (Health.OK, "")
            yield Checkup("source", health, fault, f"{reading.feed} ({listed})")
    if fetcher.server_time is not None:
        yield skew(fetcher.server_time, clock())


def skew(theirs: datetime, ours: datetime) -> Checkup:
    """Compare this machine's clock with a server's: broken if they differ by more than two minutes."""
    seconds = (ours - theirs).total_seconds()
    if abs(seconds) > _SKEW.total_seconds():
        return Checkup("clock", Health.BROKEN, "wrong", f"{seconds:+.0f} s")
    return Checkup("clock", Health.OK, detail=f"{seconds:+.0f} s")


def _remotes(settings: Settings) -> Iterator[Checkup]:
    values, env, mode = settings.values.catalog, settings.env, settings.catalog_push
    if mode == "never":
        return
    upstream = Upstream(mode, values.remote, values.branch, values.github, env.WATCHER_GITHUB_API_URL)
    for path in dict.fromkeys(map(settings.catalog_of, settings.topics)):
        publishing = Publishing(
            path, (values.author_name, values.author_email), upstream, env.GITHUB_TOKEN, settings.shape_of(path)
        )
        try:
            publishing.rehearse()
        except WatcherError as error:
            yield Checkup("remote", Health.BROKEN, "refused", str(error))
        else:
            yield Checkup("remote", Health.OK, detail=values.remote)


def state_checkups(settings: Settings) -> Iterator[Checkup]:
    """Check that the database shared on a git branch can be restored, and report what a reader of the repository can
    see in it (row counts). Nothing if no branch is configured.
    """
    if not settings.state_branch:
        return
    from watcher.bootstrap.state import branch_of, form_of, restored

    try:
        branch = branch_of(settings)
        tip = branch.look()
        if tip is None:
            yield Checkup("state", Health.OK, "to_begin", branch.name)
            return
        with tempfile.TemporaryDirectory() as folder:
            counts = restored(branch, tip, Path(folder, "state.db"), form_of(settings))
        size = len(branch.content(tip)) / 2**20
    except WatcherError as error:
        yield Checkup("state", Health.BROKEN, "unreachable" if isinstance(error, PushError) else "refused", str(error))
    else:
        told = ", ".join(f"{name} {counts.get(name, 0)}" for name in _SHOWN)
        yield Checkup("state", Health.OK, "shows", f"{branch.name}, {size:.1f} MB: {told}")


def slack_checkups(settings: Settings, clock: Clock, *, stored: bool) -> Sequence[Checkup]:
    """Check every Slack token in use. `stored` says whether the database, which holds the workspaces' tokens, can be
    read.
    """
    env = settings.env
    if settings.many_workspaces:
        return list(_workspaces(settings, clock)) if stored else [Checkup("slack_token", Health.WARNING, "workspaces")]
    if not env.SLACK_BOT_TOKEN:
        return []
    channels, anybody = _channels(settings, ""), _anybody(settings)
    return examine_slack(env.SLACK_BOT_TOKEN, env.SLACK_APP_TOKEN, env.SLACK_API_URL, channels, anybody=anybody)


def _anybody(settings: Settings) -> bool:
    """Whether everybody who sees a Slack channel may decide, because no curators are configured."""
    return not (settings.values.slack.curators or settings.values.slack.curator_group)


def _channels(settings: Settings, team: str) -> Sequence[str]:
    """The channels that a workspace's messages go to; that of alarms belongs to the first topic's workspace."""
    channels = [topic.channel for topic in settings.topics if topic.team == team or not team]
    if not team or settings.topics[0].team == team:
        channels.append(settings.values.alarms.channel)
    return list(dict.fromkeys(filter(None, channels)))


def _workspaces(settings: Settings, clock: Clock) -> Iterator[Checkup]:
    database = open_database(settings.database)
    app_token = settings.env.SLACK_APP_TOKEN
    try:
        installations = installations_of(settings, SqlStore(database), clock)
        for team in sorted(installations.teams):
            token = installations.token(team)
            if token is None:
                yield Checkup("slack_token", Health.BROKEN, "not_installed", team)
                continue
            channels, anybody = _channels(settings, team), _anybody(settings)
            for found in examine_slack(token, app_token, settings.env.SLACK_API_URL, channels, anybody=anybody):
                yield replace(found, detail=f"{team} {found.detail}".strip())
            app_token = ""  # the app has one, whichever workspace it is in
    except (ConfigError, DeskRefused) as error:
        yield Checkup("slack_token", Health.BROKEN, "sealed", str(error))
    finally:
        database.close()


# What an error tells to do -> the sign of the finding.
_SIGNS = {
    "OPENAI_API_KEY": "key",
    "add credit": "credit",
    "WATCHER_MODEL": "not_offered",
    "rights": "access",
    "answer_tokens": "limit",
    "network": "unreachable",
    "OPENAI_BASE_URL": "address",
}

# Two known papers, in words of our own.
_PAPERS = (
    (
        "1512.03385",
        "Deep Residual Learning for Image Recognition",
        """Layers of a deep network learn the difference from their input, which makes very deep networks easier to train.
        Deeper networks of this form recognize images more accurately.""",
    ),
    (
        "1412.6980",
        "Adam: A Method for Stochastic Optimization",
        """A first-order method for optimizing stochastic objectives keeps running averages of gradients and of their
        squares. It needs little memory and little tuning.""",
    ),
)


def model_checkups(settings: Settings, store: SqlStore, clock: Clock) -> Iterator[Checkup]:
    """Check every configured model by asking it to score two papers. `store` is a temporary database, so that nothing
    learned or recorded by the check stays.
    """
    for stage in {settings.model_for(stage): stage for stage in SHARES}.values():
        model = make_model(settings, stage, store, clock)
        try:
            yield _asked(model, settings, store, clock)
        except ConfigError:
            return  # it is told as a finding of the configuration
        except WatcherError as error:
            yield Checkup("model", Health.BROKEN, _sign(error, model), str(error))
        finally:
            if isinstance(model, OpenAIModel):
                model.close()


def _asked(model: LanguageModel, settings: Settings, store: SqlStore, clock: Clock) -> Checkup:
    """The result of asking a model to score two papers. Raises the model's errors."""
    if isinstance(model, OpenAIModel):
        model.check()
    metered = MeteredModel(CachedModel(model, store.models, store.locks, clock))
    topic = settings.topics[0]
    scored = score(_batch(topic.slug, clock()), topic, metered, read_prompts(settings.config)[0])
    if scored.missed:
        return Checkup("model", Health.BROKEN, "no_answer", f"{model.name}: {scored.missed[0].error}")
    usage = metered.usage
    tokens = usage.prompt_tokens + usage.completion_tokens
    taken = model.response_format if isinstance(model, OpenAIModel) else ""
    told = f"{model.name}: {taken}, {tokens} tokens, ${usage.cost_usd:.6f}"
    if taken == "json_schema":
        return Checkup("model", Health.OK, detail=told)
    return Checkup("model", Health.WARNING, "no_schema", told)


def _sign(error: WatcherError, model: LanguageModel) -> str:
    if not isinstance(model, OpenAIModel):
        return "missing"
    if isinstance(error, BadReply | QuestionRefused) and "answer_tokens" not in error.remedy:
        return "no_answer"
    otherwise = "refused" if isinstance(error, ModelRefused) else "failing"
    return next((sign for told, sign in _SIGNS.items() if told in error.remedy), otherwise)


def _batch(topic: str, now: datetime) -> Batch:
    candidates = [
        Candidate(number, topic, _paper(*known), AnnounceType.NEW, now) for number, known in enumerate(_PAPERS, 1)
    ]
    return Batch(0, tuple(candidates))


def _paper(native: str, title: str, abstract: str) -> Paper:
    return Paper(
        id=PaperId("arxiv", native),
        version=1,
        title_raw=title,
        abstract_raw=abstract,
        authors_raw="",
        title=title,
        abstract=abstract,
        authors=(),
        categories=("cs.LG",),
        url=f"https://arxiv.org/abs/{native}",
    )
