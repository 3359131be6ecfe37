"""kill -9 at random moments of days that go from arXiv to the catalog, every outside service on loopback.

A day begins with an empty store, has its papers scored two at a time, and ends when every card is decided and the
catalog follows. What must hold is checked at each day's end; anything else is an AssertionError.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import psycopg

from tests import commands
from tests.commands import Command
from tests.scenarios.conftest import CATEGORIES, FEED, NOBODY, NOW, RELEVANT, Deployment
from tests.scenarios.slack import actions, cards
from tests.servers.arxiv import ArxivServer
from tests.servers.llm import LlmServer, slow
from tests.servers.llm_dialects import Asked
from tests.servers.oai import OaiArchive
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, CHANNEL, HANA, LocalSlack, running_local_slack
from tests.servers.slack_proxy import SlackProxy
from tests.tools import local_slack
from watcher.words_ja import slack as words

_OURS = ("-m", "watcher")
_NEWER = ("-c", "import procrastinate; procrastinate.__version__ = '99.0'; from watcher.__main__ import main; main()")
"""Code with a later version of the queue's library."""
_FACTS = ("announcements", "screenings", "relevances", "replies", "summaries", "cards", "decisions", "catalog_rows")
_TELLING = (
    "select paper, ref, etag from candidates join cards on number = cards.candidate join shown_etags using (candidate)",
    "select candidate, verdict, at from decisions order by at",
    "select candidate, change from catalog_rows order by id",
    "select run, started, finished from runs",
    "select stage, candidate, error from failures",
)
_SLOW = 0.3  # seconds a model thinks: most kills fall while some question is open
_SCREENED, _PASSED = 138, 86
_DAY_SECONDS = 150.0
_SHARED = (("web", "--port", "0"), ("clock",))


@dataclass
class Found:
    """What the kills came to; times in seconds from a kill to the next new fact, while work was waiting."""

    kills: int = 0
    days: int = 0
    asked: int = 0
    repeated: int = 0
    recovered: list[float] = field(default_factory=list)


class Day:
    """One deployment from its first feed to its last row, under fire."""

    def __init__(
        self,
        folder: Path,
        database: str,
        workers: int,
        slack: LocalSlack,
        chance: random.Random,
        approved: int = len(RELEVANT),
    ) -> None:
        """`database` is a URL of PostgreSQL, or "" for a file of SQLite; `approved` is how many cards are decided."""
        self.deployment = Deployment(folder)
        self._approved = set(sorted(RELEVANT)[:approved])
        self._code = _OURS
        self.slack = slack
        self.llm = LlmServer()
        self._url = database
        self._chance = chance
        self._commands = [("serve", "--port", "0")] if not database else [*_SHARED, *[("worker",)] * workers]
        self._lives: list[Command] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        made, stack = self.deployment, self._stack
        made.prepare()
        llm = stack.enter_context(self.llm)
        llm.always(slow(_SLOW))
        archive = OaiArchive(now=datetime.fromisoformat(NOW))
        arxiv = stack.enter_context(ArxivServer({CATEGORIES: FEED.read_bytes()}, archive))
        proxy = stack.enter_context(SlackProxy(self.slack))
        made.configure(made.folder / "config", 'prefilter = "learned"', 'prefilter = "keywords"')
        made.configure(made.folder / "no-triage", 'triage = "all"', 'triage = "none"')
        settings = made.folder / "config" / "watcher.toml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(text.replace("batch_size = 15", "batch_size = 2"), encoding="utf-8")
        made.env |= {"OPENAI_BASE_URL": llm.url, "OPENAI_API_KEY": "sk-test-0123456789", "WATCHER_MODEL": "m"}
        made.env |= {"WATCHER_ARXIV_RSS_URL": arxiv.rss_url, "WATCHER_ARXIV_OAI_URL": arxiv.oai_url}
        made.env |= {"SLACK_API_URL": proxy.api, "SLACK_CHANNEL": CHANNEL, "WATCHER_ARXIV_API_URL": f"{NOBODY}/"}
        made.env |= {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN}
        if self._url:
            made.env |= {"DATABASE_URL": self._url, "WATCHER_QUEUE": "postgresql"}
        self._lives = [self._born(command) for command in self._commands]
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._lives:
            process.kill()
            process.wait(20)
        self._stack.close()

    def endure(self, kills: int, deadline: float, found: Found) -> None:
        """Kill until it is done or there were enough kills, then let it end, and check it."""
        while found.kills < kills and time.monotonic() < deadline and not self._done():
            self._wait(self._chance.uniform(0.1, 1.5))
            self._click()
            before, died = self._facts(), time.monotonic()
            place = self._chance.randrange(len(self._lives))
            self._lives[place].kill()
            self._lives[place].wait(20)
            self._lives[place] = self._born(self._commands[place])
            found.kills += 1
            while self._facts() == before and not self._done() and time.monotonic() - died < _DAY_SECONDS:
                self._click()
                time.sleep(0.05)
            found.recovered.append(time.monotonic() - died)
        ends = time.monotonic() + _DAY_SECONDS
        while not self._done():
            assert time.monotonic() < ends, f"the day does not end: {self._standing()}"
            self._wait(0.2)
            self._click()
        self.check(found)

    def deploy(self, found: Found) -> None:
        """Put newer code beside the old and end the old: one process by kill -9, the others as a platform does."""
        old, self._code = self._lives, _NEWER
        self._lives = [self._born(command) for command in self._commands]
        self._wait(1.0)
        before, began = self._facts(), time.monotonic()
        self._chance.choice(old).kill()
        for process in old:
            process.terminate()
        for process in old:
            self._stack.callback(process.wait, 20)
            self._stack.callback(process.kill)
        for process in old:
            process.wait(30)  # an old process ends
        while self._facts() == before and not self._done() and time.monotonic() - began < _DAY_SECONDS:
            self._wait(0.05)
        found.recovered.append(time.monotonic() - began)

    def check(self, found: Found) -> None:
        """Nothing lost, nothing doubled, no recorded reply asked for again."""
        assert set(cards(self.slack)) == RELEVANT
        assert len(self.slack.posts()) == len(RELEVANT) + 1, "the digest and one card a paper"
        text = self.deployment.catalog.read_text(encoding="utf-8")
        rows = {paper: text.count(f"abs/{paper}") for paper in RELEVANT}
        assert rows == {paper: int(paper in self._approved) for paper in RELEVANT}, "one row a paper"
        subjects = self.deployment.git("log", "--format=%s").splitlines()
        assert Counter(subjects) == Counter(["begin", *(f"catalog: add arXiv:{paper}" for paper in self._approved)])
        status = self.deployment.git("status", "--porcelain", "--untracked-files=no")
        # a killed writer's draft may lie about: the next one overwrites it
        assert status == "", status + self.deployment.git("diff", "HEAD")
        assert (self._count("screenings"), self._count("relevances")) == (_SCREENED, _PASSED)
        recorded = self._rows("select question, at from replies")
        assert_asked_before_recorded(self.llm.asked, recorded)
        found.asked += len(self.llm.asked)
        found.repeated += len(self.llm.asked) - len(recorded)
        found.days += 1

    def _born(self, command: Sequence[str]) -> Command:
        with (self.deployment.folder / "serve.log").open("a", encoding="utf-8") as log:
            return commands.start([*self._code, *command], self.deployment.environment(), stdout=log, stderr=log)

    def _wait(self, seconds: float) -> None:
        """Let time pass; a process that ended by itself is started again, as a supervisor would."""
        time.sleep(seconds)
        for place, process in enumerate(self._lives):
            if process.poll() is not None:
                self._lives[place] = self._born(self._commands[place])

    def _click(self) -> None:
        """Approve a card, as long as there is one."""
        undecided = sorted(
            paper for paper, post in cards(self.slack).items() if "approve" in actions(post) and paper in self._approved
        )
        decided = {
            str(row[0]) for row in self._rows("select paper from candidates join decisions on number = candidate")
        }
        waiting = [paper for paper in undecided if f"arxiv:{paper}" not in decided]
        if waiting and self._chance.random() < 0.5:
            self.slack.click(cards(self.slack)[self._chance.choice(waiting)]["ts"], "approve", HANA)

    def _done(self) -> bool:
        posted = cards(self.slack)
        if set(posted) != RELEVANT or self._count("relevances") != _PASSED:
            return False
        told = all(
            words.CATALOGED in str(posted[paper]) and actions(posted[paper]) == {"undo"} for paper in self._approved
        )
        return told and self._count("catalog_rows where change = 'added'") == len(self._approved)

    def _standing(self) -> str:
        """What a person who looks for the reason wants to see."""
        facts = dict(zip(_FACTS, self._facts(), strict=True))
        shown = {paper: sorted(actions(post)) for paper, post in cards(self.slack).items()}
        rows = [f"{query}: {self._rows(query)}" for query in _TELLING]
        return "\n".join([str(facts), str(shown), *rows])

    def _facts(self) -> list[int]:
        return [self._count(table) for table in _FACTS]

    def _count(self, table: str) -> int:
        rows = self._rows(f"select count(*) from {table}")  # noqa: S608 - tables of ours
        return int(rows[0][0]) if rows else 0

    def _rows(self, query: str) -> list[Any]:
        return rows_of(self.deployment, self._url, query)


def rows_of(deployment: Deployment, url: str, query: str) -> list[Any]:
    """What a query gives in the deployment's database, that of `url` or its file; nothing before the tables are there."""
    if url:
        with psycopg.connect(url) as connection:
            try:
                return connection.execute(query.encode()).fetchall()
            except psycopg.errors.UndefinedTable:
                return []
    path = deployment.folder / "var" / "watcher.db"
    if not path.exists():
        return []
    with closing(sqlite3.connect(path, timeout=30)) as database:
        try:
            return database.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []


def assert_asked_before_recorded(questions: Iterable[Asked], recorded: Iterable[tuple[str, datetime | str]]) -> None:
    """Every question's answer is in `recorded` (question, moment), and none was asked after its answer was recorded."""
    offset = time.time() - time.monotonic()
    answers = {question: _seconds(at) for question, at in recorded}
    for asked in questions:
        assert asked.user in answers, "an answer was lost"
        assert asked.at + offset <= answers[asked.user], "a recorded reply was asked for again"


def _seconds(at: datetime | str) -> float:
    """Seconds since 1970; SQLite gives a text in UTC."""
    return (at if isinstance(at, datetime) else datetime.fromisoformat(f"{at}+00:00")).timestamp()


@contextmanager
def workspace(folder: Path) -> Iterator[LocalSlack]:
    """A workspace of its own for a day."""
    folder.mkdir(parents=True)
    with running_local_slack(local_slack(), folder) as running:
        yield running
