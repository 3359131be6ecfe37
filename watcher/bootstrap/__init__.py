"""Composition root: builds a Watcher with all its dependencies from the settings. Only this package names
the adapters.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from watcher.adapters.queue.folder_lock import make_private
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.database_file import beginning, mark_made, must_stand
from watcher.adapters.store.migrations import must_not_lag, upgrade
from watcher.domain.curation.weekly import Week
from watcher.domain.errors import ConfigError
from watcher.domain.health import Vitals
from watcher.domain.papers.feeds import Watch, as_told, open_days
from watcher.domain.papers.topic import Topic, by_source
from watcher.ports import Catalog, Clock, Desk, Enricher, LanguageModel, Metadata, RunReport, Source, WorkerPool
from watcher.services import Events
from watcher.settings import DATABASE_FILE, DEFAULT_DATA, Settings

if TYPE_CHECKING:  # whose modules are loaded with the part that needs them
    from watcher.adapters.sources.fetch import Fetcher
    from watcher.bootstrap.state import BranchState
    from watcher.domain.catalog.match import FoundWork
    from watcher.domain.summaries.style import CellWords, Style
    from watcher.pipeline.dependencies import Progress
    from watcher.pipeline.pipeline import Pipeline
    from watcher.services.inquiries import InquiryService
    from watcher.services.reviews import AuditService, ProposalService
    from watcher.stages.decide import CurationService

__all__ = ["Watcher", "first_start", "new_run_id", "open_store", "wall_clock"]


def wall_clock() -> datetime:
    """The present time in UTC, from the system's clock."""
    return datetime.now(UTC)


def new_run_id(kind: str) -> str:
    """A unique id for a run that a person started by a command. The id of a scheduled run is made from its
    time instead.
    """
    return f"{kind}-{wall_clock():%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:6]}"


def open_store(settings: Settings, *, upgrades: bool = False) -> SqlStore:
    """Open the database and bring its schema up to date; in a deployment of several processes only if `upgrades` is
    set. The data folder is created if it is missing.

    Raises ConfigError for a schema of another version, DatabaseError for a database that cannot be used, belongs to
    another program, or was lost.
    """
    if not settings.env.DATABASE_URL:
        try:
            make_private(settings.data)
        except OSError as error:
            raise ConfigError(
                f"the data folder cannot be made: {error.strerror}", about=str(settings.data), remedy="set WATCHER_DATA"
            ) from error
    database = open_database(settings.database)
    with ExitStack() as failing:
        failing.callback(database.close)
        must_stand(database)
        with beginning(database):
            if settings.is_distributed and not upgrades:
                must_not_lag(database)  # other processes may still run the old code; the release step upgrades
            upgrade(database)
        mark_made(database)  # last: from now on a missing file means that the database was lost
        failing.pop_all()
    return SqlStore(database, _cell_words(settings), {topic.slug: topic.timezone for topic in settings.topics})


def first_start(settings: Settings) -> Sequence[Path] | None:
    """Detect the first start of a deployment, i.e. that its data folder has no database file yet (with a database
    server: that the folder does not exist). Returns None if it is not the first start.

    At the first start the result is a list of other folders that do hold a database, since the path of the data folder
    may be mistyped: those beside the data folder, and the default data folder. It is empty if there are none. Nothing
    is written.
    """
    place = settings.data.absolute()
    # With a database server there is no file to look for, so the folder itself must tell.
    if place.is_dir() if settings.env.DATABASE_URL else any(place.glob(f"{DATABASE_FILE}*")):
        return None
    nearby = {DEFAULT_DATA.absolute()}
    with suppress(OSError):  # it is not there either, or not ours to read
        nearby.update(place.parent.iterdir())
    return sorted(filter(_has_database, nearby - {place}))


def _has_database(folder: Path) -> bool:
    with suppress(OSError):  # a folder that is not ours to read, such as /root beside /data
        return (folder / DATABASE_FILE).is_file()
    return False


def _cell_words(settings: Settings) -> Mapping[str, CellWords]:
    """The fixed texts of cells, by topic, for topics whose catalog is not in Japanese or has fields of its own."""
    if all(topic.language == "ja" and not topic.fields for topic in settings.topics):
        return {}
    from watcher.bootstrap.configuration import cell_words_of

    return cell_words_of(settings)


@dataclass(eq=False)
class Watcher:
    """Dependency-injection container of a deployment. Each part is built when it is first used, so that a command loads
    only what it needs.

    Arguments replace what the settings would choose: `feeds` the configured feeds, `sources`, `model`, `desk` (where
    curators see papers, e.g. Slack) and `enrichers` (services for citations and venues) the adapters. `state` holds the
    lock on a database that runs share on a git branch, None if the database stays on this machine. `watch` says how
    reading the sources counts in the record of which days of announcements were read. `worker_pool` builds the worker
    pool for model calls. `events` are published when curators act.
    """

    settings: Settings
    _: KW_ONLY
    feeds: Sequence[str] = ()
    sources: Sequence[Source] = ()
    watch: Watch | None = None
    model: LanguageModel | None = None
    desk: Desk | None = None
    enrichers: Sequence[Enricher] | None = None
    clock: Clock = wall_clock
    progress: Progress | None = None
    state: BranchState | None = None
    worker_pool: Callable[[SqlStore], WorkerPool] | None = None
    store: SqlStore = field(init=False)
    events: Events = field(init=False, default_factory=Events)

    def __post_init__(self) -> None:
        self.store = open_store(self.settings)
        if self.state is not None:
            self.store.outbox.unsure_since = self.state.unsure_since

    @cached_property
    def pipeline(self) -> Pipeline:
        """The pipeline, which takes papers from feeds to curators and into the catalog, with all its dependencies."""
        from watcher.bootstrap.dependencies import make_dependencies
        from watcher.pipeline.pipeline import Pipeline

        return Pipeline(make_dependencies(self))

    @cached_property
    def fetcher(self) -> Fetcher:
        """The HTTP client for feeds, restricted to allowed hosts and to arXiv's rate limit."""
        from watcher.bootstrap.clients import make_fetcher

        return make_fetcher(self.settings, self.store, self.feeds)

    @cached_property
    def metadata(self) -> Metadata:
        """The client of arXiv's search API."""
        from watcher.adapters.sources.arxiv_search import ArxivMetadata

        return ArxivMetadata(self.fetcher, self.settings.env.WATCHER_ARXIV_API_URL)

    @cached_property
    def venue_services(self) -> Sequence[Enricher]:
        """The configured clients of services that know where papers were published; none if `enrichers` were given."""
        from watcher.bootstrap.clients import make_venue_services

        return make_venue_services(self.settings) if self.enrichers is None else ()

    @cached_property
    def find_works(self) -> Callable[[str], Sequence[FoundWork]] | None:
        """A function that searches Semantic Scholar for works by title, for papers that arXiv does not have; None if
        that service is not configured.
        """
        from watcher.adapters.enrich.semantic_scholar import SemanticScholar

        return next((one.find for one in self.venue_services if isinstance(one, SemanticScholar)), None)

    @cached_property
    def styles(self) -> Mapping[str, Style]:
        """The style sheet for each topic's summaries, by the topic's slug."""
        from watcher.bootstrap.configuration import styles_of

        return styles_of(self.settings)

    @cached_property
    def curation(self) -> CurationService:
        """The service, for all topics, that records curators' decisions about papers. Slack, web pages and console call
        it.
        """
        return self._curation(None)

    def _curation(self, topics: Sequence[Topic] | None) -> CurationService:
        from watcher.stages.decide import CurationService

        approvals = self.settings.values.slack.approvals
        return CurationService(
            self.store, self.clock, self.events.decided, self.styles, self._document_of, approvals, topics
        )

    @cached_property
    def audits(self) -> AuditService:
        """The service, for all topics, behind weekly reports and audit samples (rejected papers that people check)."""
        return self._audits(self.settings.topics)

    def _audits(self, topics: Sequence[Topic]) -> AuditService:
        from watcher.services.reviews import AuditService

        return AuditService(self.store, topics, self.clock, self.events)

    @cached_property
    def inquiries(self) -> InquiryService:
        """The service, for all topics, by which people search, ask for the status and nominate papers."""
        return self._inquiries(self.settings.topics)

    def _inquiries(self, topics: Sequence[Topic]) -> InquiryService:
        from watcher.services.inquiries import InquiryService

        return InquiryService(self.pipeline.deps, topics, self.metadata, run=self._run, events=self.events)

    def people_of(self, topics: Sequence[Topic] | None) -> tuple[CurationService, AuditService, InquiryService]:
        """The services that people of one Slack workspace may use (decisions, audits, inquiries), limited to these
        topics; None for all topics.
        """
        seen = self.settings.topics if topics is None else topics
        return self._curation(topics), self._audits(seen), self._inquiries(seen)

    @cached_property
    def proposals(self) -> ProposalService:
        """The service that lists suggested changes of existing catalog rows and records verdicts on them."""
        from watcher.services.reviews import ProposalService

        return ProposalService(self.store, self.clock, self.events)

    @property
    def desk_name(self) -> str:
        """The name ("slack", "web" …) under which messages to curators are recorded in the database. Reading it loads
        no client.
        """
        return self.desk.name if self.desk else "slack" if self.settings.slack_ready else "web"

    @cached_property
    def arxiv(self) -> frozenset[str]:
        """The watched arXiv categories; empty if no topic watches arXiv."""
        return frozenset(
            by_source(category for t in self.settings.topics for category in t.categories).get("arxiv", ())
        )

    def unread_days(self, now: datetime) -> tuple[date, ...]:
        """The arXiv announcement days up to a time whose papers were never read, oldest first; none if arXiv is not
        watched.
        """
        if not self.arxiv:
            return ()
        values = self.settings.values
        holidays, hours = frozenset(values.sources.arxiv.holidays), values.schedule.window_hours
        return open_days(self.store.feeds.account(now), now, holidays=holidays, window_hours=hours)

    def metrics(self) -> Vitals:
        """The current figures of the deployment for monitoring (`/metrics`): those of `vitals`, and each topic's
        estimated recall over thirteen weeks.
        """
        week = Week.of(self.clock())
        return replace(
            self.vitals(),
            recalls={topic.slug: self.store.reports.recalls(topic.slug, week) for topic in self.settings.topics},
        )

    def vitals(self) -> Vitals:
        """The current figures of the deployment for the command `status`: what was done and what waits, costs,
        failures, alarms. Unread days are as of the last run if that run was given another time than the present
        (`--now`).
        """
        found = self.store.monitoring.vitals(
            [topic.slug for topic in self.settings.topics], self.desk_name, self.clock()
        )
        last = self.store.runs.last()
        unread = self.unread_days(last.started if last is not None and last.pretended else self.clock())
        alarms = tuple(alarm.kind for alarm in self.store.monitoring.standing_alarms())
        return replace(found, alarms=alarms, sources=as_told(found.sources, unread), unread=unread)

    def close(self) -> None:
        """Wait for background work and close the database."""
        if "pipeline" in self.__dict__:  # else closing would build it
            self.pipeline.close()
        self.store.database.close()

    def _run(self, topics: Sequence[Topic]) -> RunReport:
        return self.pipeline.run(new_run_id("asked"), topics=topics)

    def _document_of(self, topic: str) -> Catalog:
        return self.pipeline.deps.document_of(topic)
