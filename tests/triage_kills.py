"""kill -9 at random moments of the triage of a real day, of which some answers are refused and some miss a known paper."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests import run_kills
from tests.run_kills import SLOW, Found
from tests.scenarios.conftest import RELEVANT
from tests.servers.llm import Behavior, honest
from tests.servers.llm_dialects import Asked

_HALF = 25  # lines; more stand in a whole batch alone
_BAD = (Behavior(say=lambda _: "no", delay=SLOW), Behavior(say=lambda a: honest({**a, "named": []}), delay=SLOW))


class Round(run_kills.Round):
    """A day that asks triage about eight questions: four whole batches, some of them again in halves."""

    def prepare(self) -> None:
        self.made.configure(self.made.folder / "batches", "triage_batch = 100", "triage_batch = 40")
        for part, behavior in enumerate(_BAD):
            self.llm.when(_is_whole_and(part, self.chance.randrange(3)), behavior)

    def is_under_fire(self, asked: Asked) -> bool:
        return '"named"' in asked.system

    def check(self, report: Any) -> None:
        """Nothing lost, nothing put aside by an answer that was not accepted, nothing left."""
        assert (report["waiting"]["triage"], report["waiting"]["score"], report["carried_over"]) == (0, 0, 0)
        passed = dict(self.rows("select candidate, passed from screenings"))
        outcomes = self.rows("select candidate, goes_on from triages")
        scored = {row[0] for row in self.rows("select candidate from relevances")}
        assert sorted(number for number, _ in outcomes) == sorted(n for n in passed if not passed[n]), "lost or doubled"
        assert scored == {n for n in passed if passed[n]} | {n for n, goes_on in outcomes if goes_on}, "not scored"
        cards = self.rows("select paper from candidates join cards on number = candidate")
        assert sorted(row[0] for row in cards) == sorted(f"arxiv:{native}" for native in RELEVANT), "a card is lost"
        trusted = {
            row[0]
            for row in self.rows("select batch, accepted, missed from triage_readings")
            if row[1] and len(row[2]) <= 2
        }
        aside = {row[0] for row in self.rows("select batch from triages where outcome = 'put_aside'")}
        assert aside <= trusted, "put aside by an answer that was not accepted"
        halves = self.rows("select count(*) from triage_batches where parent is not null")
        self.found.outcomes["asked again in halves"] += halves[0][0]


def _is_whole_and(part: int, shift: int) -> Callable[[Asked], bool]:
    """Whether a question is one of triage about a whole batch, of the third that is answered badly in this manner."""

    def holds(asked: Asked) -> bool:
        is_whole = '"named"' in asked.system and len(asked.user.splitlines()) > _HALF + 2
        return is_whole and (zlib.crc32(asked.user.encode()) + shift) % 3 == part

    return holds


def torment(folder: Path, kills: int, seed: int, database: Callable[[], str]) -> Found:
    """Kill so many lives; AssertionError says what is broken. `database` gives an empty one."""
    return run_kills.torment(Round, folder, kills, seed, database)
