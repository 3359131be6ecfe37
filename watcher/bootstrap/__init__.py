"""The composition root: settings -> a wired Watcher. With its neighbors the only place that names every adapter."""

from __future__ import annotations

import logging
import shutil
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.desks.slack.api.channels import Pacing, Turns
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.messages.proposals import SlackReviewDesk
from watcher.adapters.desks.slack.messages.weekly import SlackWeeklyDesk
from watcher.adapters.desks.web.desk import WebDesk
from watcher.adapters.enrich.arxiv import ArxivMetadata
from watcher.adapters.llm.cached import DurableModel
from watcher.adapters.prefilters import PREFILTERS
from watcher.adapters.queue import ENGINES
from watcher.adapters.sources import by_source
from watcher.adapters.sources.backoff import RetryingFetcher
from watcher.adapters.sources.fetch import DocumentFetcher
from watcher.adapters.sources.tex import readable
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.database_file import beginning, mark_made, must_stand
from watcher.adapters.store.migrations import must_not_lag, upgrade
from watcher.adapters.store.rate_limits import DatabaseThrottle
from watcher.bootstrap.catalogs import make_at_home
from watcher.bootstrap.check import check
from watcher.bootstrap.enrichers import make_enrich, make_refresh
from watcher.bootstrap.files import read_prompts, style_of
from watcher.bootstrap.models import make_model, not_offered, wall_clock
from watcher.bootstrap.prefilters import prefilter_of
from watcher.bootstrap.slack import PeopleOf, make_slack_desk
from watcher.bootstrap.sources import make_catch_up, make_fetcher, make_sources, make_watch
from watcher.domain.errors import ConfigError
from watcher.domain.operations.vitals import Vitals
from watcher.domain.papers.announcement_days import Watch, as_told
from watcher.domain.papers.topic import Topic
from watcher.domain.screening.gist import Gist
from watcher.pipeline.dependencies import Forget, Parts, Progress
from watcher.pipeline.pipeline import Pipeline
from watcher.ports import Clock, Crew, Desk, Enricher, LanguageModel, Metadata, RunReport, Source, WeeklyDesk
from watcher.services.audits import Audit
from watcher.services.inquiries import Inquire
from watcher.services.proposals import ProposalService
from watcher.settings import Settings
from watcher.stages.decide import Decide
from watcher.stages.screen import Screen

__all__ = ["Watcher", "build", "check", "open_store", "style_of", "wall_clock"]


_SLACK_SECONDS = 15.0  # longer than a call to Slack may take


def _nobody() -> None:
    """Nothing listens for decisions: the command that made one follows it up itself."""


@dataclass(frozen=True)
class Watcher:
    """A wired deployment. `decide` and `audit` are what desks act on."""

    settings: Settings
    store: SqlStore
    pipeline: Pipeline
    decide: Decide
    proposing: ProposalService
    audit: Audit
    metadata: Metadata
    inquire: Inquire
    people_of: PeopleOf

    def vitals(self) -> Vitals:
        """How the deployment does now."""
        parts = self.pipeline.parts
        found = self.store.vitals([topic.slug for topic in parts.topics], parts.desk.name, parts.clock())
        unread = parts.unread_days(parts.present())
        return replace(
            found,
            alarms=tuple(alarm.kind for alarm in self.store.standing_alarms()),
            sources=as_told(found.sources, unread),
            unread=unread,
        )

    def close(self) -> None:
        """Finish what goes on by itself, and give the database back."""
        self.pipeline.close()
        self.store.database.close()


def open_store(settings: Settings, *, upgrades: bool = False) -> SqlStore:
    """The store, its schema brought up to date, but in a deployment that several share only if it `upgrades`; the data
    folder is made if it is missing. Raises ConfigError for a schema that is not for this program, DatabaseError for a
    database that cannot be used, is another program's, or was lost.
    """
    if not settings.env.DATABASE_URL:
        try:
            settings.data.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"the data folder cannot be made: {error.strerror}", about=str(settings.data), remedy="set WATCHER_DATA"
            ) from error
    database = open_database(settings.database)
    must_stand(database)
    with beginning(database):
        if settings.is_distributed and not upgrades:
            must_not_lag(database)
        upgrade(database)
    mark_made(database)
    return SqlStore(database)


def build(
    settings: Settings,
    *,
    feeds: Sequence[str] = (),
    sources: Sequence[Source] = (),
    watch: Watch | None = None,
    model: LanguageModel | None = None,
    desk: Desk | None = None,
    enrichers: Sequence[Enricher] | None = None,
    clock: Clock = wall_clock,
    nudge: Callable[[], None] = _nobody,
    hasten: Callable[[], None] = _nobody,
    progress: Progress | None = None,
    crew: Callable[[SqlStore], Crew] | None = None,
) -> Watcher:
    """Wire a deployment. `feeds` replace the configured ones; `sources`, `model`, `desk` and `enrichers` the configured adapters,
    and `watch` says what such sources are (by default what the deployment watches).

    `nudge` is told of decisions, `hasten` of papers put forward by hand; `crew` shares the model calls of runs.
    """
    store = open_store(settings)
    asked = make_fetcher(settings, store, feeds)
    fetcher = RetryingFetcher(asked)
    values = settings.values
    shown = desk or _desk(settings, store, clock)
    prompts = read_prompts(settings.config)
    at_home = make_at_home(settings, store, clock)
    documents = {path: _catalog(settings, path, at_home) for path in map(settings.catalog_of, settings.topics)}
    document, metadata = documents[settings.catalog], _metadata(settings, asked)
    trained = partial(prefilter_of, settings, store)
    parts = Parts(
        topics=settings.topics,
        sources=sources or make_sources(settings, feeds, fetcher),
        catch_up=make_catch_up(settings, store, fetcher),
        screens={
            topic.slug: Screen(topic, PREFILTERS[values.screen.prefilter](topic, trained), values.screen.share)
            for topic in settings.topics
        },
        scorer=DurableModel(model or make_model(settings, "score", store, clock), store, clock),
        crew=crew(store) if crew else None,
        summarizer=DurableModel(model or make_model(settings, "summarize", store, clock), store, clock),
        score_prompt=prompts[0],
        summary_prompt=prompts[1],
        style=style_of(settings),
        desk=shown,
        weekly_desk=_weekly_desk(shown),
        review_desk=SlackReviewDesk(shown) if isinstance(shown, SlackDesk) else WebDesk(),
        document=document,
        documents={topic.slug: documents[settings.catalog_of(topic)] for topic in settings.topics},
        pushed_as={topic.slug: str(settings.catalog_of(topic)) for topic in settings.topics},
        store=store,
        engine=ENGINES["embedded"](),
        clock=clock,
        holidays=frozenset(values.sources.arxiv.holidays),
        window_hours=values.schedule.window_hours,
        arxiv=frozenset(by_source(category for t in settings.topics for category in t.categories).get("arxiv", ())),
        watch=watch or make_watch(settings, feeds),
        gists={topic.slug: Gist(topic, values.score.abstract_chars) for topic in settings.topics},
        batch_size=values.score.batch_size,
        papers_per_run=values.score.papers_per_run,
        concurrency=values.score.concurrency,
        summary_concurrency=values.summarize.concurrency,
        topics_at_once=values.engine.topics_at_once,
        audits_per_week=values.audit.per_week,
        examples=values.score.examples,
        quiet=values.digest.quiet,
        cards_in_channel=values.slack.cards_in_channel,
        remind_after_days=values.slack.remind_after_days,
        probe=partial(not_offered, settings, store),
        forget=make_forget(settings, store),
        enrich=make_enrich(settings, store, enrichers),
        refresh=make_refresh(settings, document, metadata, store),
    )
    parts = replace(parts, progress=progress) if progress else parts
    pipeline = Pipeline(parts)

    def run(topics: Sequence[Topic]) -> RunReport:
        return pipeline.run(new_run_id("asked"), topics=topics)

    def people_of(topics: Sequence[Topic] | None) -> tuple[Decide, Audit, Inquire]:
        seen = settings.topics if topics is None else topics
        return (
            Decide(store, clock, nudge, parts.style, parts.document_of, values.slack.approvals, topics),
            Audit(store, seen, clock, nudge, hasten),
            Inquire(parts, seen, metadata, run=run, nudge=hasten),
        )

    decide, audit, inquire = people_of(None)
    proposing = ProposalService(store, clock, nudge)
    return Watcher(settings, store, pipeline, decide, proposing, audit, metadata, inquire, people_of)


def new_run_id(kind: str) -> str:
    """The id of a run somebody asked for by hand; unlike a slot's it never repeats."""
    return f"{kind}-{wall_clock():%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:6]}"


def _metadata(settings: Settings, fetcher: DocumentFetcher) -> ArxivMetadata:
    return ArxivMetadata(
        lambda url: fetcher.get(url, about="arXiv's search"),
        readable=readable,
        base_url=settings.env.WATCHER_ARXIV_API_URL,
    )


def _desk(settings: Settings, store: SqlStore, clock: Clock) -> Desk:
    if not settings.slack_ready:
        return WebDesk()
    return make_slack_desk(settings, store, clock, pacing_of(store) if settings.is_distributed else None)


def pacing_of(store: SqlStore) -> Pacing:
    """Turns at Slack's channels that all processes share; whoever dies in one holds up the others for a moment."""

    def make(name: str, pause: float) -> Turns:
        pace = DatabaseThrottle(store.database, {name}, interval=pause, lease=_SLACK_SECONDS, name=f"slack {name}"[:64])
        return partial(pace, name)

    return make


def _weekly_desk(desk: Desk) -> WeeklyDesk:
    """Audit cards and reports go where cards go."""
    return SlackWeeklyDesk(desk) if isinstance(desk, SlackDesk) else WebDesk()


def _catalog(settings: Settings, path: Path, at_home: Callable[[Path, str], None] | None) -> MarkdownCatalog:
    """A catalog; a file that WATCHER_CATALOG does not name is begun from the template when it is missing."""
    template = settings.config / "catalog.md"
    if not settings.env.WATCHER_CATALOG and not path.exists() and template.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(template, path)
    names = settings.values.catalog
    return MarkdownCatalog(path, names.author_name, names.author_email, at_home, names.branch)


_log = logging.getLogger(__name__)


def make_forget(settings: Settings, store: SqlStore) -> Forget:
    """Forgets what [retention] allows to."""
    spans = settings.values.retention.questions_days, settings.values.retention.abstracts_days

    def forget(now: datetime) -> None:
        questions, abstracts = (None if days is None else now - timedelta(days=days) for days in spans)
        if questions or abstracts:
            _log.info("forgotten: %s", dict(store.forget(questions, abstracts)))

    return forget
