"""A year of a bot that cron runs, badly: slots missed, outages, commands mixed; held against what arXiv announced."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import sqlalchemy as sa

from tests.scenarios.intake import Plan, Play, slots_in
from tests.servers.year import WATCHED, Year
from watcher.adapters.sources.arxiv import read_feed
from watcher.adapters.store import tables as t
from watcher.domain.papers.feeds import EASTERN, FeedRole, History, Watch, feed_day
from watcher.pipeline.intake import POLL, backfill, reconcile
from watcher.pipeline.pipeline import Pipeline
from watcher.ports import Reading, RunReport
from watcher.runtime.jobs import Jobs
from watcher.schedule import poll_trigger, reconcile_trigger

QUERY = "+".join(sorted(WATCHED))
_CLOSING = {"run", "reconcile", "serve"}


@dataclass(frozen=True, slots=True)
class Act:
    """A command that somebody gives at a moment."""

    at: datetime
    kind: str  # run, reconcile, serve, import, backfill, feed


@dataclass(frozen=True, slots=True)
class Schedule:
    """Who does what when, and when arXiv's full list is away."""

    acts: tuple[Act, ...]
    no_list_until: date

    @classmethod
    def of(cls, seed: int, start: date, days: int) -> Schedule:
        """A run a day at an hour of its own, every third missed, all of them for 1, 3 and 30 days; other commands mixed
        in at random; no list for the first month. At the end one run after everything.
        """
        chance = random.Random(seed * 104729)
        hour, acts = chance.choice([0, 2, 6, 9, 15, 22]), []
        off = {start + timedelta(days=first + number) for first, number in _outages(chance, days)}
        for number in range(days):
            day = start + timedelta(days=number)
            if number and (day in off or chance.random() < 1 / 3):
                continue
            at = datetime.combine(day, time(hour, chance.randint(0, 59)), EASTERN).astimezone(UTC)
            kind = chance.choices(["run", "reconcile", "serve"], [8, 1, 1])[0] if number else "run"
            acts.append(Act(at, kind))
            if chance.random() < 0.15:
                acts.append(Act(at + timedelta(minutes=40), chance.choice(["import", "feed", "run", "backfill"])))
        end = datetime.combine(start + timedelta(days=days + 1), time(15), EASTERN).astimezone(UTC)
        return cls((*acts, Act(end, "run")), start + timedelta(days=30))


def _outages(chance: random.Random, days: int) -> Iterator[tuple[int, int]]:
    lengths = [1, 3, 30] if days > 120 else [1, 3]
    for place, length in enumerate(chance.sample(lengths, len(lengths))):
        first = days * (place + 1) // (len(lengths) + 1) + chance.randint(0, 5)
        yield from ((first, number) for number in range(length))


@dataclass
class Told:
    """What came of it: papers by how often they were screened, those that had to be, days that held unknown papers and were not named, days
    that were named although a faultless reading or harvest had been over them, days named in all.
    """

    screened: Counter[str]
    due: frozenset[str] = frozenset()
    unnamed: list[str] = field(default_factory=list)
    wrongly: list[str] = field(default_factory=list)
    named: int = 0
    runs: int = 0


class _File:
    """A file of papers, as `import` reads it."""

    name = "file"

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def read(self) -> Iterable[Reading]:
        yield self._reading


def faults_of(seed: int, start: date, days: int) -> Plan:
    """What goes wrong at arXiv beside the list that is away. A batch of which a feed shows only a part is left out:
    who reads it once, early, cannot know; a later reading or reconciliation brings the rest.
    """
    faults = Plan.of(seed, start, days).faults
    return Plan({day: fault for day, fault in faults.items() if fault != "partial"})


class Cron(Play):
    """One deployment that is run from outside. After each command its report is held against what was announced."""

    def __init__(self, folder: Path, year: Year, plan: Plan, schedule: Schedule, start: date) -> None:
        super().__init__(folder, year, plan)
        self._plans, self._start, self._chance = schedule, start, random.Random(start.toordinal())
        self._days: dict[str, date] = year.news(frozenset(WATCHED))
        self._read: set[date] = set()
        self.told = Told(Counter())
        self.wire.list_away_until = schedule.no_list_until

    def live(self) -> Told:
        """Every act in turn, and what came of them."""
        for number, act in enumerate(self._plans.acts):
            self.show(act.at)
            if act.kind == "serve":
                self._serve(act.at)
                continue
            self._look(self._do(act, f"{act.kind}-{number}"), act)
        self.told.screened = self._screened()
        self.told.due = frozenset(self._days)
        return self.told

    def _do(self, act: Act, run_id: str) -> RunReport:
        deps, now = self.pipeline.deps, act.at
        if act.kind == "reconcile":
            return self.pipeline.run(run_id, reconcile(), until="summarize", now=now)
        if act.kind == "import":
            day = feed_day(now) - timedelta(days=self._chance.randint(1, 10))
            reading = read_feed(self.year.feed(QUERY, day), "papers.jsonl")
            line = Pipeline(
                replace(
                    deps, sources=lambda: [_File(reading)], options=replace(deps.options, watch=Watch(FeedRole.OTHER))
                )
            )
            return line.run(run_id, POLL, until="screen", now=now)
        if act.kind == "feed":
            reading = read_feed(self.year.feed("cs.AI", feed_day(now)), "some.xml")
            line = Pipeline(
                replace(
                    deps, sources=lambda: [_File(reading)], options=replace(deps.options, watch=Watch(FeedRole.GIVEN))
                )
            )
            return line.run(run_id, POLL, until="summarize", now=now)
        if act.kind == "backfill":
            span = History(feed_day(now) - timedelta(days=9), feed_day(now) - timedelta(days=5), frozenset({"cs.AI"}))
            return self.pipeline.run(run_id, backfill(span), until="screen", now=now)
        return self.pipeline.run(run_id, now=now, until="summarize")

    def _serve(self, begin: datetime) -> None:
        """`serve` for a day: its slots, and the one last missed at the start."""
        jobs = Jobs(self.pipeline, timedelta(hours=self.schedule.settled_hours))
        slots = [(begin, "poll"), (begin, "reconcile")]
        for kind, trigger in (("poll", poll_trigger(self.schedule)), ("reconcile", reconcile_trigger(self.schedule))):
            slots += [(slot, kind) for slot in slots_in(trigger, begin, begin + timedelta(hours=20))]
        for at, kind in sorted(slots):
            self.show(at)
            run_id = f"{kind}-{at:%Y%m%dT%H%M%SZ}"
            report = jobs.poll(run_id, now=at) if kind == "poll" else jobs.reconcile(run_id, now=at)
            if report is not None:
                self._look(report, Act(at, "serve"))

    def _look(self, report: RunReport, act: Act) -> None:
        """Every day that is over and holds a paper that is not here must be named; none that was read may be."""
        self.told.runs += 1
        self.told.named += len(report.unread)
        held = self._held()
        lacking = {day for paper, day in self._days.items() if paper not in held}
        over = {day for day in lacking if self._start <= day < feed_day(act.at)}
        local = act.at.astimezone(EASTERN)
        over |= {day for day in lacking if day == local.date() and local.hour >= self.schedule_window}
        self.told.unnamed += [f"{day} at {report.run_id}" for day in sorted(over - set(report.unread))]
        self.told.wrongly += [f"{day} at {report.run_id}" for day in sorted(self._read & set(report.unread))]
        if act.kind in _CLOSING and any(str(source.state) == "complete" for source in report.sources):
            self._read |= {day for day in self._days.values() if self._start <= day < local.date()}
        if report.unread and act.kind == "run":
            assert any(failure.startswith("unread: ") for failure in report.failures)

    @property
    def schedule_window(self) -> int:
        return self.schedule.window_hours

    def _held(self) -> set[str]:
        with self.watcher.store.database.read() as connection:
            found = connection.scalars(sa.select(t.candidates.c.paper))
            return {key.removeprefix("arxiv:") for key in found}
