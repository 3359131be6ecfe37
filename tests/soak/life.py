"""A world lived through day by day: slots fire as `watcher serve` fires them, people act, processes die."""

from __future__ import annotations

import heapq
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from datetime import time as hour_of

import sqlalchemy as sa

from tests.scenarios.intake import slots_in
from tests.soak.people import People
from tests.soak.promises import Promises
from tests.soak.weather import Death
from tests.soak.world import START, World, group_of
from watcher.adapters.store import tables as t
from watcher.domain.budget import TOKYO
from watcher.domain.papers.feeds import SourceState
from watcher.ports import RunReport
from watcher.schedule import digest_trigger, last_slot, poll_trigger, reconcile_trigger, slot_id, weekly_trigger

CLEAR = 4  # days at the end on which nothing goes wrong: what was left undone must be done by then
_SITTINGS = (hour_of(10, 30), hour_of(17, 0))  # when curators act
_LOOK = hour_of(13, 0)
_AT_WORK = 1 / 10  # how often somebody clicks while a message is sent
_DUSK = hour_of(23, 30)
_AGAIN = {
    "digest": (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=3), timedelta(hours=6)),
    "reconcile": (timedelta(hours=1), timedelta(hours=2), timedelta(hours=6), timedelta(hours=6)),
    "weekly": (timedelta(hours=1), timedelta(hours=8), timedelta(days=1), timedelta(days=1), timedelta(days=2)),
}
"""When what did not end well is tried again. `serve` does so every few minutes; a few tries stand for all of them."""


class Life:
    """The days of a world, one after another."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.chance = random.Random(world.scale.seed * 13)
        self.people = People(random.Random(world.scale.seed * 11))
        self.promises = Promises(world, self.people)
        self.group_of_card: dict[int, int] = {}
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.runs = self.acts = 0
        schedule = world.settings.values.schedule
        self._triggers = {
            "poll": poll_trigger(schedule),
            "reconcile": reconcile_trigger(schedule),
            "digest": digest_trigger(schedule),
            "weekly": weekly_trigger(schedule),
        }
        self._due: list[
            tuple[datetime, int, str, datetime, int]
        ] = []  # when, order, what, its slot, the how-manieth try
        self._order = 0

    def days(self) -> Iterator[date]:
        """Live day after day; gives each when it is over and every promise has been held against it."""
        scale = self.world.scale
        self.world.start()
        self.world.desk.meanwhile = self._meanwhile
        for number in range(scale.days + CLEAR):
            day = START + timedelta(days=number)
            self.day(day, clear=number >= scale.days)
            yield day
        self.promises.at_the_end()

    def day(self, day: date, *, clear: bool) -> None:
        """One day in Tokyo."""
        world, begins = self.world, datetime.combine(day, hour_of(), TOKYO).astimezone(UTC)
        ends = begins + timedelta(days=1)
        world.weather.dawn(clear=clear)
        for kind, trigger in self._triggers.items():
            for slot in slots_in(trigger, begins, ends):
                if not world.plan.is_off(slot):
                    self._push(slot, kind, slot)
        for back in (back for _, back in world.plan.off if begins <= back < ends):
            self._catch_up(back)
        for what, hour in (("sitting", _SITTINGS[0]), ("sitting", _SITTINGS[1]), ("look", _LOOK), ("dusk", _DUSK)):
            at = datetime.combine(day, hour, TOKYO).astimezone(UTC)
            if not world.plan.is_off(at):
                self._push(at, what, at)
        self._scribble(day)
        while self._due and self._due[0][0] < ends:
            at, _, what, slot, again = heapq.heappop(self._due)
            if world.plan.is_off(at):
                continue
            world.clock.now = max(world.clock.now, at)
            self._alive(what, slot, again)

    def _push(self, at: datetime, what: str, slot: datetime, again: int = 0) -> None:
        self._order += 1
        heapq.heappush(self._due, (at, self._order, what, slot, again))

    def _catch_up(self, at: datetime) -> None:
        """Fire the slots last missed, as a process does when it starts."""
        for kind, trigger in self._triggers.items():
            if (slot := last_slot(trigger, at)) is not None:
                self._push(at, kind, slot)

    def _alive(self, what: str, slot: datetime, again: int) -> None:
        """Do what is due, and start again where the process dies in the middle."""
        world = self.world
        try:
            self._do(what, slot, again)
        except Death:
            world.die()
            self._catch_up(world.clock.now + timedelta(seconds=2))

    def _do(self, what: str, slot: datetime, again: int) -> None:
        world, now = self.world, self.world.clock.now
        if what == "sitting":
            self._sit(now)
        elif what == "look":
            with self._timed("look"):
                world.monitor.check()
        elif what == "dusk":
            self._dusk()
        else:
            jobs = {"poll": world.jobs.poll, "reconcile": world.jobs.reconcile}
            jobs |= {"digest": world.jobs.digest, "weekly": world.jobs.weekly}
            run_id = slot_id(what, slot)
            with self._timed(what):
                report = jobs[what](run_id)
            if report is not None:
                self._ended(what, slot, again, report)

    def _ended(self, kind: str, slot: datetime, again: int, report: RunReport) -> None:
        self.runs += 1
        self.promises.after_run(kind, report)
        if kind == "reconcile":
            undone = any(source.state is SourceState.FAILED for source in report.sources)
        else:
            prefixes = ("post:",) if kind == "digest" else ("audit:", "report:")
            undone = any(failure.startswith(prefixes) for failure in report.failures)
        tries = _AGAIN.get(kind, ())
        at = self.world.clock.now + tries[again] if again < len(tries) else None
        if undone and at is not None and last_slot(self._triggers[kind], at) == slot:
            self._push(at, kind, slot, again + 1)

    def _meanwhile(self) -> None:
        """Somebody clicks while the line is at work."""
        world = self.world
        if self.chance.random() < _AT_WORK:
            with world.weather.mortality.spared():
                self.acts += self.people.act(world.clock.now, world.curations, self.group_of_card, most=1)

    def _sit(self, now: datetime) -> None:
        """Curators look at what has come, act, and the line follows."""
        world = self.world
        arrived, world.desk.arrived = world.desk.arrived, []
        if arrived:
            c = t.candidates.c
            for number, topic in world.rows(sa.select(c.number, c.topic).where(c.number.in_(arrived))):
                self.group_of_card[number] = group_of(topic)
            for number in arrived:
                self.people.see(number, now)
        with world.weather.mortality.spared(), self._timed("clicks"):
            self.acts += self.people.act(now, world.curations, self.group_of_card)
        with self._timed("follow"):
            world.pipeline.apply_decisions()

    def _dusk(self) -> None:
        world = self.world
        world.weather.mortality.doom(0)
        for document in world.documents:
            if document.damaged:
                document.mend()
        world.clock.now += timedelta(minutes=15)  # longer than any pause after a failure
        clear, world.weather.clear = world.weather.clear, True
        with self._timed("follow"):
            failures = world.pipeline.apply_decisions()
        changes = world.desk.changes
        with self._timed("follow"):
            world.pipeline.apply_decisions()
        with world.stopwatch.outside():
            self.promises.at_dusk(failures, world.desk.changes - changes)
        world.weather.clear = clear

    def _scribble(self, day: date) -> None:
        """People write in the catalogs, and at times break one."""
        world, number = self.world, (day - START).days
        document = self.chance.choice(world.documents)
        document.write(self.chance, number)
        if (broken := world.weather.damaged) is not None:
            world.documents[broken].damage()

    @contextmanager
    def _timed(self, kind: str) -> Iterator[None]:
        """The processor seconds of the product's own work, by what it does."""
        outside, began = self.world.stopwatch.processor, time.process_time()
        try:
            yield
        finally:
            outside = self.world.stopwatch.processor - outside
            self.seconds[kind] += time.process_time() - began - outside
