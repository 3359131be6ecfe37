"""Topics in groups, an arXiv of a year's papers, and a deployment over both that can die and be started again."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.databases import no_fsync
from tests.scenarios.intake import BASE, CONFIG, Plan, Wire
from tests.servers.year import WATCHED, Year
from tests.soak.catalogs import Document
from tests.soak.desk import MemoryDesk
from tests.soak.model import ANSWER_TOKENS, ScriptedModel
from tests.soak.weather import Weather
from watcher.adapters.llm.openai import SpendingGuard
from watcher.adapters.store import tables as t
from watcher.bootstrap import Watcher
from watcher.bootstrap.clients import make_catch_up, make_sources
from watcher.domain.budget import Caps
from watcher.domain.papers.paper import AnnounceType
from watcher.domain.papers.topic import KeywordGroup, Topic
from watcher.pipeline.pipeline import Pipeline
from watcher.ports import Curation
from watcher.runtime.jobs import Jobs
from watcher.runtime.monitor import Monitor, MonitorConfig
from watcher.settings import Settings, load_settings

START = date(2026, 1, 5)
SUBJECTS = ("knots", "braids", "links", "tangles", "strings")
DAILY_TOKENS = 300_000
_TICK = timedelta(milliseconds=5)
_QUIET_YEAR = 60  # days that Plan.of needs to have room for its outages


@dataclass(frozen=True)
class Scale:
    """How large a soak is. `papers` is how many arXiv announces on a day, on average."""

    days: int = 365
    topics: int = 50
    papers: int = 12
    seed: int = 1
    database: str = ""
    rough: bool = False

    @property
    def groups(self) -> int:
        """Five topics make a group, with a catalog and curators of its own."""
        return -(-self.topics // 5)


class Clock:
    """The simulated moment; every look at it takes a little while."""

    def __init__(self) -> None:
        self.now = datetime.combine(START, datetime.min.time(), UTC)

    def __call__(self) -> datetime:
        self.now += _TICK
        return self.now


class Stopwatch:
    """Processor and wall seconds spent outside the product, by what stands in for the world."""

    def __init__(self) -> None:
        self.wall = self.processor = 0.0
        self._depth = 0

    @contextmanager
    def outside(self) -> Iterator[None]:
        """What happens in the block is not the product's work."""
        wall, processor = time.perf_counter(), time.process_time()
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                self.wall += time.perf_counter() - wall
                self.processor += time.process_time() - processor


class SlowedWire(Wire):
    """The wire to arXiv, whose own work is not held against the product; knows what it answered last."""

    stopwatch: Stopwatch
    clock: Clock
    failed = False

    def get(self, url: str, *, about: str, media_types: object = (), remember: bool = False) -> bytes:
        """Answer as of the clock's moment."""
        del media_types, remember
        with self.stopwatch.outside():
            self.now = self.clock.now
            self.year.show(self.now)
            self.failed = True
            answer = super().get(url, about=about)
            self.failed = False
            return answer


def topics_of(scale: Scale) -> tuple[Topic, ...]:
    """Topics that watch one or two categories and one or two subjects; every tenth asks for what the one before does."""
    chance = random.Random(scale.seed * 31)
    made: list[Topic] = []
    for number in range(scale.topics):
        twin = number % 10 == 9
        watched = chance.sample(WATCHED, chance.choice([1, 2]))
        subjects = chance.sample(SUBJECTS, chance.choice([1, 2]))
        topic = Topic(
            slug=f"group-{number // 5}-topic-{number}",
            title=f"結び目の研究 {number}",
            categories=frozenset(watched),
            announce=frozenset({AnnounceType.NEW, AnnounceType.CROSS}),
            post_at=3,
            fold_at=2,
            groups=tuple(KeywordGroup(word, place, (word,)) for place, word in enumerate(subjects)),
            criteria=f"Profile P{number}: a paper belongs when it is about {' or '.join(subjects)}.",
            catalog=f"group-{number // 5}/catalog.md",
        )
        like = {name: getattr(made[-1], name) for name in ("categories", "groups", "criteria")} if twin else {}
        made.append(replace(topic, **like))
    return tuple(made)


def group_of(slug: str) -> int:
    """The group a topic belongs to."""
    return int(slug.split("-")[1])


class World:
    """All there is. `start` brings the deployment to life, `die` ends it without a goodbye."""

    watcher: Watcher
    pipeline: Pipeline
    jobs: Jobs
    monitor: Monitor
    curations: dict[int, Curation]

    def __init__(self, scale: Scale, folder: Path) -> None:
        self.scale, self.clock, self.stopwatch = scale, Clock(), Stopwatch()
        self.weather = Weather(random.Random(scale.seed * 17), scale.groups, scale.rough)
        self.settings = _settings(scale, folder)
        holidays = frozenset(self.settings.values.sources.arxiv.holidays)
        size = (max(1, scale.papers // 2), max(1, scale.papers * 3 // 2))
        self.year = Year(scale.seed, START, scale.days, holidays, size=size, subjects=SUBJECTS)
        plan = Plan.of(scale.seed, START, scale.days) if scale.days > _QUIET_YEAR else _short_plan(scale)
        self.plan, self.wire = plan, SlowedWire(self.year, plan)
        self.wire.stopwatch, self.wire.clock = self.stopwatch, self.clock
        self.desk = MemoryDesk(self.weather, group_of)
        self.model = ScriptedModel(self.weather, self.clock, self._is_recorded)
        folder.mkdir(parents=True, exist_ok=True)
        template = (CONFIG / "catalog.md").read_text(encoding="utf-8")
        self.documents = [
            Document.begin(folder / f"group-{group}" / "catalog.md", template, in_git=group == 0)
            for group in range(scale.groups)
        ]

    def start(self) -> None:
        """Wire the deployment as `watcher serve` does, over what an earlier one left."""
        sources = make_sources(self.settings, [], self.wire)
        self.watcher = watcher = Watcher(
            self.settings, sources=sources, model=self.model, desk=self.desk, enrichers=(), clock=self.clock
        )
        database = watcher.store.database
        if database.is_sqlite:
            sa.event.listen(database.engine, "connect", no_fsync)
            database.engine.dispose()
        sa.event.listen(database.engine, "begin", self.weather.mortality.moment)
        self.model.spending = SpendingGuard(
            watcher.store.models, Caps(tokens=DAILY_TOKENS), self.clock, answer_tokens=ANSWER_TOKENS
        )
        deps = replace(
            watcher.pipeline.deps,
            catch_up=make_catch_up(self.settings, watcher.store, self.wire),
        )
        self.pipeline = Pipeline(deps)
        self.jobs = Jobs(self.pipeline, timedelta(hours=self.settings.values.schedule.settled_hours))
        slugs = [topic.slug for topic in deps.options.topics]
        self.monitor = Monitor(
            watcher.store,
            self.desk.name,
            self.desk,
            self.clock,
            MonitorConfig(slugs, deps.options.holidays, settle=timedelta(0)),
        )
        self.curations = {}
        for group in range(self.scale.groups):
            theirs = [topic for topic in deps.options.topics if group_of(topic.slug) == group]
            self.curations[group] = watcher.people_of(theirs)[0]

    def die(self) -> None:
        """What was in memory is gone; what was in the database or sent stays."""
        self.close()
        self.weather.mortality.rise()
        self.start()
        self.model.died()

    def close(self) -> None:
        """Give threads and connections back."""
        self.pipeline.close()
        self.watcher.store.database.close()

    def _is_recorded(self, key: str) -> bool:
        return bool(self.rows(sa.select(t.replies.c.key).where(t.replies.c.key == key)))

    def rows(self, query: sa.Select[Any]) -> Sequence[Any]:
        """What the database says, asked past the store."""
        with self.watcher.store.database.read() as connection:
            return connection.execute(query).all()


def _settings(scale: Scale, folder: Path) -> Settings:
    environ = {"WATCHER_CONFIG": str(CONFIG), "WATCHER_DATA": str(folder)}
    environ |= {"WATCHER_ARXIV_RSS_URL": f"{BASE}/rss/", "WATCHER_ARXIV_OAI_URL": f"{BASE}/oai"}
    settings = load_settings(environ | ({"DATABASE_URL": scale.database} if scale.database else {}))
    values = settings.values
    values = values.model_copy(
        update={
            "screen": values.screen.model_copy(update={"prefilter": "keywords", "triage": "none"}),
            "score": values.score.model_copy(update={"concurrency": 1, "papers_per_run": 30}),
            "summarize": values.summarize.model_copy(update={"concurrency": 1}),
            "workers": values.workers.model_copy(update={"topics_at_once": 1}),
            "audit": values.audit.model_copy(update={"per_week": 1}),
        }
    )
    return replace(settings, values=values, topics=topics_of(scale))


def _short_plan(scale: Scale) -> Plan:
    """For a few weeks there are faults of arXiv, and one day on which the bot is off."""
    full = Plan.of(scale.seed, START, _QUIET_YEAR * 2)
    end = START + timedelta(days=scale.days)
    away = datetime.combine(START + timedelta(days=scale.days // 2), datetime.min.time(), UTC)
    return Plan({day: fault for day, fault in full.faults.items() if day < end}, ((away, away + timedelta(days=1)),))
