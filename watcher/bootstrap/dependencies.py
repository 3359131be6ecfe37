"""Builds the pipeline's dependencies. Vendor libraries are imported late: the model client at the first request,
Slack's library only if Slack is the desk.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.desks.web.desk import WebDesk
from watcher.adapters.llm.cached import CachedModel
from watcher.adapters.prefilters import PREFILTERS
from watcher.adapters.queue import ENGINES
from watcher.adapters.sources.backoff import RetryingFetcher
from watcher.adapters.store import SqlStore
from watcher.bootstrap import Watcher
from watcher.bootstrap.catalogs import make_at_home
from watcher.bootstrap.enrichers import make_enrich, make_refresh
from watcher.bootstrap.files import read_prompts
from watcher.bootstrap.models import make_lazy_model, not_offered
from watcher.bootstrap.prefilters import prefilter_of
from watcher.bootstrap.sources import make_catch_up, make_sources, make_watch
from watcher.domain.papers.topic import Topic
from watcher.domain.screening.gist import Gist
from watcher.logs import get_logger
from watcher.pipeline.dependencies import Dependencies, Forget, Options, PerTopic, Scope
from watcher.ports import Desk, LanguageModel
from watcher.settings import Settings
from watcher.stages.screen import Screen

_log = get_logger(__name__)


def make_dependencies(watcher: Watcher) -> Dependencies:
    """Build everything that the pipeline needs. Raises ConfigError."""
    settings, store, clock = watcher.settings, watcher.store, watcher.clock
    values, fetcher = settings.values, RetryingFetcher(watcher.fetcher)
    at_home = make_at_home(settings, store, clock)
    documents = {path: _catalog(settings, path, at_home) for path in map(settings.catalog_of, settings.topics)}
    document = documents[settings.catalog]
    trained = partial(prefilter_of, settings, store)

    def screen(topic: Topic) -> Screen:
        return Screen(topic, PREFILTERS[values.screen.prefilter](topic, trained), values.screen.share)

    def model(stage: str) -> LanguageModel:
        return CachedModel(
            watcher.model or make_lazy_model(settings, stage, store, clock), store.replies, store.locks, clock
        )

    deps = Dependencies(
        options=_options(watcher),
        sources=watcher.sources or make_sources(settings, watcher.feeds, fetcher),
        catch_up=make_catch_up(settings, store, fetcher),
        screens=PerTopic(settings.topics, screen),
        scorer=model("score"),
        summarizer=model("summarize"),
        desk=_desk(watcher),
        document=document,
        store=store,
        engine=ENGINES["embedded"](),
        clock=clock,
        documents={topic.slug: documents[settings.catalog_of(topic)] for topic in settings.topics},
        gists=PerTopic(settings.topics, lambda topic: Gist(topic, values.score.abstract_chars)),
        crew=watcher.crew(store) if watcher.crew else None,
        unread_days=watcher.unread_days,
        probe=partial(not_offered, settings, store),
        enrich=make_enrich(settings, store, watcher.enrichers),
        forget=_make_forget(settings, store),
        refresh=make_refresh(settings, document, watcher.metadata, store),
    )
    return replace(deps, progress=watcher.progress) if watcher.progress else deps


def _options(watcher: Watcher) -> Options:
    settings, values = watcher.settings, watcher.settings.values
    score_prompt, summary_prompt = read_prompts(settings.config)
    return Options(
        topics=settings.topics,
        score_prompt=score_prompt,
        summary_prompt=summary_prompt,
        style=watcher.style,
        holidays=frozenset(values.sources.arxiv.holidays),
        window_hours=values.schedule.window_hours,
        arxiv=watcher.arxiv,
        watch=watcher.watch or make_watch(settings, watcher.feeds),
        scope=Scope(
            budget=values.score.papers_per_run,
            concurrency=values.score.concurrency,
            summary_concurrency=values.summarize.concurrency,
        ),
        batch_size=values.score.batch_size,
        examples=values.score.examples,
        audits_per_week=values.audit.per_week,
        quiet=values.digest.quiet,
        cards_in_channel=values.slack.cards_in_channel,
        remind_after_days=values.slack.remind_after_days,
        topics_at_once=values.workers.topics_at_once,
        pushed_as={topic.slug: str(settings.catalog_of(topic)) for topic in settings.topics},
    )


def _desk(watcher: Watcher) -> Desk:
    """Where people are shown messages."""
    if watcher.desk or watcher.desk_name != "slack":
        return watcher.desk or WebDesk()
    from watcher.bootstrap.slack import make_slack_desk

    return make_slack_desk(watcher.settings, watcher.store, watcher.clock)


def _catalog(settings: Settings, path: Path, at_home: Callable[[Path, str], None] | None) -> MarkdownCatalog:
    """A catalog; a file that WATCHER_CATALOG does not name is begun from the template when it is missing."""
    template = settings.config / "catalog.md"
    if not settings.env.WATCHER_CATALOG and not path.exists() and template.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(template, path)
    names = settings.values.catalog
    return MarkdownCatalog(path, names.author_name, names.author_email, at_home, names.branch)


def _make_forget(settings: Settings, store: SqlStore) -> Forget:
    """Forgets what [retention] allows to."""
    spans = settings.values.retention.questions_days, settings.values.retention.abstracts_days

    def forget(now: datetime) -> None:
        questions, abstracts = (None if days is None else now - timedelta(days=days) for days in spans)
        if questions or abstracts:
            _log.info("old texts were deleted", **store.retention.purge(questions, abstracts))

    return forget
