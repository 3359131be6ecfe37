"""Curators who decide days late, change their minds, edit cells, click twice, and write in the catalog themselves."""

from __future__ import annotations

import heapq
import random
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from tests.soak.weather import Broken
from watcher.domain.curation.card import CardState
from watcher.domain.errors import UsageError
from watcher.domain.facts import Verdict
from watcher.ports import Curation

CURATORS = ("hana (U01HANA)", "ken (U02KEN)", "yui (U03YUI)")
_OPEN = {CardState.OPEN, CardState.LATER}


@dataclass(frozen=True, slots=True, order=True)
class Act:
    """What a curator is about to do to a card."""

    at: datetime
    order: int
    number: int
    what: str
    curator: str


@dataclass
class People:
    """The curators of all groups. `said` lists every decision they believe to have made, oldest first; `stands` is the
    last of each card; `edited` the last text that somebody gave a card's venue.
    """

    chance: random.Random
    said: list[tuple[int, Verdict, str]] = field(default_factory=list)
    stands: dict[int, Verdict] = field(default_factory=dict)
    edited: dict[int, str] = field(default_factory=dict)
    rewritten: set[int] = field(default_factory=set)
    _plans: list[Act] = field(default_factory=list)
    _order: count[int] = field(default_factory=count)

    def see(self, number: int, at: datetime) -> None:
        """A card has come: what will be done to it is decided now."""
        chance = self.chance
        first = self.chance.choice(CURATORS)
        when = at + timedelta(days=chance.choice([0, 0, 0, 1, 1, 2, 5, 12]), hours=chance.uniform(0, 9))
        drawn = chance.random()
        if drawn < 0.03:
            return  # nobody ever looks at this one
        if drawn < 0.18:
            self._plan(when, number, "edit", first)
        elif drawn < 0.22:
            self._plan(when, number, "rewrite", first)
        elif drawn < 0.32:
            self._plan(when, number, "later", first)
            when += timedelta(days=chance.choice([1, 4, 9]))
        verdict = chance.choice(["approve", "reject"])
        self._plan(when + timedelta(hours=1), number, verdict, first)
        if chance.random() < 0.05:
            self._plan(when + timedelta(hours=1, seconds=1), number, verdict, chance.choice(CURATORS))
        if chance.random() < 0.08:
            again = when + timedelta(days=chance.choice([1, 3, 20]))
            self._plan(again, number, "undo", chance.choice(CURATORS))
            self._plan(again + timedelta(hours=2), number, chance.choice(["approve", "reject"]), first)

    def _plan(self, at: datetime, number: int, what: str, curator: str) -> None:
        heapq.heappush(self._plans, Act(at, next(self._order), number, what, curator))

    def act(
        self,
        until: datetime,
        curations: Mapping[int, Curation],
        group_of: Mapping[int, int],
        most: int = sys.maxsize,
    ) -> int:
        """Do what is due, `most` of it; gives how much it was. `curations` and `group_of` are by group and by card."""
        done = 0
        while done < most and self._plans and self._plans[0].at <= until:
            plan = heapq.heappop(self._plans)
            group = group_of[plan.number]
            self._do(plan, curations[group])
            done += 1
            if self.chance.random() < 0.02:
                self._pry(plan, curations[(group + 1) % len(curations)], len(curations))
        return done

    def _do(self, plan: Act, curation: Curation) -> None:
        number, state = plan.number, curation.card(plan.number).state
        if plan.what == "edit" and state in _OPEN:
            venue = f"読書会 {plan.at:%m月}{next(self._order)}"
            cells = curation.card(number).cells
            curation.revise(number, replace(cells, venue=venue), plan.curator, "memory")
            self.edited[number] = venue
        elif plan.what == "rewrite" and state in _OPEN:
            curation.rewrite(number, plan.curator, "memory")
            self.rewritten.add(number)
        elif plan.what in set(Verdict):
            verdict, before = Verdict(plan.what), self.stands.get(number)
            curation.decide(number, verdict, plan.curator, "memory")
            if verdict is not before and not (before is None and verdict is Verdict.UNDO):
                self.said.append((number, verdict, plan.curator))
                self.stands[number] = verdict

    def _pry(self, plan: Act, other: Curation, groups: int) -> None:
        """Somebody of another group asks for the card."""
        if groups == 1:
            return
        try:
            other.card(plan.number)
        except UsageError:
            return
        raise Broken(f"card {plan.number} is seen by a group that it does not belong to")
