"""kill -9 at random moments of the commands of a deployment, from feed to remote, with papers on which the model server
fails and a person who moves HEAD, resets commits away and pushes by force.

Each life is one command: a run over a day's feed, a curator's decision, a push. At the end the person answers every
question and every refusal, until all is at rest; then it is held against what was announced and decided.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from pathlib import Path
from threading import Thread
from typing import Any, Self

from tests.kills import assert_asked_before_recorded, rows_of
from tests.poison import MANNERS
from tests.scenarios.conftest import Deployment, Done
from tests.servers.llm import Behavior, LlmServer, slow
from tests.servers.llm_dialects import Asked
from tests.servers.year import Year
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.domain.papers.feeds import announced_at

_START = date(2026, 6, 15)
_CATEGORIES = frozenset({"cs.AI", "cs.CL", "cs.LG", "cs.CV", "cs.RO", "cs.MA", "cs.HC", "q-bio.NC"})
_LIVES_A_DAY = 10
_SLOW = 0.15  # seconds a model thinks: many kills fall while some question is open
_LIFE = 120.0  # seconds that no life takes
_QUIET = 0.3  # seconds without a question: all that was asked has come in
_IN_FLIGHT = 8  # questions of two stages that a life may be asking when it is killed
_ROUNDS = 12  # within so many answers of the person everything comes to rest
_UNRECORDED = ("400 with content words", "403 with content words", "content_filter", "a choice without message")
_RECORDED = ("an answer that never fits", "an answer about nothing")
_RUNS = 3
_HARMLESS = "1706.03762"
_KILLED = 0.7  # of the lives, unless they end before
_SHARE = 0.7  # of the papers are relevant
_UNDONE = 0.2  # of the decisions are taken back where there is one
_SUMMARY = "言語モデルを世界モデルとして用いる方法を述べ、結び目の例で確かめた研究である。"


@dataclass
class Found:
    """What the kills came to."""

    lives: int = 0
    killed: int = 0
    papers: int = 0
    poisoned: int = 0
    rows: int = 0
    asked: int = 0
    moves: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)


@dataclass
class Poison:
    """A paper on which the server fails; `runs` counts the runs that came to their end since it was to be asked about."""

    native: str
    summary: bool
    recorded: bool
    runs: int = 0

    def spoils(self, asked: Asked) -> bool:
        return self.native in asked.ids and (not self.summary or '"summary_ja"' in asked.system)


class Line:
    """A deployment with its catalog in a repository, the repository's remote, and somebody else's clone of it."""

    def __init__(self, folder: Path, seed: int, database: str, *, poisoned: bool, head: bool) -> None:
        """`database` is a URL of PostgreSQL, or "" for a file of SQLite."""
        self.made, self.found = Deployment(folder), Found()
        self._database, self._poisoned, self._head = database, poisoned, head
        self._chance, self._moves = random.Random(seed), random.Random(seed + 1)
        self._year = Year(seed, _START, 40, frozenset(), size=(14, 18), subjects=("world models of language models",))
        self._news = self._year.news(_CATEGORIES)
        self._relevant = {native for native in self._news if self._chance.random() < _SHARE}
        replies = folder / "replies.jsonl"
        replies.write_text("".join(map(self._reply, self._news)), encoding="utf-8")
        self.llm = LlmServer(replies)
        self._days, self._shown = iter(sorted(self._year.batches)), _START
        self._announced: list[str] = []
        self._poison: list[Poison] = []
        self._spans: dict[str, float] = {}
        self._remote, self._clone = folder / "remote.git", folder / "hana"

    def __enter__(self) -> Self:
        self.llm.__enter__()
        self._prepare()
        return self

    def __exit__(self, *_: object) -> None:
        self.llm.__exit__(None, None, None)

    def _reply(self, native: str) -> str:
        """What an honest model says of a paper, on a line."""
        score = 4 if native in self._relevant else 1
        told = {"score": score, "criterion": "a", "reason_ja": "言語モデルの世界モデルを扱う。"}
        cells = {"summary_ja": _SUMMARY, "categories_ja": "世界モデル、言語モデル", "evidence": []}
        return json.dumps({"arxiv_id": native, **told, **cells}) + "\n"

    def _prepare(self) -> None:
        made, folder = self.made, self.made.folder
        made.prepare()
        made.configure(folder / "keywords", 'prefilter = "learned"', 'prefilter = "keywords"')
        made.configure(folder / "no-triage", 'triage = "all"', 'triage = "none"')
        made.configure(folder / "batches", "batch_size = 15", "batch_size = 4")
        made.configure(folder / "pushed", 'push = "never"', 'push = "direct"')
        made.env |= {"OPENAI_BASE_URL": self.llm.url, "OPENAI_API_KEY": "sk-test-0123456789", "WATCHER_MODEL": "m"}
        made.env |= {"DATABASE_URL": self._database} if self._database else {}
        made.git("branch", "--quiet", "-M", "main")
        made.git("init", "--quiet", "--bare", "--initial-branch=main", str(self._remote))
        made.git("remote", "add", "origin", str(self._remote))
        made.git("push", "--quiet", "--set-upstream", "origin", "main")
        made.git("clone", "--quiet", str(self._remote), str(self._clone))
        assert made("catalog", "adopt").code == 0, "rows go to main, whatever is checked out at the first of them"
        self.llm.always(slow(_SLOW))
        self.next_day()

    # --- days, lives and kills -------------------------------------------------------------------------

    def next_day(self) -> None:
        """Announce the papers of another day, of which the model fails on one or two."""
        self._shown = next(self._days)
        self._day_ends = self.found.lives + _LIVES_A_DAY
        news = sorted(native for native, day in self._news.items() if day == self._shown)
        self._announced += news
        (self.made.folder / "feed.xml").write_bytes(self._year.feed("+".join(sorted(_CATEGORIES)), self._shown))
        if self._poisoned:
            bad = self._chance.sample(news, 2)
            self._spoil(bad[0], summary=False)
            if bad[1] in self._relevant:
                self._spoil(bad[1], summary=True)

    def _spoil(self, native: str, *, summary: bool) -> None:
        manner = self._chance.choice([*_UNRECORDED, *_RECORDED])
        poison = Poison(native, summary, manner in _RECORDED)
        self._poison.append(poison)
        behavior: Behavior = MANNERS[manner]
        self.llm.when(poison.spoils, behavior)

    def step(self) -> None:
        """One life, that of a run, a decision or a push, killed at some moment unless it ends before."""
        read = set(self._announced) <= set(self._papers("screenings"))  # a feed of another day is gone for good
        if read and self.found.lives >= self._day_ends:
            self.next_day()
        kind = self._chance.choices(["run", "decide", "push"], [4, 6, 3])[0]
        command = {"run": self._run, "decide": self._decision, "push": self._push}[kind]()
        self._others()
        self._life(kind, command)

    def _run(self) -> tuple[str, ...]:
        at = announced_at(self._shown).astimezone(UTC) + timedelta(hours=9)
        return ("run", "--feed", str(self.made.folder / "feed.xml"), "--now", at.isoformat(), "--json")

    def _push(self) -> tuple[str, ...]:
        return ("catalog", "push")

    def _decision(self) -> tuple[str, ...]:
        cards = self._rows(
            "select number from candidates where number in (select candidate from summaries union "
            "select candidate from handovers) order by number"
        )
        if not cards:
            return self._run()
        (number,) = self._chance.choice(cards)
        if (number,) in self._rows("select candidate from decisions") and self._chance.random() < _UNDONE:
            return ("undo", str(number))
        return ("decide", str(number), self._chance.choices(["approve", "reject"], [6, 1])[0])

    def _life(self, kind: str, command: Sequence[str]) -> None:
        asked, recorded = len(self.llm.asked), self._calls_recorded()
        begun = time.monotonic()
        process = self.made.start(*command)
        walker = Thread(target=self._wander, args=(self._spans.get(kind, 2.0),))
        if self._head and self._moves.random() < 0.5:
            walker.start()
        if self._chance.random() < _KILLED:
            with suppress(subprocess.TimeoutExpired):
                process.wait(self._chance.random() * self._spans.get(kind, 2.0))
            process.kill()
        killed = process.wait(_LIFE) == -signal.SIGKILL
        self.found.lives += 1
        self.found.killed += killed
        if not killed:
            self._spans[kind] = 1.2 * (time.monotonic() - begun)  # a life of this kind is over then
        if walker.ident:
            walker.join()
        if killed:
            self._let_come_in()
        self._account(asked, recorded, killed=killed)
        if command[0] == "run" and not killed:
            self._ended()

    def _let_come_in(self) -> None:
        """What a life asked before it was killed may still lie in the server's sockets."""
        seen = -1
        while seen != len(self.llm.asked):
            seen = len(self.llm.asked)
            time.sleep(_QUIET)

    def _account(self, asked: int, recorded: int, *, killed: bool) -> None:
        """Every answer of a life is on record, but for those that it was waiting for when it was killed."""
        paid = [one for one in self.llm.asked[asked:] if self._is_paid(one)]
        lost = len(paid) - (self._calls_recorded() - recorded)
        assert 0 <= lost <= (_IN_FLIGHT if killed else 0), (
            f"{lost} answers are not on record: {[(one.ids, one.form) for one in paid]}"
        )

    def _is_paid(self, asked: Asked) -> bool:
        poison = next((one for one in self._poison if one.spoils(asked)), None)
        return poison is None or poison.recorded

    def _calls_recorded(self) -> int:
        found = self._rows("select coalesce(sum(calls), 0) from replies")
        return int(found[0][0]) if found else 0

    def _ended(self) -> None:
        """A run came to its end: every poisoned paper is before a person by the third such run."""
        begun = {False: set(self._papers("screenings")), True: set(self._papers("relevances"))}
        handed = set(self._papers("handovers"))
        for poison in self._poison:
            poison.runs += poison.native in begun[poison.summary]
            assert poison.runs < _RUNS or poison.native in handed, f"{poison} is before nobody"

    # --- people ------------------------------------------------------------------------------------------

    def _wander(self, seconds: float) -> None:
        """While a command lives, a person goes elsewhere with HEAD or resets the last commit away, and comes back."""
        act = self._moves.choice(["branch", "detach", "reset", "reset"])
        commands = {
            "branch": ("checkout", "--quiet", "-B", "draft"),
            "detach": ("checkout", "--quiet", "--detach"),
            "reset": ("reset", "--quiet", "--hard", "HEAD~1"),
        }
        time.sleep(seconds * self._moves.random())
        self.found.moves[act] += self._try(*commands[act])
        time.sleep(seconds * self._moves.random() / 2)
        self._try("checkout", "--quiet", "main")

    def _others(self) -> None:
        """Somebody else edits the catalog's prose and pushes, at times by force without the last commit."""
        if not self._head or self._moves.random() > 0.25:
            return
        with suppress(subprocess.CalledProcessError):
            self._hana("fetch", "--quiet")
            forced = self._moves.random() < 0.2
            self._hana("reset", "--quiet", "--hard", "origin/main~1" if forced else "origin/main")
            if not forced:
                with (self._clone / "catalog.md").open("a", encoding="utf-8") as file:
                    file.write(f"\n手書き{self.found.lives}\n")
                self._hana("commit", "--quiet", "--all", f"--message=by hand {self.found.lives}")
            self._hana("push", "--quiet", *(["--force"] if forced else []), "origin", "main")
            self.found.moves["forced push" if forced else "push"] += 1

    def _hana(self, *arguments: str) -> str:
        return self.made.git("-C", str(self._clone), *arguments)

    def _try(self, *arguments: str) -> bool:
        """Whether git did it: a lock or a change under way may be in the way."""
        try:
            self.made.git(*arguments)
        except subprocess.CalledProcessError:
            return False
        return True

    # --- coming to rest ----------------------------------------------------------------------------------

    def settle(self) -> None:
        """Let the person answer every question and refusal until nothing is left; AssertionError where that never ends."""
        for _ in range(_ROUNDS):
            for _ in range(50):
                if self._try("checkout", "--quiet", "main"):
                    break
                time.sleep(0.1)
            run = self.made(*self._run())
            assert "Traceback" not in run.err, run.err
            self._ended()
            asked = self.made("status", "--json").json["missing_rows"]
            for row in asked:
                self._answer_row(row)
            pushed = self.made("catalog", "push")
            if pushed.code:
                self._answer_refusal(pushed)
            elif not asked and run.code == 0:
                return
        raise AssertionError(f"it does not come to rest: {run.err} {asked} {pushed.err} {self._standing()}")

    def _answer_row(self, row: dict[str, Any]) -> None:
        answer = self._chance.choice(["put-back", "leave-out"])
        self.found.answers[f"{row['change']}: {answer}"] += 1
        done = self.made("catalog", answer, str(row["card"]))
        assert "Traceback" not in done.err, done.err

    def _answer_refusal(self, pushed: Done) -> None:
        """The person does one of the things that settle it, as the words of the refusal say."""
        assert "Traceback" not in pushed.err, pushed.err
        acts: dict[str, Callable[[], bool]] = {
            "rebase": lambda: self._try("pull", "--quiet", "--rebase") or not self._try("rebase", "--abort"),
            "reset to the remote": lambda: (
                self._try("fetch", "-q") and self._try("reset", "-q", "--hard", "@{upstream}")
            ),
            "force": lambda: self._try("push", "--quiet", "--force", "origin", "main"),
        }
        act = self._chance.choice(list(acts))
        self.found.answers[f"refused: {act}"] += 1
        acts[act]()

    def _standing(self) -> str:
        return self.made.git("log", "--oneline", "--graph", "-30", "main", "origin/main")

    # --- what must hold ----------------------------------------------------------------------------------

    def check(self) -> None:
        """Nothing lost, nothing doubled, no number twice, nothing paid twice, nothing asked any more."""
        self._check_papers()
        self._check_catalog()
        self._check_questions()
        asked = [len(self.llm.asked), self._calls_recorded()]
        quiet = self.made(*self._run())
        assert (quiet.code, [len(self.llm.asked), self._calls_recorded()]) == (0, asked), quiet.err
        found = self.found
        found.papers, found.poisoned, found.asked = len(self._announced), len(self._poison), len(self.llm.asked)

    def _check_papers(self) -> None:
        announced, spoiled = set(self._announced), {one.native for one in self._poison}
        tables = ("screenings", "relevances", "summaries", "handovers", "cards", "decisions")
        stood = {table: self._papers(table) for table in tables}
        for table in tables[:-1]:
            assert len(stood[table]) == len(set(stood[table])), f"{table}: doubled"
        assert set(stood["screenings"]) == announced, "a paper is lost"
        assert set(stood["handovers"]) == spoiled, "not before a person, or without need"
        assert set(stood["relevances"]) == announced - {one.native for one in self._poison if not one.summary}
        due = self._relevant & set(stood["relevances"]) | spoiled
        assert set(stood["cards"]) <= due, "a card that nobody asked for"
        assert {*stood["cards"], *stood["decisions"]} >= due, "a card is lost"

    def _papers(self, table: str) -> list[str]:
        rows = self._rows(f"select paper from candidates join {table} on number = candidate")  # noqa: S608 - ours
        return [row[0].removeprefix("arxiv:") for row in rows]

    def _check_catalog(self) -> None:
        verdicts = dict(
            self._rows(
                "select paper, verdict from candidates join decisions on number = candidate order by decisions.id"
            )
        )
        wanted = {paper.removeprefix("arxiv:") for paper, verdict in verdicts.items() if verdict == "approve"}
        texts = {"file": self.made.catalog.read_text(encoding="utf-8")}
        texts |= {"commit": self.made.git("show", "HEAD:catalog.md")}
        texts |= {"remote": self.made.git("-C", str(self._remote), "show", "main:catalog.md")}
        for where, text in texts.items():
            rows = read_entries(text.encode(), "catalog").rows
            ours = [paper.native for row in rows for paper in row.ids if paper.native in self._announced]
            assert sorted(ours) == sorted(wanted), f"{where}: lost {wanted - set(ours)}, held {Counter(ours)}"
            numbers = [row.number or 0 for row in rows]
            assert numbers == sorted(set(numbers)), f"{where}: a number twice, or out of order: {numbers}"
        self.made.git("fsck", "--strict", "--no-dangling")
        left = self.made.git("status", "--porcelain", "--untracked-files=no")
        assert left == "", f"neither committed nor a draft: {left}: {self.made.git('diff', 'HEAD')}"
        self.found.rows = len(wanted)

    def _check_questions(self) -> None:
        """No question was asked after its answer was recorded; where answers are useless, the lives' accounts tell."""
        usable = [
            asked
            for asked in self.llm.asked
            if _HARMLESS not in asked.ids and not any(one.spoils(asked) for one in self._poison)
        ]
        assert_asked_before_recorded(usable, self._rows("select question, at from replies"))

    def _rows(self, query: str) -> list[Any]:
        return rows_of(self.made, self._database, query)


def torment(folder: Path, kills: int, seed: int, database: str = "", *, poisoned: bool, head: bool) -> Found:
    """Kill so many lives, let all come to rest and check it; AssertionError says what is broken."""
    with Line(folder, seed, database, poisoned=poisoned, head=head) as line:
        while line.found.killed < kills:
            line.step()
        line.settle()
        line.check()
        return line.found
