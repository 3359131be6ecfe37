"""The catalog stage and its pushes killed with -9 at random moments, while people edit the file and the remote, go
elsewhere with HEAD and take rows out.

`python -m tests.catalog_kills FOLDER` is the life that is killed: it follows decisions and pushes until nothing waits.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from threading import Thread

from tests import commands
from tests.adapters.catalogs.rows import SEED
from tests.factories import NOW, RUN, a_relevance, a_screening, a_summary, a_topic, an_announcement
from watcher.adapters.catalogs.files import adopt_branch
from watcher.adapters.catalogs.markdown import MarkdownCatalog, removed_from
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.adapters.catalogs.markdown_learn import learn_shape
from watcher.adapters.catalogs.publishing import Publishing, Upstream
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade
from watcher.domain.catalog.shape import DEFAULT, Shape
from watcher.domain.errors import WatcherError
from watcher.domain.facts import Decision, RowChange, Verdict
from watcher.domain.papers.paper import PaperId
from watcher.domain.summaries.cells import RowContent
from watcher.pipeline.push import Publisher
from watcher.stages.catalog import catalog, look_for_rows

PAPERS = 30
TOPIC = "llm-x-world-models"
_ANSWERS = 6
_OLD_ROWS = 20  # before the bot's, in the catalog as it begins
_RESET = ["reset", "--quiet", "--hard", "HEAD~1"]
_BEGIN = "begin.md"  # the catalog as it is at first, beside the working copy


def _titles(count: int) -> list[str]:
    return [f"Old Paper {n} on Worlds" for n in range(1, count + 1)]


def _bullets() -> bytes:
    items = [f"- [{title}](https://arxiv.org/abs/2501.{n:05d}) (2025-01)" for n, title in enumerate(_titles(20), 1)]
    return "\n".join(["# Papers", "", *items, ""]).encode()


def _years() -> bytes:
    lines = ["# Papers", ""]
    for year, titles in (("2024", _titles(10)), ("2025", _titles(20)[10:])):
        rows = [f"| {t} | {year} | [arXiv](https://arxiv.org/abs/2501.{t.split()[2]:>05}) |" for t in titles]
        lines += [f"## {year}", "", "| Title | Year | Link |", "| --- | --- | --- |", *rows, ""]
    return "\n".join([*lines, "Total: 20 papers", ""]).encode()


CATALOGS = {"seed": SEED.read_bytes() + b"\n\n", "bullets": _bullets() + b"\n", "years": _years() + b"\n"}
"""Catalogs of several shapes that the lives begin with."""
AUTHOR = ("Watcher", "watcher@example.org")


def clock() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def live(folder: Path) -> None:
    """Follow every decision, look for the rows, then push; what fails is left for the next life."""
    database = open_database(folder / "x.db")
    store, path = SqlStore(database), folder / "papers" / "catalog.md"
    shape = shape_of((folder / _BEGIN).read_bytes())
    document = MarkdownCatalog(path, *AUTHOR, shape=shape)
    publisher = Publisher(Publishing(path, AUTHOR, Upstream("direct"), shape=shape), store, clock)
    print("alive", flush=True)
    for number, wanted in store.catalog.to_write(TOPIC):
        with telling():
            catalog(number, document, store, wanted=wanted, now=clock(), sharing=[TOPIC])
        publisher.publish()
    with telling():
        look_for_rows(document, store, [TOPIC], clock())
    with telling():
        publisher.push()
    database.close()


def shape_of(begin: bytes) -> Shape:
    """The shape of a catalog as it begins; the seed's needs no learning."""
    return DEFAULT if begin == CATALOGS["seed"] else learn_shape(begin, "catalog")


@contextmanager
def telling() -> Iterator[None]:
    """What fails is told and left for another time, as it is where HEAD is elsewhere."""
    try:
        yield
    except WatcherError as error:
        print(error, flush=True)


class World:
    """A store with cards, a working copy, a remote, and somebody else's clone of it."""

    def __init__(self, folder: Path, seed: int, kind: str = "seed") -> None:
        self.shape = shape_of(CATALOGS[kind])
        (folder / _BEGIN).write_bytes(CATALOGS[kind])
        self.folder, self.dice = folder, Random(seed)
        self.path, self.remote, self.clone = folder / "papers" / "catalog.md", folder / "remote.git", folder / "hana"
        self.edits: list[str] = []
        self.moves = Random(seed + 1)
        self.taken_out: set[int] = set()
        self.resets = self.pushed = 0
        self.found = Counter[RowChange]()
        database = open_database(folder / "x.db")
        upgrade(database)
        self.store = SqlStore(database)
        for n in range(1, PAPERS + 1):
            self.store.papers.announce([an_announcement(f"2606.{n:05d}", title=f"Paper {n}")], [a_topic()], RUN, NOW)
            self.store.papers.add_screenings([(n, a_screening())], RUN, NOW)
            self.store.scoring.add_relevances([(n, a_relevance())], [], RUN, NOW)
            self.store.summaries.add(n, a_summary(), RUN, NOW)
        self.path.parent.mkdir()
        self.path.write_bytes(CATALOGS[kind])
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("add", ".")
        self.git("commit", "--quiet", "--message=begin")
        self.git("init", "--quiet", "--bare", "--initial-branch=main", str(self.remote))
        self.git("remote", "add", "origin", str(self.remote))
        self.git("push", "--quiet", "origin", "main")
        self.git("clone", "--quiet", str(self.remote), str(self.clone))
        adopt_branch(self.path)  # rows go to main, whatever is checked out at the first of them

    def git(self, *arguments: str, folder: Path | None = None) -> str:
        """What git says, by somebody called Hana."""
        hana = ["-c", "user.name=Hana", "-c", "user.email=h@example.org", "-c", "commit.gpgsign=false"]
        command = ["git", *hana, *arguments]
        done = subprocess.run(command, cwd=folder or self.path.parent, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def meanwhile(self) -> None:
        """Curators decide, and people edit here and there, on top of whatever a kill left behind. Rows that were lost are
        asked for again.
        """
        asked = [*self.store.catalog.missing(), *self.store.catalog.returned()]
        self.found.update(gone.change for gone in asked)
        for gone in asked:
            if gone.change is not RowChange.TAKEN_OUT and self.moves.random() < 0.5:
                self.store.cards.decide(gone.candidate, Decision(Verdict.APPROVE, "hana", clock(), "web"))
        for number in self.dice.sample(range(1, PAPERS + 1), 3):
            verdict = self.dice.choice([Verdict.APPROVE, Verdict.APPROVE, Verdict.UNDO])
            self.store.cards.decide(number, Decision(verdict, "hana", clock(), "web"))
        self.tidy()
        mark = f"手書き{len(self.edits)}"
        place = self.dice.choice(["draft", "committed", "pushed", "none"])
        if not self.is_at_home():
            place = "none"
        elif self.moves.random() < 0.3:
            self.take_out()
        if place in {"draft", "committed"}:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"{mark}\n\n")
            self.edits.append(mark)
        if place == "committed":
            self.committed_by_hand(mark)
        if place == "pushed":
            self.git("pull", "--quiet", "--no-rebase", "origin", "main", folder=self.clone)
            # A row of its own, where nobody else writes: one cell changed on both sides would be people's to merge.
            self.pushed += 1
            old = 1 + self.pushed % _OLD_ROWS
            cell = f"| **{old}. " if self.shape.exact else f"Old Paper {old} "
            text = (self.clone / "catalog.md").read_text(encoding="utf-8")
            (self.clone / "catalog.md").write_text(text.replace(cell, f"{cell}{mark} ", 1), encoding="utf-8")
            self.git("commit", "--quiet", "--all", f"--message={mark}", folder=self.clone)
            self.refuse(wanted=False)
            self.pushed_by_hand()
            self.edits.append(mark)
        self.refuse(wanted=self.dice.random() < 0.4)

    def is_at_home(self) -> bool:
        """Whether somebody can come back to the catalog's branch, with drafts merged into what came there meanwhile; the
        git of a killed watcher may hold a lock.
        """
        return (
            self.git("branch", "--show-current") == "main"
            or self.try_git("checkout", "--quiet", "main")
            or self.try_git("checkout", "--quiet", "--merge", "main")
        )

    def tidy(self) -> None:
        """Hana commits her drafts, or resets the watcher's last commit away."""
        if not self.is_at_home() or self.moves.random() < 0.4:
            return
        if self.is_the_watchers_alone():
            self.resets += self.try_git(*_RESET)
        else:
            self.try_git("commit", "--quiet", "--all", "--message=drafts")

    def take_out(self) -> None:
        """Hana takes a paper's row out, where nothing else is under way, and commits that."""
        number = self.moves.randint(1, PAPERS)
        row = RowContent(PaperId("arxiv", f"2606.{number:05d}"), self.store.cards.get(number).cells, "")
        before = self.path.read_bytes()
        after, _ = removed_from(before, row, "catalog", shape=self.shape)
        if (
            after != before
            and self.git("status", "--porcelain") == ""
            and not (self.path.parent / ".git" / "MERGE_HEAD").exists()
        ):
            self.path.write_bytes(after)
            self.committed_by_hand("taken out")
            self.taken_out.add(number)

    def wander(self, seconds: float) -> None:
        """While a watcher lives, a person goes elsewhere with HEAD and comes back, or resets a commit of its away, which
        may be pushed already.
        """
        acts = self.moves.choice(
            [["checkout", "--quiet", "-B", "draft"], ["checkout", "--quiet", "--detach"], _RESET, _RESET]
        )
        time.sleep(seconds * self.moves.random())
        if acts is not _RESET or self.is_the_watchers_alone():
            self.resets += self.try_git(*acts) and acts is _RESET
        time.sleep(seconds * self.moves.random())
        self.try_git("checkout", "--quiet", "main")

    def is_the_watchers_alone(self) -> bool:
        """Whether a reset takes away nothing that people did: the last commit is the watcher's, and no draft stands."""
        last = self.git("log", "-1", "--format=%s")
        return last.startswith("catalog: ") and self.git("status", "--porcelain", "--untracked-files=no") == ""

    def try_git(self, *arguments: str) -> bool:
        """Whether git did it: a lock or a draft may be in the way."""
        try:
            self.git(*arguments)
        except subprocess.CalledProcessError:
            return False
        return True

    def committed_by_hand(self, mark: str) -> None:
        """Somebody commits all that stands; the git of a watcher killed a moment ago may still hold the index."""
        for _ in range(20):
            with suppress(subprocess.CalledProcessError):
                self.git("commit", "--quiet", "--all", f"--message={mark}")
                return
            time.sleep(0.1)
        raise AssertionError("the index is never free")

    def pushed_by_hand(self) -> None:
        """Hana pushes; the git of a watcher killed a moment ago may still be quicker, so she tries again."""
        for _ in range(5):
            try:
                self.git("push", "--quiet", "origin", "main", folder=self.clone)
            except subprocess.CalledProcessError:
                self.git("pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main", folder=self.clone)
            else:
                return
        raise AssertionError("the remote is never quiet")

    def refuse(self, *, wanted: bool) -> None:
        """Have the remote turn every push away, or not."""
        hook = self.remote / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        draft = hook.with_suffix(".draft")  # the one in place may be running: it is replaced, not written to
        draft.write_text(f"#!/bin/sh\nexit {int(wanted)}\n")
        draft.chmod(0o755)
        draft.replace(hook)

    def life(self, seconds: float | None) -> int:
        """One life, killed so long after its first breath; None lets it end. Gives its exit code."""
        command = ["-m", "tests.catalog_kills", str(self.folder)]
        with commands.start(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "alive\n", "a life did not begin"
            walker = Thread(target=self.wander, args=(seconds or 0,))
            if seconds is not None and self.moves.random() < 0.6:
                walker.start()
            try:
                process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.kill()
            code = process.wait()
        if walker.ident:
            walker.join()
        return code

    def settle(self) -> None:
        """Let everything come to rest, and say what does not hold. AssertionError."""
        self.refuse(wanted=False)
        for _ in range(300):
            if self.is_at_home():
                break
            time.sleep(0.1)
        else:
            raise AssertionError(f"nobody can come back to the branch: {self.git('status', '--short', '--branch')}")
        for _ in range(_ANSWERS):  # what a push takes in may bring rows back that were withdrawn here
            self.life(None)
            asked = [*self.store.catalog.missing(), *self.store.catalog.returned()]
            self.found.update(row.change for row in asked)
            for row in asked:
                verdict = Verdict.APPROVE if row.change is RowChange.LOST else Verdict.REJECT
                self.store.cards.decide(row.candidate, Decision(verdict, "hana", clock(), "web"))
            if not asked:
                break
        lives = [self.life(None) for _ in range(3)]  # the git of the last one killed may still be at work in the first
        assert lives[1:] == [0, 0], f"the last lives ended with {lives}"
        wanted = {f"2606.{n:05d}" for n in range(1, PAPERS + 1) if self.store.cards.get(n).state.value == "cataloged"}
        left = self.store.catalog.to_write(TOPIC)
        assert left == [], f"decisions are not followed: {[(n, self.store.cards.get(n).trouble) for n, _ in left]}"
        pushed = self.git("show", "main:catalog.md", folder=self.remote)
        texts = {"file": self.path.read_text(encoding="utf-8"), "commit": self.git("show", "HEAD:catalog.md")}
        refused = [failure.error for failure in self.store.catalog.push_failures()]
        assert refused == [], f"not pushed: {refused}"
        for where, text in (texts | {"remote": pushed}).items():
            reading = read_entries(text.encode(), "catalog", self.shape)
            ours = [entry.ids[0].native for entry in reading.rows if entry.ids and entry.ids[0].native >= "2606"]
            assert sorted(ours) == sorted(wanted), f"{where}: lost {wanted - set(ours)}, held {set(ours) - wanted}"
            numbers = [entry.number for entry in reading.rows if entry.number is not None]
            assert numbers == sorted(set(numbers)), f"{where}: a number twice, or out of order"
            assert bool(numbers) == self.shape.exact
            assert (reading.total is None) == (self.shape.total == "")
            assert reading.total is None or reading.total.count == len(reading.rows), f"{where}: the total"
        text = self.path.read_text(encoding="utf-8")
        assert [edit for edit in self.edits if text.count(edit + "\n") + text.count(edit + " ") != 1] == [], (
            "an edit is lost or doubled"
        )
        self.git("fsck", "--strict", "--no-dangling")
        status = self.git("status", "--porcelain", "--untracked-files=no")
        assert status == "" or self.git("diff", "HEAD") != "", f"the index alone holds something else: {status}"
        assert self.git("rev-parse", "HEAD") == self.git("rev-parse", "main", folder=self.remote), "not pushed"
        for line in self.git("log", "--no-merges", "--format=%H %s", "--grep=^catalog: ").splitlines():
            commit, _, verb, name = line.split(" ")
            before, after = (self.git("show", f"{at}:catalog.md") for at in (f"{commit}~1", commit))
            link = f"abs/{name.removeprefix('arXiv:')})"
            was, now = before.count(link), after.count(link)
            assert now == (verb == "add"), line
            assert was == (verb != "add") or (was, now) == (0, 0), line  # a number that became free
        self.store.database.close()


def torment(folder: Path, kills: int, seed: int, kind: str = "seed") -> tuple[int, World]:
    """Kill so many lives at random moments, then see that all is well; gives how many were killed at work, and the world
    they were killed in.
    """
    world = World(folder, seed, kind)
    killed, span = 0, 1.2
    for _ in range(kills):
        world.meanwhile()
        moment = world.dice.uniform(0.0, 1.0) * span
        if world.life(moment) == -signal.SIGKILL:
            killed += 1
        else:
            span = min(span, moment)  # this machine's lives are over before that
    world.settle()
    return killed, world


if __name__ == "__main__":
    live(Path(sys.argv[1]))
