"""What the product promises to tell: every day once, nothing left out, nothing called well that was not, every cost."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import sqlalchemy as sa

from tests.soak.weather import Broken
from tests.soak.world import DAILY_TOKENS, World, group_of
from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.domain.budget import TOKYO
from watcher.domain.curation.card import Digest
from watcher.domain.facts import Verdict
from watcher.domain.health import AlarmChange

_DAY = timedelta(days=1)


class Telling:
    """Digests, alarms and accounts of a world. Raises Broken at the first promise that is broken."""

    def __init__(self, world: World, checks: Counter[str]) -> None:
        self._world, self._checks = world, checks
        self._heard = 0
        self._last: dict[str, tuple[str, datetime]] = {}
        self._days = 0

    def at_dusk(self) -> None:
        """Hold the day against what was told of it."""
        self._days += 1
        topic = self._world.settings.topics[self._days % len(self._world.settings.topics)].slug
        self._the_day_has_its_digest()
        self._nothing_is_left_out(topic)
        self._alarms_are_told_once()
        self._every_cost_is_told()

    def _the_day_has_its_digest(self) -> None:
        """Where a channel took messages on a day of ours there is a digest, and it says at the desk what is kept of it."""
        world = self._world
        day = world.clock.now.astimezone(TOKYO).date()
        lost = world.weather.lost_channel
        for row in world.rows(sa.select(t.digests).where(t.digests.c.day == day)):
            self._checks["digests compared"] += 1
            if world.desk.digests[row.ref] != rows.decode(Digest, row.content) and group_of(row.topic) != lost:
                raise Broken(f"the digest of {row.topic} on {day} says something else at the desk")

    def _nothing_is_left_out(self, topic: str) -> None:
        """All digests of a topic together tell of every fact up to the last one, and of none twice."""
        world = self._world
        kept = world.rows(sa.select(t.digests).where(t.digests.c.topic == topic).order_by(t.digests.c.day))
        if not kept:
            return
        digests = [rows.decode(Digest, row.content) for row in kept]
        told = {
            "screened": sum(digest.screened for digest in digests),
            "scored": sum(digest.scored for digest in digests),
            "cards": sum(digest.cards for digest in digests),
            "decided": sum(one.total for digest in digests for one in digest.decided),
        }
        tables = {"screened": t.screenings, "scored": t.relevances, "cards": t.summaries, "decided": t.decisions}
        for what, table in tables.items():
            query = (
                sa.select(sa.func.count())
                .select_from(table)
                .join(t.candidates, t.candidates.c.number == table.c.candidate)
                .where(t.candidates.c.topic == topic, table.c.at <= kept[-1].at)
            )
            query = query.where(table.c.verdict != Verdict.UNDO) if table is t.decisions else query
            ((there,),) = world.rows(query)
            self._checks["facts told in digests"] += there
            if there != told[what]:
                raise Broken(f"{topic}: {there} {what} by {kept[-1].at}, the digests tell of {told[what]}")

    def _alarms_are_told_once(self) -> None:
        """An alarm is opened, reminded of no sooner than a day later, and closed; what is told of it was recorded."""
        c = t.alarms.c
        recorded = self._world.rows(sa.select(t.alarms).where(c.id > self._heard).order_by(c.id))
        for alarm in recorded:
            self._heard = alarm.id
            before, at = self._last.get(alarm.kind, (AlarmChange.CLOSED, alarm.at - _DAY))
            if (alarm.change == AlarmChange.OPENED) != (before == AlarmChange.CLOSED):
                raise Broken(f"the alarm {alarm.kind} was {before} and is {alarm.change}")
            if alarm.change == AlarmChange.REMINDED and alarm.at - at < _DAY:
                raise Broken(f"the alarm {alarm.kind} is told twice within a day")
            self._last[alarm.kind] = alarm.change, alarm.at
        told = [alarm.number for alarm in self._world.desk.alarms]
        self._checks["alarms heard"] = len(told)
        if len(set(told)) < len(told) or any(number > self._heard for number in told):
            raise Broken(f"alarms were told twice, or were none: {told}")

    def _every_cost_is_told(self) -> None:
        """What the model billed is in the accounts, but for answers lost at a death; no day went beyond its cap."""
        model, r = self._world.model, t.replies.c
        ((told,),) = self._world.rows(sa.select(sa.func.sum(r.prompt_tokens + r.completion_tokens)))
        self._checks["tokens in the accounts"] = told or 0
        if (told or 0) + model.lost_tokens != sum(model.billed.values()):
            raise Broken(f"{sum(model.billed.values())} tokens were billed, told are {told}, lost {model.lost_tokens}")
        for day, tokens in model.billed.items():
            if tokens > DAILY_TOKENS:
                raise Broken(f"{tokens} tokens were billed on {day}, allowed are {DAILY_TOKENS}")
