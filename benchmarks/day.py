"""Three real days from their feeds to their cards with a model that answers at once: what the watcher itself takes.

    python benchmarks/day.py [--database sqlite|postgres] [--times 3]

The feeds are read from files, the model is on loopback, cards go to the web desk: what is left is reading, screening,
asking, checking and writing everything down. Each time begins with an empty store; the best of the times is printed,
by the wall and by this process's processors, and what every stage had of it. At the end every feed is read once more.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the project, from wherever this is run

from benchmarks.crash import databases
from tests.scenarios.conftest import NOBODY
from tests.servers.llm import LlmServer
from watcher.bootstrap import Watcher
from watcher.pipeline.intake import FEEDS_ONLY
from watcher.pipeline.pipeline import STAGES
from watcher.pipeline.run import Run
from watcher.settings import load_settings

ROOT = Path(__file__).parents[1]
_ORDER = (
    "screen",
    "score",
    "summarize",
    "triage",
    "score",
    "summarize",
    "post",
)  # what triage names is judged after it
FEEDS = sorted((ROOT / "tests" / "data" / "feeds").glob("rss_cs.AI+cs.CL_2026-*.xml"))


@dataclass
class Times:
    """Seconds, and what was done in them."""

    wall: float = 0.0
    cpu: float = 0.0
    stages: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    counts: Counter[str] = field(default_factory=Counter)
    asked: int = 0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as name, databases(Path(name), given.database) as fresh:
        for place in range(given.times):
            folder = Path(name) / f"time-{place}"
            folder.mkdir()
            found.append(measured(folder, fresh()))
    first, again = min(found, key=lambda both: both[0].wall)
    counts = first.counts
    print(
        f"{len(FEEDS)} days on {given.database}: {counts['announced']} candidates, {counts['passed']} passed, "
        f"{counts['scored']} scored, {counts['posted']} cards, {first.asked} questions"
    )
    print(
        f"{first.wall:.2f} s by the wall, {first.cpu:.2f} s of processors: {1000 * first.wall / counts['announced']:.2f} ms "
        f"a candidate, {1000 * first.wall / first.asked:.0f} ms a question"
    )
    print(", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in first.stages.items()))
    print(f"the same feeds once more: {again.wall:.2f} s, {again.asked} questions, {again.counts['posted']} cards")


def measured(folder: Path, url: str) -> tuple[Times, Times]:
    """The days as they come, then all of them once more."""
    with LlmServer() as llm:
        shutil.copyfile(ROOT / "tests" / "data" / "catalog" / "catalog.md", folder / "catalog.md")
        environment = {"OPENAI_BASE_URL": llm.url, "OPENAI_API_KEY": "sk-test-0123456789", "WATCHER_MODEL": "m"}
        environment |= {"WATCHER_DATA": str(folder / "var"), "WATCHER_CATALOG": str(folder / "catalog.md")}
        environment |= {"DATABASE_URL": url, "WATCHER_CONFIG": str(ROOT / "config")}
        os.environ.update(environment | {"WATCHER_ARXIV_API_URL": f"{NOBODY}/"})
        return days(llm), days(llm)


def days(llm: LlmServer) -> Times:
    """Every feed on its day."""
    times, asked = Times(), llm.calls
    for feed in FEEDS:
        watcher = Watcher(load_settings(), feeds=[str(feed)], enrichers=[])
        began, before = time.monotonic(), time.process_time()
        day = feed.stem.rpartition("_")[2]
        _run(watcher, datetime.fromisoformat(f"{day}T05:00:00+00:00"), times)
        times.wall += time.monotonic() - began
        times.cpu += time.process_time() - before
        watcher.close()
    times.asked = llm.calls - asked
    return times


def _run(watcher: Watcher, now: datetime, times: Times) -> None:
    """As Pipeline.run does, with a look at the clock after every stage."""
    run = Run(watcher.pipeline.deps, f"day-{now:%m%d}", now)
    watcher.store.runs.start(run.run_id, run.started)

    def stage(name: str, do: Callable[[], None]) -> None:
        began = time.monotonic()
        do()
        times.stages[name] += time.monotonic() - began

    stage("collect", lambda: FEEDS_ONLY.take(run))
    for topic in watcher.settings.topics:
        for name in _ORDER:
            stage(name, partial(STAGES[name], run, topic))
    report = run.report()
    stage("report", lambda: watcher.store.runs.finish(report))
    if report.failures:
        sys.exit("\n".join(report.failures))
    times.counts.update(report.counts)


if __name__ == "__main__":
    main()
