"""A year of intake in simulated time: the real line and slots against an arXiv that fails in every known way."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from apscheduler.triggers.cron import CronTrigger

from tests.databases import no_fsync
from tests.scenarios.conftest import untriaged
from tests.servers.arxiv import ArxivServer
from tests.servers.year import WATCHED, Year
from watcher.adapters.desks.web.desk import WebDesk
from watcher.adapters.sources.arxiv import ArxivRss
from watcher.adapters.sources.fetch import XML, DocumentFetcher, Fetcher
from watcher.adapters.sources.oai import ArxivOai
from watcher.adapters.store import tables as t
from watcher.bootstrap import Watcher
from watcher.domain.errors import FeedError, TooManyRequests
from watcher.domain.papers.feeds import EASTERN, SourceState, feed_day
from watcher.pipeline.pipeline import Pipeline
from watcher.ports import RunReport, Window
from watcher.runtime.jobs import Jobs
from watcher.schedule import last_slot, poll_trigger, reconcile_trigger, slot_id
from watcher.settings import load_settings

CONFIG = Path(__file__).parents[2] / "config"
BASE = "http://arxiv.example"
FAULTS = (
    "stale",  # yesterday's document all day
    "purged",  # yesterday's document until 03:00
    "one stale",  # yesterday's document in one category's feed alone
    "late",  # an empty document until 05:00
    "partial",  # half of the batch until 05:00
    "truncated",  # documents break off until 02:00
    "error",  # arXiv's error feed all day
    "throttled",  # HTTP 429 until 02:00
    "down",  # no answer from anything all day
    "list down",  # no answer from the full list that night
    "list expires",  # its tokens go bad once
)


@dataclass
class Plan:
    """What goes wrong when: faults by feed day, days on which nothing of arXiv answers, days on which the bot is off."""

    faults: dict[date, str] = field(default_factory=dict)
    off: tuple[tuple[datetime, datetime], ...] = ()

    @classmethod
    def of(cls, seed: int, start: date, days: int) -> Plan:
        """A fault on every eighth day, arXiv away for 1 and 3 days, the bot for 1, 3 and 30 days."""
        chance = random.Random(seed * 7919)
        every = [start + timedelta(days=number) for number in range(days)]
        faults = {day: chance.choice(FAULTS) for day in every if chance.random() < 1 / 8}
        parts = _parts(every, 5)
        moments = [
            datetime.combine(chance.choice(part[5 : len(part) // 2]), time(chance.randint(0, 23), 17), UTC)
            for part in parts
        ]
        lengths = chance.sample([1, 3, 30, -1, -3], 5)
        off = [(at, at + timedelta(days=length)) for at, length in zip(moments, lengths, strict=True) if length > 0]
        for at, length in zip(moments, lengths, strict=True):
            faults |= {at.date() + timedelta(days=number): "down" for number in range(-length)}
        return cls(faults, tuple(off))

    def is_off(self, moment: datetime) -> bool:
        return any(begin <= moment < end for begin, end in self.off)


def _parts(days: Sequence[date], count: int) -> Iterator[Sequence[date]]:
    size = len(days) // count + 1
    return (days[begin : begin + size] for begin in range(0, len(days), size))


class Wire:
    """A Fetcher that asks a Year instead of the network, as of `now`, and fails as planned."""

    def __init__(self, year: Year, plan: Plan) -> None:
        self.year, self.plan = year, plan
        self.now = datetime.min.replace(tzinfo=UTC)
        self.list_away_until = date.min
        self.asked: list[tuple[datetime, str]] = []
        self._expired: set[date] = set()

    def get(self, url: str, *, about: str, media_types: Iterable[str] = XML, remember: bool = False) -> bytes:
        del media_types, remember
        parts, local = urlsplit(url), self.now.astimezone(EASTERN)
        self.asked.append((self.now, parts.path))
        fault = self.plan.faults.get(local.date(), "")
        if fault == "down":
            raise FeedError("no whole answer within 20 s", about=about)
        if parts.path == "/oai":
            return self._list(parts.query, fault, local.date(), about)
        return self._feed(parts.path.removeprefix("/rss/"), fault, local, about)

    def _list(self, query: str, fault: str, day: date, about: str) -> bytes:
        if fault == "list down" or day < self.list_away_until:
            raise FeedError("the server answers HTTP 503", about=about, retry_after=3600)
        if fault == "list expires" and "resumptionToken" in query and day not in self._expired:
            self._expired.add(day)
            self.year.archive.expire()
        return self.year.archive.answer(query)

    def _feed(self, query: str, fault: str, local: datetime, about: str) -> bytes:
        day, hour = local.date(), local.hour
        old = self.year.day_before(day)
        if fault == "throttled" and hour < 2:
            raise TooManyRequests("the server answers HTTP 429", about=about)
        if fault == "error":
            raise FeedError(f"arXiv says 'Feed error for query: {query}'", about=about)
        if fault == "stale" or (fault == "purged" and hour < 3) or (fault == "one stale" and query == WATCHED[0]):
            return self.year.feed(query, old)
        if fault == "late" and hour < 5:
            return self.year.feed(query, day, part=0)
        if fault == "partial" and hour < 5:
            return self.year.feed(query, day, part=0.5)
        document = self.year.feed(query, day)
        return document[: len(document) // 2] if fault == "truncated" and hour < 2 else document


@dataclass
class Played:
    """What came of a year: how often each paper was screened, every run's report, the requests made."""

    screened: Counter[str]
    reports: list[RunReport]
    asked: list[tuple[datetime, str]]

    def states(self) -> Counter[SourceState]:
        return Counter(source.state for report in self.reports for source in report.sources)

    def requests(self, day: date) -> int:
        """Requests from one feed day's turn to the next."""
        return sum(feed_day(at) == day for at, _ in self.asked)


class Play:
    """One deployment living through a year. Slots fire as `watcher serve` fires them; while off, none do."""

    def __init__(
        self, folder: Path, year: Year, plan: Plan, *, per_category: bool = False, server: ArxivServer | None = None
    ) -> None:
        settings = untriaged(load_settings({"WATCHER_CONFIG": str(CONFIG), "WATCHER_DATA": str(folder)}))
        topics = tuple(replace(topic, categories=frozenset(WATCHED)) for topic in settings.topics)
        settings = replace(settings, topics=topics)
        self.schedule = settings.values.schedule
        self.year, self.plan = year, plan
        self.wire = Wire(year, plan)
        self.server = server
        self.gets: DocumentFetcher = Fetcher(own_urls=[server.origin]) if server else self.wire
        self.base = server.origin if server else BASE
        query = WATCHED if per_category else ("+".join(sorted(WATCHED)),)
        source = ArxivRss(self.gets, categories=query, base_url=f"{self.base}/rss/")
        self.watcher = Watcher(settings, sources=[source], desk=WebDesk(), enrichers=())
        sa.event.listen(self.watcher.store.database.engine, "connect", no_fsync)
        self.watcher.store.database.engine.dispose()
        self.pipeline = Pipeline(replace(self.watcher.pipeline.deps, catch_up=self._catch_up))
        self.reports: list[RunReport] = []
        self._shown = datetime.min.replace(tzinfo=UTC)

    def _catch_up(self, window: Window) -> ArxivOai:
        return ArxivOai(
            self.gets,
            categories=window.categories,
            since=window.since,
            known=partial(self.watcher.store.papers.known_ids, topics=self.pipeline.deps.options.topics),
            cross_listed=partial(self.watcher.store.papers.cross_listed, topics=self.pipeline.deps.options.topics),
            left_off=window.left_off,
            oldest=window.oldest,
            base_url=f"{self.base}/oai",
        )

    def through(self, start: datetime, end: datetime) -> Played:
        """Fire every slot from `start` to `end` and give what came of it."""
        triggers = {"poll": poll_trigger(self.schedule), "reconcile": reconcile_trigger(self.schedule)}
        due: list[tuple[datetime, str, datetime]] = []  # when it fires, what, its slot
        for kind, trigger in triggers.items():
            for slot in slots_in(trigger, start, end):
                if not self.plan.is_off(slot):
                    heapq.heappush(due, (slot, kind, slot))
        for _, back in self.plan.off:
            for kind, trigger in triggers.items():
                if (missed := last_slot(trigger, back)) is not None:
                    heapq.heappush(due, (back, kind, missed))
        jobs = Jobs(self.pipeline, timedelta(hours=self.schedule.settled_hours))
        while due:
            at, kind, slot = heapq.heappop(due)
            self.show(at)
            run_id = slot_id(kind, slot)
            report = jobs.poll(run_id, now=at) if kind == "poll" else jobs.reconcile(run_id, now=at)
            if report is None:
                continue
            self.reports.append(report)
            again = at + timedelta(hours=1)
            unfinished = any(source.state is SourceState.FAILED for source in report.sources)
            if kind == "reconcile" and unfinished and slot == last_slot(triggers[kind], again) and again < end:
                heapq.heappush(due, (again, kind, slot))
        self.show(end)
        return Played(self._screened(), self.reports, self.wire.asked)

    def show(self, now: datetime) -> None:
        """Make arXiv, in memory or on loopback, answer as of a moment."""
        self.year.show(now)
        self.wire.now = now
        if self.server is not None:
            self.wire.asked += [(self._shown, seen.path) for seen in self.server.requests[len(self.wire.asked) :]]
            self.server.feeds = {query: self.year.feed(query, feed_day(now)) for query in self.server.feeds}
        self._shown = now

    def announced_on(self) -> dict[str, date | None]:
        """The day of its announcement kept of every paper, by the version and feed that came first."""
        query = (
            sa.select(t.paper_versions.c.paper, t.announcements.c.announced_on)
            .join(t.announcements, t.announcements.c.paper_version == t.paper_versions.c.id)
            .order_by(t.announcements.c.id.desc())
        )
        with self.watcher.store.database.read() as connection:
            return {row.paper.removeprefix("arxiv:"): row.announced_on for row in connection.execute(query)}

    def _screened(self) -> Counter[str]:
        query = sa.select(t.candidates.c.paper).join(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
        with self.watcher.store.database.read() as connection:
            return Counter(key.removeprefix("arxiv:") for key in connection.scalars(query))


def slots_in(trigger: CronTrigger, start: datetime, end: datetime) -> Iterator[datetime]:
    """Every nominal moment of a trigger in a span; the hour that comes twice in autumn is passed over once."""
    probe = start
    while probe < end:
        moment: datetime | None = trigger.get_next_fire_time(None, probe)
        slot = (moment or end).astimezone(UTC)
        if probe <= slot < end:
            yield slot
        probe = max(slot, probe) + timedelta(minutes=1)
