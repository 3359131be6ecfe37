"""Whole days through the line with triage: how much of what belongs reaches scoring.

    python benchmarks/triage_days.py [--seeds 100] [--missed 0.05] [--vain 0.03] [--keywords]

The prefilter is trained on the days before 2026-06-29 and has not seen the five days that follow. Each of these goes from
a file of its papers to its cards, as often as there are seeds. The model knows the labels; in triage it leaves out a part
of what belongs and names a part of all else, drawn for each paper from the seed. Known to belong, and hidden in its
questions, is what was labeled before. Reading and screening a day, which no seed changes, is done once, on a database
that the days before went through; every seed goes on from a copy of it.

With r for the share of what belongs that screening puts forward, r + (1 - missed)(1 - r) of it must be scored, in the
mean over the seeds within .005. Once nothing is left to triage, a further run must ask nothing. `--keywords` does without
a prefilter. Ends with 1 where something of this is not so.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from math import sqrt
from pathlib import Path
from statistics import mean, stdev

import sqlalchemy as sa

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the project, from wherever this is run

from benchmarks.label_reader import LABELS, STREAM, LabelReader, levels, papers_by_title  # noqa: E402
from watcher.adapters.sources.jsonl import PaperFile  # noqa: E402
from watcher.adapters.store import tables as t  # noqa: E402
from watcher.bootstrap import Watcher  # noqa: E402
from watcher.bootstrap.configuration import styles_of  # noqa: E402
from watcher.domain.papers.topic import Topic  # noqa: E402
from watcher.domain.screening.measure import BELONGS  # noqa: E402
from watcher.domain.screening.triage import Line  # noqa: E402
from watcher.domain.summaries.style import Style  # noqa: E402
from watcher.pipeline.intake import NOTHING  # noqa: E402
from watcher.pipeline.pipeline import Pipeline  # noqa: E402
from watcher.settings import Settings, load_settings  # noqa: E402
from watcher.training.evaluate import split  # noqa: E402
from watcher.training.files import read_labels, read_papers  # noqa: E402

FIRST = date(2026, 6, 29)
_NEAR = 0.005
_RUNS = 5  # a day's run, those in which what stayed unread is read or scored, and one more


@dataclass(frozen=True)
class Found:
    """What a day came to for one seed: the papers that belong, those of them that screening put forward and that were
    scored; the papers triaged and named; the questions by stage, and those of the last run.
    """

    belonging: int
    passed: int
    scored: int
    triaged: int
    named: int
    runs: int
    calls: Counter[str]
    last: int


class Days:
    """The days, each with a database in which it was read and screened, and what was known before the first one."""

    def __init__(self, folder: Path, *, keywords: bool) -> None:
        self._folder = folder
        self._config = folder / "config"
        shutil.copytree(ROOT / "config", self._config)
        self._forget(self.settings("none").topics[0])
        if keywords:
            values = self._config / "watcher.toml"
            values.write_text(values.read_text(encoding="utf-8").replace('"learned"', '"keywords"'), encoding="utf-8")
        self.topic = self.settings("none").topics[0]
        self.days = self._screened()

    def settings(self, name: str) -> Settings:
        """The settings of a deployment with a data folder of this name."""
        return load_settings({"WATCHER_CONFIG": str(self._config), "WATCHER_DATA": str(self._folder / name)})

    def _forget(self, topic: Topic) -> None:
        """Leave prefilter and labels as they would have been before the first day."""
        stream, shipped = read_papers(STREAM)[0], self._config / "prefilters"
        trained, _ = split(topic, read_labels(LABELS).labeled(stream)[0], stream, FIRST)
        (shipped / f"{topic.slug}.json.gz").write_bytes(trained.content)
        with gzip.open(LABELS, "rt", encoding="utf-8") as lines:
            before = [line for line in lines if json.loads(line).get("announced", "") < str(FIRST)]
        with gzip.open(shipped / LABELS.name, "wt", encoding="utf-8") as kept:
            kept.writelines(before)

    def _screened(self) -> list[date]:
        days = defaultdict[date, list[str]](list)
        with gzip.open(STREAM, "rt", encoding="utf-8") as lines:
            for line in lines:
                days[date.fromisoformat(json.loads(line)["announced"])].append(line)
        found = sorted(day for day in days if day >= FIRST)
        for day in found:
            (self._folder / "today.jsonl").write_text("".join(days[day]), encoding="utf-8")
            watcher, pipeline = self.opened("days", day, LabelReader(self.topic, missed=0, vain=0))
            pipeline.run(f"read-{day}", until="screen")
            paths = self.settings("days").data / "watcher.db", self._folder / f"{day}.db"
            with closing(sqlite3.connect(paths[0])) as database, closing(sqlite3.connect(paths[1])) as copy:
                database.backup(copy)
            pipeline.run(f"run-{day}", NOTHING)
            watcher.close()
        return found

    @cached_property
    def _styles(self) -> dict[str, Style]:
        return styles_of(self.settings("none"))

    def opened(self, name: str, day: date, model: LabelReader) -> tuple[Watcher, Pipeline]:
        """A deployment on a morning. Lines, which no seed changes, are made once."""
        now = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
        source = PaperFile(self._folder / "today.jsonl")
        watcher = Watcher(self.settings(name), sources=[source], model=model, clock=lambda: now, enrichers=())
        watcher.styles = self._styles
        return watcher, Pipeline(replace(watcher.pipeline.deps, lines={self.topic.slug: Remembered(self.topic)}))

    def run(self, day: date, model: LabelReader) -> Found:
        """Have a model judge a day until nothing is left to triage, and once more."""
        shutil.rmtree(self._folder / "seed", ignore_errors=True)
        settings = self.settings("seed")
        settings.data.mkdir()
        shutil.copyfile(self._folder / f"{day}.db", settings.data / "watcher.db")
        watcher, pipeline = self.opened("seed", day, model)
        counts, runs, last = Counter[str](), 0, -1
        while last and runs < _RUNS:
            before, waited = model.calls, runs and sum(watcher.store.triage.untriaged(self.topic.slug))
            counts.update(pipeline.run(f"seed-{runs}", NOTHING).counts)
            last = model.calls - before
            runs += 1
            if runs > 1 and not waited:
                break
        found = _of_day(watcher, day)
        watcher.close()
        belonging, passed, scored = (len(some) for some in found)
        calls = Counter({stage: sent.calls for stage, sent in model.stages.items()})
        named = counts["flagged_by_triage"]
        return Found(belonging, passed, scored, counts["triaged"], named, runs, calls, last)


class Remembered(Line):
    """Makes the line of a paper once."""

    _known: dict[tuple[str, str], str] = {}  # noqa: RUF012 - one for all

    def __call__(self, title: str, abstract: str) -> str:
        """The line."""
        if (title, abstract) not in self._known:
            self._known[title, abstract] = super().__call__(title, abstract)
        return self._known[title, abstract]


def _of_day(watcher: Watcher, day: date) -> tuple[set[str], set[str], set[str]]:
    """What belongs of a day's papers, what of it screening put forward, and what of it was scored."""
    query = (
        sa.select(t.candidates.c.paper, t.screenings.c.passed, t.relevances.c.candidate)
        .join(t.announcements, t.announcements.c.id == t.candidates.c.announcement)
        .join(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
        .outerjoin(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
        .where(t.announcements.c.announced_on == day)
    )
    with watcher.store.database.read() as connection:
        rows = [row for row in connection.execute(query) if levels().get(row[0], 0) >= BELONGS]
    return {row[0] for row in rows}, {row[0] for row in rows if row[1]}, {row[0] for row in rows if row[2] is not None}


def told(found: Iterable[Found], missed: float) -> tuple[float, float, float]:
    """(share of what belongs that screening put forward, that was scored, that should be) of a seed's days."""
    days = list(found)
    whole = sum(day.belonging for day in days)
    passed, scored = (sum(getattr(day, name) for day in days) / whole for name in ("passed", "scored"))
    return passed, scored, passed + (1 - missed) * (1 - passed)


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--missed", type=float, default=0.05)
    parser.add_argument("--vain", type=float, default=0.03)
    parser.add_argument("--keywords", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        days = Days(Path(name), keywords=given.keywords)
        papers_by_title(days.topic)
        found = []
        for seed in range(given.seeds):
            readers = [LabelReader(days.topic, seed, given.missed, given.vain) for _ in days.days]
            found.append([days.run(day, reader) for day, reader in zip(days.days, readers, strict=True)])
    shares = [told(some, given.missed) for some in found]
    every = [day for some in found for day in some]
    scored, due = mean(share[1] for share in shares), mean(share[2] for share in shares)
    spread = stdev(share[1] for share in shares) / sqrt(len(shares)) if len(shares) > 1 else 0.0
    print(f"{len(days.days)} days, {given.seeds} seeds; {sum(day.belonging for day in found[0])} papers belong")
    print(f"put forward by screening r = {shares[0][0]:.4f}; scored {scored:.4f} (standard error {spread:.4f})")
    print(f"r + {1 - given.missed:g} (1 - r) = {due:.4f}: {scored - due:+.4f}")
    print(f"triaged a day {mean(day.triaged for day in every):.1f}, named {mean(day.named for day in every):.1f}")
    print(
        f"questions a day: { {s: round(mean(day.calls[s] for day in every), 2) for s in ('score', 'triage', 'verify')} }"
    )
    print(f"runs until nothing is left: {dict(sorted(Counter(day.runs - 1 for day in every).items()))} (days by runs)")
    print(f"questions of the last run, in all: {sum(day.last for day in every)}")
    return 0 if abs(scored - due) <= _NEAR and not any(day.last for day in every) else 1


if __name__ == "__main__":
    sys.exit(main())
