"""The composition root: settings -> a wired Watcher. The only file that names every adapter."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.desks.slack.client import make_client
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.web.desk import WebDesk
from watcher.adapters.engine import ENGINES
from watcher.adapters.enrich.arxiv import ArxivMetadata
from watcher.adapters.llm.durable import DurableModel
from watcher.adapters.llm.missing import MissingModel
from watcher.adapters.llm.openai import OpenAIModel
from watcher.adapters.prefilters import PREFILTERS
from watcher.adapters.sources import HOSTS, SOURCES, by_source
from watcher.adapters.sources.arxiv import ArxivRss
from watcher.adapters.sources.backoff import Patient
from watcher.adapters.sources.fetch import Fetcher, Gets
from watcher.adapters.sources.oai import ArxivOai
from watcher.adapters.sources.pace import ARXIV_HOSTS
from watcher.adapters.sources.tex import readable
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade
from watcher.adapters.store.pace import DatabasePace
from watcher.domain.errors import ConfigError
from watcher.domain.prompt import Prompt
from watcher.domain.style import Style
from watcher.parts import Parts, Progress
from watcher.pipeline import Pipeline
from watcher.ports import CatchUps, Clock, Desk, LanguageModel, Metadata, Source, Window
from watcher.schedule import digest_trigger, poll_trigger, reconcile_trigger
from watcher.settings import Settings
from watcher.stages.decide import Decide
from watcher.stages.score import GAPS as SCORE_GAPS
from watcher.stages.screen import Screen
from watcher.stages.summarize import GAPS as SUMMARY_GAPS

OPENAI = "https://api.openai.com/v1"


def wall_clock() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def _nobody() -> None:
    """Nothing listens for decisions: the command that made one follows it up itself."""


@dataclass(frozen=True)
class Watcher:
    """A wired deployment. `decide` is what desks act on."""

    settings: Settings
    store: SqlStore
    pipeline: Pipeline
    decide: Decide

    def close(self) -> None:
        """Give the database back."""
        self.store.database.close()


def open_store(settings: Settings) -> SqlStore:
    """The store, its schema brought up to date; the data folder is made if it is missing."""
    if not settings.env.DATABASE_URL:
        try:
            settings.data.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"the data folder cannot be made: {error.strerror}", about=str(settings.data), remedy="set WATCHER_DATA"
            ) from error
    database = open_database(settings.database)
    upgrade(database)
    return SqlStore(database)


def build(
    settings: Settings,
    *,
    feeds: Sequence[str] = (),
    sources: Sequence[Source] = (),
    model: LanguageModel | None = None,
    desk: Desk | None = None,
    clock: Clock = wall_clock,
    nudge: Callable[[], None] = _nobody,
    progress: Progress | None = None,
) -> Watcher:
    """Wire a deployment. `feeds` replace the configured ones; `sources`, `model` and `desk` the configured adapters."""
    store = open_store(settings)
    fetcher = Patient(_fetcher(settings, store, feeds))
    values = settings.values
    prompts = _prompts(settings.config)
    parts = Parts(
        topics=settings.topics,
        sources=sources or _sources(settings, feeds, fetcher),
        catch_up=_catch_up(settings, store, fetcher),
        screens={topic.slug: Screen(topic, PREFILTERS[values.screen.prefilter]()) for topic in settings.topics},
        scorer=DurableModel(model or _model(settings, "score", store), store, clock),
        summarizer=DurableModel(model or _model(settings, "summarize", store), store, clock),
        score_prompt=prompts[0],
        summary_prompt=prompts[1],
        style=style_of(settings),
        desk=desk or _desk(settings),
        document=_catalog(settings),
        store=store,
        engine=ENGINES["embedded"](),
        clock=clock,
        holidays=frozenset(values.sources.arxiv.holidays),
        window_hours=values.schedule.window_hours,
        batch_size=values.score.batch_size,
        papers_per_run=values.score.papers_per_run,
        concurrency=values.score.concurrency,
        summary_concurrency=values.summarize.concurrency,
    )
    parts = replace(parts, progress=progress) if progress else parts
    return Watcher(settings, store, Pipeline(parts), Decide(store, clock, nudge))


@contextmanager
def open_metadata(settings: Settings) -> Iterator[Metadata]:
    """What arXiv says of papers, asked in the same polite row as everything else."""
    store = open_store(settings)
    fetcher = _fetcher(settings, store, ())
    try:
        yield ArxivMetadata(
            lambda url: fetcher.get(url, about="arXiv's search"),
            readable=readable,
            base_url=settings.env.WATCHER_ARXIV_API_URL,
        )
    finally:
        store.database.close()


def check(settings: Settings) -> None:
    """Load what `build` would load from the configuration folder, contacting nothing.

    Raises ConfigError listing every problem, one a line.
    """
    problems: list[str] = []
    for load in (lambda: _prompts(settings.config), lambda: style_of(settings)):
        try:
            load()
        except ConfigError as error:
            problems.append(str(error))
    problems += _contradictions(settings)
    if problems:
        raise ConfigError("\n".join(problems))


def _contradictions(settings: Settings) -> list[str]:
    """What each setting allows and the whole does not."""
    env, values, found = settings.env, settings.values, list[str]()
    if values.screen.prefilter not in PREFILTERS:
        found.append(f"watcher.toml: screen.prefilter: {values.screen.prefilter!r} is none of {', '.join(PREFILTERS)}")
    if env.SLACK_BOT_TOKEN and not settings.channel:
        found.append("SLACK_BOT_TOKEN is set but no channel: set SLACK_CHANNEL")
    if env.SLACK_BOT_TOKEN and not env.SLACK_APP_TOKEN:
        found.append("SLACK_BOT_TOKEN is set but not SLACK_APP_TOKEN: no click would arrive")
    if len({topic.channel for topic in settings.topics if topic.channel}) > 1 and not env.SLACK_CHANNEL:
        found.append("topics name different channels: one deployment posts to one channel, set SLACK_CHANNEL")
    if env.WATCHER_CATALOG and not Path(env.WATCHER_CATALOG).is_file():
        found.append(f"WATCHER_CATALOG: no such file: {env.WATCHER_CATALOG}")
    for make in (
        lambda: open_database(settings.database).close(),
        lambda: _sources(settings, (), Fetcher()),
        lambda: [when(values.schedule) for when in (poll_trigger, reconcile_trigger, digest_trigger)],
    ):
        try:
            make()
        except ConfigError as error:
            found.append(str(error))
    return found


def _categories(settings: Settings) -> dict[str, list[str]]:
    """The watched categories by source; arXiv's in one query: one request a poll, and one merged reading."""
    watched = by_source(category for topic in settings.topics for category in topic.categories)
    return watched | ({"arxiv": ["+".join(watched["arxiv"])]} if "arxiv" in watched else {})


def _fetcher(settings: Settings, store: SqlStore, feeds: Sequence[str]) -> Fetcher:
    """The one way out to sources: their hosts and the operator's own, one polite row over all processes."""
    env = settings.env
    named = [*feeds, *settings.values.sources.arxiv.feeds]
    own = [env.WATCHER_BIORXIV_URL, env.WATCHER_ARXIV_RSS_URL, env.WATCHER_ARXIV_OAI_URL, env.WATCHER_ARXIV_API_URL]
    return Fetcher(
        contact=env.WATCHER_CONTACT,
        own_urls=[*own, *(feed for feed in named if "://" in feed)],
        hosts=HOSTS,
        pace=DatabasePace(store.database, ARXIV_HOSTS),
    )


def _sources(settings: Settings, feeds: Sequence[str], fetcher: Gets) -> list[Source]:
    """The named feeds alone, or one source for each that has watched categories."""
    bases = {"arxiv": settings.env.WATCHER_ARXIV_RSS_URL, "biorxiv": settings.env.WATCHER_BIORXIV_URL}
    named = list(feeds or settings.values.sources.arxiv.feeds)
    if named:
        return [ArxivRss(fetcher, feeds=named, base_url=bases["arxiv"])]
    return [
        SOURCES[name].make(fetcher, categories=categories, base_url=bases.get(name, SOURCES[name].base_url))
        for name, categories in _categories(settings).items()
    ]


def _catch_up(settings: Settings, store: SqlStore, fetcher: Gets) -> CatchUps:
    def make(window: Window) -> ArxivOai:
        return ArxivOai(
            fetcher,
            categories=frozenset(by_source(window.categories).get("arxiv", [])),
            since=window.since,
            known=store.known_ids,
            left_off=window.left_off,
            base_url=settings.env.WATCHER_ARXIV_OAI_URL,
            patience=0,  # the fetcher has it
        )

    return make


def _model(settings: Settings, stage: str, store: SqlStore) -> LanguageModel:
    env, name = settings.env, settings.model_for(stage)
    missing = [] if name else ["WATCHER_MODEL"]
    if not env.OPENAI_API_KEY and env.OPENAI_BASE_URL.rstrip("/") == OPENAI:
        missing.append("OPENAI_API_KEY (or OPENAI_BASE_URL of another server)")
    if missing:
        return MissingModel(" and ".join(missing))
    llm = settings.values.llm
    return OpenAIModel(
        name, env.OPENAI_BASE_URL, env.OPENAI_API_KEY, store, timeout=llm.timeout_seconds, prices=llm.prices
    )


def _desk(settings: Settings) -> Desk:
    if settings.slack_ready:
        if not settings.channel:
            raise ConfigError("SLACK_BOT_TOKEN is set but no channel", about="Slack", remedy="set SLACK_CHANNEL")
        return SlackDesk(make_client(settings.env.SLACK_BOT_TOKEN, settings.env.SLACK_API_URL), settings.channel)
    return WebDesk()


def _catalog(settings: Settings) -> MarkdownCatalog:
    """The catalog; only the default file in the data folder is begun from the template when it is missing."""
    path, template = settings.catalog, settings.config / "catalog.md"
    if not settings.env.WATCHER_CATALOG and not path.exists() and template.is_file():
        settings.data.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(template, path)
    names = settings.values.catalog
    return MarkdownCatalog(path, names.author_name, names.author_email)


def _prompts(folder: Path) -> tuple[Prompt, Prompt]:
    return (
        Prompt("score", _text(folder / "prompts" / "score.md"), SCORE_GAPS),
        Prompt("summarize", _text(folder / "prompts" / "summarize.md"), SUMMARY_GAPS),
    )


def style_of(settings: Settings) -> Style:
    """The style sheet of the Japanese cells. Raises ConfigError."""
    folder = settings.config / "style"
    return Style.read(_text(folder / "ja.md"), _text(folder / "ja.toml"))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"cannot be read: {error}", about=str(path), remedy="restore it, or set WATCHER_CONFIG"
        ) from error
