"""kill -9 at random moments of the triage of a real day, of which some answers are refused and some miss a known paper.

Each round begins with an empty database. Every life is a run over the day's feed; it is killed at some moment after it
has asked so many questions of triage. When enough lives were killed, the run comes to its end and is checked.
"""

from __future__ import annotations

import random
import signal
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.kills import assert_asked_before_recorded, rows_of
from tests.scenarios.conftest import FEED, NOW, RELEVANT, Deployment
from tests.servers.llm import Behavior, LlmServer, honest, slow
from tests.servers.llm_dialects import Asked

_SLOW = 0.15  # seconds a model thinks: many kills fall while some question is open
_QUIET = 0.3  # seconds without a question: all that was asked has come in
_LIFE = 120.0  # seconds that no life takes
_KILLS_A_ROUND = 6
_QUESTIONS = 8  # about as many as a round asks triage: four whole batches, some of them again in halves
_HALF = 25  # lines; more stand in a whole batch alone
_HARMLESS = "1706.03762"
_BAD = (Behavior(say=lambda _: "no", delay=_SLOW), Behavior(say=lambda a: honest({**a, "named": []}), delay=_SLOW))


@dataclass
class Found:
    """What the kills came to; `asked` are the questions of triage, `repeated` those that were open at a kill."""

    killed: int = 0
    rounds: int = 0
    papers: int = 0
    asked: int = 0
    repeated: int = 0
    halves: int = 0


class Round:
    """One deployment with an empty database, whose runs are killed."""

    def __init__(self, folder: Path, url: str, chance: random.Random, found: Found) -> None:
        """`url` is that of an empty PostgreSQL database, or "" for a file of SQLite."""
        self._made, self._url, self._chance, self._found = Deployment(folder), url, chance, found
        self._llm = LlmServer()

    def __call__(self, kills: int) -> None:
        """Kill so many lives or until the day is done, let it end, and check it."""
        with self._llm as llm:
            made = self._made
            made.folder.mkdir(parents=True)
            made.prepare()
            made.configure(made.folder / "keywords", 'prefilter = "learned"', 'prefilter = "keywords"')
            made.configure(made.folder / "batches", "triage_batch = 100", "triage_batch = 40")
            made.env |= {"OPENAI_BASE_URL": llm.url, "OPENAI_API_KEY": "sk-test-0123456789", "WATCHER_MODEL": "m"}
            made.env |= {"DATABASE_URL": self._url} if self._url else {}
            llm.always(slow(_SLOW))
            for part, behavior in enumerate(_BAD):
                llm.when(_is_whole_and(part, self._chance.randrange(3)), behavior)
            before = self._found.killed
            while self._found.killed < before + kills and self._life():
                pass
            done = made.run()
            assert done.code == 0, done.err
            self._check(done.json)

    def _life(self) -> bool:
        """One run; whether it was killed before its end."""
        before, wanted = len(self._asked()), self._chance.randint(0, _QUESTIONS)
        process = self._made.start("run", "--feed", str(FEED), "--now", NOW, "--json")
        ends = time.monotonic() + _LIFE
        while process.poll() is None and len(self._asked()) < before + wanted and time.monotonic() < ends:
            time.sleep(0.01)
        time.sleep(self._chance.uniform(0, 2 * _SLOW))
        process.kill()
        killed = process.wait(20) == -signal.SIGKILL
        self._found.killed += killed
        seen = -1
        while seen != len(self._llm.asked):  # what was asked may still lie in the server's sockets
            seen = len(self._llm.asked)
            time.sleep(_QUIET)
        return killed

    def _asked(self) -> list[Asked]:
        """The questions of triage."""
        return [asked for asked in self._llm.asked if '"named"' in asked.system]

    def _check(self, report: Any) -> None:
        """Nothing lost, nothing put aside by an answer that was not accepted, nothing paid twice, nothing left."""
        assert (report["waiting"]["triage"], report["waiting"]["score"], report["carried_over"]) == (0, 0, 0)
        passed = dict(self._rows("select candidate, passed from screenings"))
        outcomes = self._rows("select candidate, goes_on from triages")
        scored = {row[0] for row in self._rows("select candidate from relevances")}
        assert sorted(number for number, _ in outcomes) == sorted(n for n in passed if not passed[n]), "lost or doubled"
        assert scored == {n for n in passed if passed[n]} | {n for n, goes_on in outcomes if goes_on}, "not scored"
        cards = self._rows("select paper from candidates join cards on number = candidate")
        assert sorted(row[0] for row in cards) == sorted(f"arxiv:{native}" for native in RELEVANT), "a card is lost"
        trusted = {
            row[0]
            for row in self._rows("select batch, accepted, missed from triage_readings")
            if row[1] and len(row[2]) <= 2
        }
        aside = {row[0] for row in self._rows("select batch from triages where outcome = 'put_aside'")}
        assert aside <= trusted, "put aside by an answer that was not accepted"
        asked = [one for one in self._llm.asked if _HARMLESS not in one.ids]
        recorded = self._rows("select question, at from replies")
        assert_asked_before_recorded(asked, recorded)
        count = len(self._llm.asked)
        again = self._made.run()
        assert (again.code, len(self._llm.asked)) == (0, count), again.err
        triaged = self._asked()
        self._found.rounds += 1
        self._found.papers += len(passed)
        self._found.asked += len(triaged)
        self._found.repeated += len(triaged) - len({one.user for one in triaged})
        self._found.halves += self._rows("select count(*) from triage_batches where parent is not null")[0][0]

    def _rows(self, query: str) -> list[Any]:
        return rows_of(self._made, self._url, query)


def _is_whole_and(part: int, shift: int) -> Callable[[Asked], bool]:
    """Whether a question is one of triage about a whole batch, of the third that is answered badly in this manner."""

    def holds(asked: Asked) -> bool:
        is_whole = '"named"' in asked.system and len(asked.user.splitlines()) > _HALF + 2
        return is_whole and (zlib.crc32(asked.user.encode()) + shift) % 3 == part

    return holds


def torment(folder: Path, kills: int, seed: int, database: Callable[[], str]) -> Found:
    """Kill so many lives, in rounds of some; AssertionError says what is broken. `database` gives an empty one."""
    found, chance = Found(), random.Random(seed)
    while found.killed < kills:
        Round(folder / f"round-{found.rounds}", database(), chance, found)(min(_KILLS_A_ROUND, kills - found.killed))
    return found
