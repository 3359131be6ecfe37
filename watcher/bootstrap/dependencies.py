"""Builds the dependencies of the pipeline. Heavy libraries are imported only when they are used: the model client at
the first request, Slack's library if papers are posted there, readers of feeds when they are called.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.desks.web.desk import WebDesk
from watcher.adapters.llm.recorded import CachedModel
from watcher.adapters.prefilters import PREFILTERS
from watcher.adapters.store import SqlStore
from watcher.bootstrap import Watcher
from watcher.bootstrap.catalogs import make_at_home
from watcher.bootstrap.configuration import read_known_papers, read_prefilter, read_prompts
from watcher.bootstrap.models import make_lazy_model, make_summarizer, not_offered
from watcher.domain.papers.feeds import Watch
from watcher.domain.papers.paper import Paper, PaperId
from watcher.domain.papers.topic import Topic
from watcher.domain.prompts import Gist
from watcher.domain.screening.triage import Line
from watcher.logs import get_logger
from watcher.pipeline.dependencies import (
    Cite,
    Dependencies,
    Enrich,
    Forget,
    Look,
    Options,
    PerTopic,
    Scope,
)
from watcher.ports import Catalog, CatchUps, Desk, LanguageModel, Source
from watcher.settings import Settings, Values
from watcher.stages.screen import Screen

P = ParamSpec("P")
R = TypeVar("R")

_SCHEDULE_GAP = timedelta(days=2)
_LINES_PER_PAPER = 4  # of about 240 characters, where a paper to be scored takes 1,000
_log = get_logger(__name__)


def make_dependencies(watcher: Watcher) -> Dependencies:
    """Build everything that the pipeline uses: database, models, the place where curators see papers, catalogs,
    services for citations. Raises ConfigError.
    """
    settings, store, clock = watcher.settings, watcher.store, watcher.clock
    values = settings.values
    at_home = make_at_home(settings, store, clock) if settings.is_distributed else None
    documents = {path: _catalog(settings, path, at_home) for path in map(settings.catalog_of, settings.topics)}
    document = documents[settings.catalog]

    def screen(topic: Topic) -> Screen:
        prefilter = PREFILTERS[values.screen.prefilter](read_prefilter(settings, topic.slug))
        return Screen(topic, prefilter, values.screen.share, triage=values.screen.triage == "all")

    def cached(make: Callable[[], LanguageModel]) -> LanguageModel:
        return CachedModel(watcher.model or make(), store.models, store.locks, clock)

    deps = Dependencies(
        options=_options(watcher),
        sources=cache(partial(_sources, watcher)),
        catch_up=_later(partial(_catch_up, watcher)),
        screens=PerTopic(settings.topics, screen),
        scorer=cached(lambda: make_lazy_model(settings, "score", store, clock)),
        triager=cached(lambda: make_lazy_model(settings, "triage", store, clock)),
        summarizer=cached(lambda: make_summarizer(settings, store, clock)),
        desk=_desk(watcher),
        document=document,
        store=store,
        clock=clock,
        lines=PerTopic(settings.topics, Line),
        documents={topic.slug: documents[settings.catalog_of(topic)] for topic in settings.topics},
        gists=PerTopic(settings.topics, lambda topic: Gist(topic, values.score.abstract_chars)),
        known_papers=PerTopic(settings.topics, partial(read_known_papers, settings)),
        worker_pool=watcher.worker_pool(store) if watcher.worker_pool else None,
        unread_days=watcher.unread_days,
        probe=partial(not_offered, settings, store),
        enrich=_later(partial(_enrich, watcher)),
        forget=_make_forget(settings, store),
        refresh=_later(partial(_refresh, watcher, document)),
        cite=(lambda *_: ()) if watcher.sources or watcher.feeds else _later(partial(_cite, watcher)),
        react=_later(lambda: watcher.curation.react),
    )
    if watcher.state is not None:
        deps = replace(deps, checkpoint=watcher.state.checkpoint)
    return replace(deps, progress=watcher.progress) if watcher.progress else deps


def _options(watcher: Watcher) -> Options:
    settings, values = watcher.settings, watcher.settings.values
    score_prompt, triage_prompt, summary_prompt, verify_prompt = read_prompts(settings.config)
    return Options(
        topics=settings.topics,
        score_prompt=score_prompt,
        triage_prompt=triage_prompt,
        summary_prompt=summary_prompt,
        verify_prompt=verify_prompt,
        styles=watcher.styles,
        holidays=frozenset(values.sources.arxiv.holidays),
        window_hours=values.schedule.window_hours,
        arxiv=watcher.arxiv,
        watch=watcher.watch or _watch(watcher),
        scope=Scope(
            budget=values.score.papers_per_run,
            triage_budget=_lines_per_run(values),
            concurrency=values.score.concurrency,
            summary_concurrency=values.summarize.concurrency,
        ),
        batch_size=values.score.batch_size,
        triage_batch=values.screen.triage_batch,
        examples=values.score.examples,
        audits_per_week=values.audit.per_week,
        quiet=values.digest.quiet,
        cards_in_channel=values.slack.cards_in_channel,
        remind_after_days=values.slack.remind_after_days,
        topics_at_once=values.workers.topics_at_once,
        pushed_as={topic.slug: str(settings.catalog_of(topic)) for topic in settings.topics},
        expected_every=_SCHEDULE_GAP if settings.state_branch else None,
    )


def _later(make: Callable[[], Callable[P, R]]) -> Callable[P, R]:
    """A function that is built by `make` when it is first called."""
    made = cache(make)

    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        return made()(*args, **kwargs)

    return call


def _sources(watcher: Watcher) -> Sequence[Source]:
    from watcher.bootstrap.clients import make_sources, make_web_feeds

    if watcher.sources:
        return watcher.sources
    sources = make_sources(watcher.settings, watcher.feeds, watcher.fetcher.with_pauses())
    if watcher.feeds:  # these alone were asked for
        return sources

    def lookup(papers: Collection[PaperId]) -> Mapping[PaperId, Paper]:
        return watcher.metadata.lookup(papers)  # the client is made at the first of them

    return sources + make_web_feeds(watcher.settings, watcher.store, lookup, watcher.clock)


def _catch_up(watcher: Watcher) -> CatchUps:
    from watcher.bootstrap.clients import make_catch_up

    return make_catch_up(watcher.settings, watcher.store, watcher.fetcher.with_pauses())


def _watch(watcher: Watcher) -> Watch:
    if not watcher.feeds:
        return Watch()
    from watcher.bootstrap.clients import make_watch

    return make_watch(watcher.settings, watcher.feeds)


def _enrich(watcher: Watcher) -> Enrich:
    from watcher.bootstrap.clients import make_enrich

    return make_enrich(watcher.settings, watcher.store, watcher.enrichers)


def _refresh(watcher: Watcher, document: Catalog) -> Look:
    from watcher.bootstrap.clients import make_refresh

    return make_refresh(watcher.settings, document, watcher.metadata, watcher.store)


def _cite(watcher: Watcher) -> Cite:
    from watcher.bootstrap.clients import make_citation_net

    return make_citation_net(watcher.settings, watcher.pipeline.deps.document_of, watcher.metadata, watcher.store)


def _lines_per_run(values: Values) -> int | None:
    """The number of papers that a run puts to triage, in whole batches: about as much text as the papers it may
    score.
    """
    papers, size = values.score.papers_per_run, values.screen.triage_batch
    return None if papers is None else max(1, papers * _LINES_PER_PAPER // size) * size


def _desk(watcher: Watcher) -> Desk:
    """The desk of the deployment: the given one, Slack if configured, else the web desk."""
    if watcher.desk or watcher.desk_name != "slack":
        return watcher.desk or WebDesk()
    from watcher.bootstrap.slack import make_slack_desk

    permit = watcher.state.permit if watcher.state is not None else None
    return make_slack_desk(watcher.settings, watcher.store, watcher.clock, permit=permit)


def _catalog(settings: Settings, path: Path, at_home: Callable[[Path, str], None] | None) -> MarkdownCatalog:
    """The catalog in a file. A missing file is created from the template, unless WATCHER_CATALOG names it."""
    template = settings.config / "catalog.md"
    if not settings.env.WATCHER_CATALOG and not path.exists() and template.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(template, path)
    names = settings.values.catalog
    return MarkdownCatalog(path, names.author_name, names.author_email, at_home, names.branch, settings.shape_of(path))


def _make_forget(settings: Settings, store: SqlStore) -> Forget:
    """Build the function that deletes old texts as the settings [retention] allow."""
    spans = settings.values.retention.questions_days, settings.values.retention.abstracts_days

    def forget(now: datetime) -> None:
        questions, abstracts = (None if days is None else now - timedelta(days=days) for days in spans)
        if questions or abstracts:
            _log.info("old texts were deleted", **store.retention.purge(questions, abstracts))

    return forget
