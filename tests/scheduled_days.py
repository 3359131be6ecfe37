"""Days of a deployment that is nothing but a schedule: every run begins with a fresh checkout and an empty data folder,
and is late, left out, doubled or killed; people react to cards and edit the catalog meanwhile.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from cryptography.fernet import Fernet

from tests import commands
from tests.scenarios.conftest import CATEGORIES, DATA, NOBODY, SHIPPED
from tests.servers.arxiv import ArxivServer
from tests.servers.llm import USAGE, LlmServer
from tests.servers.llm_dialects import Answer, Asked
from tests.servers.slack import BOT_TOKEN, CHANNEL, HANA, KEN, LocalSlack, running_local_slack
from tests.servers.slack_proxy import SlackProxy
from tests.servers.year import Year
from tests.tools import local_slack
from watcher.adapters.desks.slack.api.oauth import TokenCipher
from watcher.adapters.store import open_database
from watcher.adapters.store import tables as t
from watcher.adapters.store.backup import PublicForm, restore
from watcher.domain.papers.feeds import feed_day
from watcher.settings import load_settings

BRANCH, FILE = "watcher-state", "state.jsonl.gz"
START = date(2026, 1, 5)
_SUBJECTS = ("knots", "braids", "world models of language agents", "links", "tangles", "meshes", "cables")
_EMOJI = {"approve": "white_check_mark", "reject": "x", "later": "clock3"}
_COST = {"prompt": 0.10, "completion": 0.50}
"""Dollars per million tokens, to say what the questions that were asked again cost."""


class Model(LlmServer):
    """Scores half of the papers about world models as relevant."""

    def answer(self, asked: Asked) -> Answer:
        """As an honest model says; a relevant paper has the answers of a recorded one."""
        like = self._replies["2606.27483"]
        self._replies |= {i: {**like, "arxiv_id": i} for i in asked.ids if belongs(i, asked.user)}
        return super().answer(asked)


def belongs(arxiv_id: str, text: str) -> bool:
    """Whether the model takes a paper for relevant, by the text that holds its title."""
    month, _, number = arxiv_id.partition(".")
    return int(number) % 2 == 0 and f"{_SUBJECTS[2]}, part {month}.{int(number)}\n" in f"{text}\n"


@dataclass
class Found:
    """What the days came to."""

    runs: int = 0
    left_out: int = 0
    late: int = 0
    overtaken: int = 0
    killed: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)


@dataclass
class Play:
    """One repository with a schedule, and everything around it on loopback."""

    folder: Path
    seed: int
    days: int
    found: Found = field(default_factory=Found)
    reacted: dict[str, str] = field(default_factory=dict)
    edits: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._stack = ExitStack()
        self.key = Fernet.generate_key().decode()
        holidays = frozenset(load_settings({"WATCHER_CONFIG": str(SHIPPED)}).values.sources.arxiv.holidays)
        self.year = Year(self.seed, START, self.days, holidays, size=(20, 40), subjects=_SUBJECTS)
        self.bare, self.people = self.folder / "remote.git", self.folder / "people"

    def __enter__(self) -> Self:
        stack, slack_folder = self._stack, self.folder / "slack"
        slack_folder.mkdir(parents=True)
        self.llm = stack.enter_context(Model())
        self.arxiv = stack.enter_context(ArxivServer({}, self.year.archive))
        self.slack: LocalSlack = stack.enter_context(running_local_slack(local_slack(), slack_folder))
        self.proxy = stack.enter_context(SlackProxy(self.slack))
        self._configure()
        self.git(self.folder, "init", "-q", "--bare", "-b", "main", str(self.bare))
        self.git(self.bare, "config", "core.logAllRefUpdates", "always")
        self.git(self.folder, "clone", "-q", str(self.bare), str(self.people))
        shutil.copyfile(DATA / "catalog" / "catalog.md", self.people / "catalog.md")
        self.git(self.people, "checkout", "-q", "-B", "main")
        self.git(self.people, "add", "catalog.md")
        self.git(self.people, "commit", "-q", "-m", "begin")
        self.git(self.people, "push", "-q", "-u", "origin", "main")
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def live(self, tell: Callable[[date], None] = lambda _: None) -> None:
        """Every day in turn, a quiet one first and two at the end."""
        self.run(self.at(START))  # what was announced before the first run is not due
        for number in range(1, self.days):
            self._day(START + timedelta(days=number))
            tell(START + timedelta(days=number))
        for number in (1, 2):
            self.run(self.at(START + timedelta(days=self.days + number)))

    def run(self, at: datetime, *, kill_after: float | None = None) -> int:
        """One run from a fresh checkout; gives its exit code, -9 where it was killed after so many seconds."""
        began = time.perf_counter()
        command = self._start(at, self._checkout("work"))
        if kill_after is not None:
            time.sleep(kill_after)
            command.kill()
        return self._ended(command, began, "work")

    def run_twice(self, at: datetime) -> list[int]:
        """Two runs at once, or nearly; gives their exit codes."""
        began = time.perf_counter()
        first = self._start(at, self._checkout("work"))
        second_place = self._checkout("other")
        time.sleep(self._chance.choice([0.0, 0.2, 0.6]))
        second = self._start(at + timedelta(minutes=1), second_place)
        return [self._ended(first, began, "work"), self._ended(second, began, "other")]

    def react(self, share: float) -> None:
        """People react to some of the cards that nobody has reacted to."""
        for paper, posts in self.cards().items():
            if paper not in self.reacted and self._chance.random() < share:
                verdict = self._chance.choices(["approve", "reject", "later"], [6, 3, 1])[0]
                self.reacted[paper] = verdict
                self.slack.react(posts[0]["ts"], _EMOJI[verdict], self._chance.choice([HANA, KEN]))

    def edit(self) -> None:
        """Somebody adds a line below the catalog and pushes it."""
        line = f"Note {len(self.edits) + 1} by a person."
        self.git(self.people, "pull", "-q", "--rebase")
        catalog = self.people / "catalog.md"
        catalog.write_text(f"{catalog.read_text(encoding='utf-8').rstrip()}\n\n{line}\n", encoding="utf-8")
        self.git(self.people, "commit", "-q", "-am", line)
        self.git(self.people, "push", "-q")
        self.edits.append(line)

    def cards(self) -> dict[str, list[dict[str, Any]]]:
        """The messages that are cards, by arXiv id."""
        found: dict[str, list[dict[str, Any]]] = {}
        for post in self.slack.posts():
            if (key := self._key(post)).startswith("card/"):
                found.setdefault(key.rpartition(":")[2], []).append(post)
        return found

    def keys(self) -> Counter[str]:
        """How often a message was posted, by the outbox key in its metadata."""
        return Counter(map(self._key, self.slack.posts()))

    def _key(self, post: dict[str, Any]) -> str:
        metadata = self.proxy.metadata[post["ts"]]
        found = json.loads(metadata) if isinstance(metadata, str) else metadata
        return str(found["event_payload"]["key"])

    def check(self) -> None:
        """Nothing lost, nothing doubled. AssertionError says what is broken."""
        news = self.year.news(frozenset(CATEGORIES.split("+")))
        screened, decided, rows = self._facts()
        assert set(news) == set(screened), f"lost: {set(news) ^ set(screened)}"
        assert set(screened.values()) <= {1}, "a paper was screened twice"
        assert {key: n for key, n in self.keys().items() if n > 1} == {}, "a message was posted twice"
        relevant = {i for i in news if belongs(i, self._titles[i])}
        assert set(self.cards()) == relevant, f"cards: {set(self.cards()) ^ relevant}"
        assert decided == self.reacted, f"decisions: {set(decided.items()) ^ set(self.reacted.items())}"
        text = self.git(self.bare, "show", "main:catalog.md")
        wanted = {paper for paper, verdict in self.reacted.items() if verdict == "approve"}
        written = Counter(re.findall(r"arxiv\.org/abs/(\d{4}\.\d{5})", text))
        assert {paper: written[paper] for paper in relevant if written[paper]} == dict.fromkeys(wanted, 1), "rows"
        assert rows == wanted, "rows of the state"
        assert [line for line in self.edits if text.count(line) != 1] == [], "an edit of people was lost"

    @property
    def asked_again(self) -> tuple[int, float]:
        """How many questions were asked more than once, and what these answers cost in dollars."""
        bodies = Counter(json.dumps(asked.body, sort_keys=True) for asked in self.llm.asked)
        again = sum(bodies.values()) - len(bodies)
        prompt, completion = int(USAGE["prompt_tokens"]), int(USAGE["completion_tokens"])  # type: ignore[call-overload]
        return again, again * (prompt * _COST["prompt"] + completion * _COST["completion"]) / 1e6

    @property
    def pushes(self) -> int:
        """How often the state was pushed."""
        return len((self.bare / "logs" / "refs" / "heads" / BRANCH).read_text(encoding="utf-8").splitlines())

    def state(self) -> bytes:
        """The state file as it stands on the branch."""
        command = ["git", "cat-file", "blob", f"{BRANCH}:{FILE}"]
        return subprocess.run(command, cwd=self.bare, capture_output=True, check=True).stdout

    # --- how ------------------------------------------------------------------------------------------

    def _day(self, day: date) -> None:
        chance, at = self._chance, self.at(day)
        if chance.random() < 1 / 3:
            self.found.left_out += 1
        else:
            if chance.random() < 0.3:
                at += timedelta(minutes=chance.randint(5, 600))
                self.found.late += 1
            self.show(at)
            fate = chance.random()
            if fate < 0.2:
                usual = sorted(self.found.seconds)[len(self.found.seconds) // 2]
                self.run(at, kill_after=chance.uniform(0.2, usual))  # at any moment of a run
                if chance.random() < 0.5:
                    self.run(at + timedelta(minutes=chance.choice([5, 20, 90])))
            elif fate < 0.35:
                self.run_twice(at)
            else:
                self.run(at)
        self.react(chance.uniform(0, 0.8))
        if chance.random() < 0.3:
            self.edit()

    def at(self, day: date) -> datetime:
        """The hour of the schedule on a day: before nine in Tokyo of the day after."""
        return datetime.combine(day, clock(22, 41), UTC)

    def show(self, at: datetime) -> None:
        """ArXiv as it is at a moment."""
        self.year.show(at)
        query = "+".join(sorted(CATEGORIES.split("+")))
        self.arxiv.feeds[query] = self.year.feed(query, feed_day(at))

    @property
    def _titles(self) -> dict[str, str]:
        return {entry.item.id: entry.item.title for batch in self.year.batches.values() for entry in batch.entries}

    def _configure(self) -> None:
        self.config = self.folder / "config"
        shutil.copytree(SHIPPED, self.config)
        path = self.config / "watcher.toml"
        text = path.read_text(encoding="utf-8").replace('prefilter = "learned"', 'prefilter = "keywords"')
        text = text.replace('services = ["semantic-scholar", "hugging-face"]', "services = []")
        path.write_text(text.replace("batch_size = 15", "batch_size = 3"), encoding="utf-8")

    def environment(self, place: str) -> dict[str, str]:
        nobody = dict.fromkeys(("WATCHER_S2_URL", "WATCHER_HF_URL", "WATCHER_ARXIV_API_URL"), NOBODY)
        return nobody | {
            "PATH": _path(),
            "HOME": str(self.folder),
            "WATCHER_CONFIG": str(self.config),
            "WATCHER_DATA": str(self.folder / f"{place}-data"),
            "WATCHER_CATALOG": str(self.folder / place / "catalog.md"),
            "WATCHER_STATE_BRANCH": BRANCH,
            "WATCHER_CATALOG_PUSH": "direct",
            "WATCHER_SECRET_KEY": self.key,
            "WATCHER_MODEL": "m",
            "OPENAI_BASE_URL": self.llm.url,
            "OPENAI_API_KEY": "sk-test-0123456789",
            "WATCHER_ARXIV_RSS_URL": self.arxiv.rss_url,
            "WATCHER_ARXIV_OAI_URL": self.arxiv.oai_url,
            "SLACK_API_URL": self.proxy.api,
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_CHANNEL": CHANNEL,
        }

    def _checkout(self, place: str) -> str:
        """A fresh machine: a clone and nothing else."""
        for folder in (self.folder / place, self.folder / f"{place}-data"):
            shutil.rmtree(folder, ignore_errors=True)
        self.git(self.folder, "clone", "-q", "--single-branch", "-b", "main", str(self.bare), place)
        return place

    def _start(self, at: datetime, place: str) -> commands.Command:
        self.show(at)
        with (self.folder / f"{place}.log").open("w", encoding="utf-8") as log:
            arguments = ["-m", "watcher", "run", "--now", at.isoformat()]
            return commands.start(arguments, self.environment(place), stdout=log, stderr=log)

    def _ended(self, command: commands.Command, began: float, place: str) -> int:
        code = command.wait(120)
        told = (self.folder / f"{place}.log").read_text(encoding="utf-8")
        self.found.runs += 1
        if code == -signal.SIGKILL:
            self.found.killed += 1
        elif "ほかの実行が動いています" in told:
            assert code == 0, told
            self.found.overtaken += 1
        else:
            self.found.seconds.append(time.perf_counter() - began)
            if code:
                self.found.failed[told.strip().splitlines()[-1][:160]] += 1
        return code

    def _facts(self) -> tuple[Counter[str], dict[str, str], set[str]]:
        """What the state holds: how often each paper was screened, what was decided, and the rows that stand."""
        cipher = TokenCipher(self.key)
        file, path = self.folder / "end.gz", self.folder / "end.db"
        file.write_bytes(self.state())
        database = open_database(path)
        restore(database, file, PublicForm(cipher.encrypt, cipher.decrypt))
        c = t.candidates.c
        with database.read() as connection:
            papers = connection.scalars(sa.select(c.paper).join(t.screenings, t.screenings.c.candidate == c.number))
            screened = Counter(paper.removeprefix("arxiv:") for paper in papers)
            query = sa.select(c.paper, t.decisions.c.verdict).join(t.decisions, t.decisions.c.candidate == c.number)
            decided = {row.paper.removeprefix("arxiv:"): row.verdict for row in connection.execute(query)}
            query = sa.select(c.paper, t.catalog_rows.c.change).join(
                t.catalog_rows, t.catalog_rows.c.candidate == c.number
            )
            rows = {row.paper.removeprefix("arxiv:") for row in connection.execute(query) if row.change == "added"}
        database.close()
        return screened, decided, rows

    def git(self, folder: Path, *arguments: str) -> str:
        identity = ["-c", "user.name=person", "-c", "user.email=person@localhost"]
        done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


def _path() -> str:
    git = shutil.which("git")
    assert git is not None
    return str(Path(git).parent)
