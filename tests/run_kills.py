"""Lives of `run` over a real day that are killed with -9 at random moments, from an empty database to the day's end."""

from __future__ import annotations

import random
import signal
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.kills import assert_asked_before_recorded, rows_of
from tests.scenarios.conftest import FEED, NOW, Deployment
from tests.servers.llm import LlmServer, slow
from tests.servers.llm_dialects import Asked

SLOW = 0.15
"""Seconds a model thinks: many kills fall while some question is open."""
_QUIET = 0.3  # seconds without a question: all that was asked has come in
_LIFE = 120.0  # seconds that no life takes
_KILLS_A_ROUND = 6
_HARMLESS = "1706.03762"


@dataclass
class Found:
    """What the kills came to; `asked` are the questions of the stages under fire, `repeated` those open at a kill, and
    `outcomes` what the stages made of the papers.
    """

    killed: int = 0
    rounds: int = 0
    papers: int = 0
    asked: int = 0
    repeated: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)


class Round(ABC):
    """One deployment with an empty database, whose runs are killed after up to `questions` of the stages under fire."""

    questions = 8

    def __init__(self, folder: Path, url: str, chance: random.Random, found: Found) -> None:
        """`url` is that of an empty PostgreSQL database, or "" for a file of SQLite."""
        self.made, self.chance, self.found = Deployment(folder), chance, found
        self.llm, self.feed, self._url = self.server(), FEED, url

    def server(self) -> LlmServer:
        """The model's server."""
        return LlmServer()

    @abstractmethod
    def prepare(self) -> None:
        """Configure the deployment and the model's server."""

    @abstractmethod
    def is_under_fire(self, asked: Asked) -> bool:
        """Whether a question is of a stage that is to be killed."""

    @abstractmethod
    def check(self, report: Any) -> None:
        """Hold the day's end against what was to come; AssertionError says what is broken."""

    def __call__(self, kills: int) -> None:
        """Kill so many lives or until the day is done, let it end, and check it."""
        with self.llm as llm:
            made = self.made
            made.folder.mkdir(parents=True)
            made.prepare()
            made.configure(made.folder / "keywords", 'prefilter = "learned"', 'prefilter = "keywords"')
            made.env |= {"OPENAI_BASE_URL": llm.url, "OPENAI_API_KEY": "sk-test-0123456789", "WATCHER_MODEL": "m"}
            made.env |= {"DATABASE_URL": self._url} if self._url else {}
            llm.always(slow(SLOW))
            self.prepare()
            before = self.found.killed
            while self.found.killed < before + kills and self._life():
                pass
            done = made.run(self.feed)
            assert done.code == 0, done.err
            self.check(done.json)
            self._nothing_is_paid_again()

    def rows(self, query: str) -> list[Any]:
        """What a query on the deployment's database gives."""
        return rows_of(self.made, self._url, query)

    def _asked(self) -> list[Asked]:
        return [asked for asked in self.llm.asked if self.is_under_fire(asked)]

    def _life(self) -> bool:
        """One run; whether it was killed before its end."""
        before, wanted = len(self._asked()), self.chance.randint(0, self.questions)
        process = self.made.start("run", "--feed", str(self.feed), "--now", NOW, "--json")
        ends = time.monotonic() + _LIFE
        while process.poll() is None and len(self._asked()) < before + wanted and time.monotonic() < ends:
            time.sleep(0.01)
        time.sleep(self.chance.uniform(0, 2 * SLOW))
        process.kill()
        killed = process.wait(20) == -signal.SIGKILL
        self.found.killed += killed
        seen = -1
        while seen != len(self.llm.asked):  # what was asked may still lie in the server's sockets
            seen = len(self.llm.asked)
            time.sleep(_QUIET)
        return killed

    def _nothing_is_paid_again(self) -> None:
        """No recorded reply was asked for again, and another run asks nothing."""
        asked = [one for one in self.llm.asked if _HARMLESS not in one.ids]
        assert_asked_before_recorded(asked, self.rows("select question, at from replies"))
        count = len(self.llm.asked)
        again = self.made.run(self.feed)
        assert (again.code, len(self.llm.asked)) == (0, count), again.err
        under_fire = self._asked()
        self.found.rounds += 1
        self.found.papers += self.rows("select count(*) from screenings")[0][0]
        self.found.asked += len(under_fire)
        self.found.repeated += len(under_fire) - len({one.user for one in under_fire})


def torment(round_: type[Round], folder: Path, kills: int, seed: int, database: Callable[[], str]) -> Found:
    """Kill so many lives, in rounds of some; AssertionError says what is broken. `database` gives an empty one."""
    found, chance = Found(), random.Random(seed)
    while found.killed < kills:
        made = round_(folder / f"round-{found.rounds}", database(), chance, found)
        made(min(_KILLS_A_ROUND, kills - found.killed))
    return found
