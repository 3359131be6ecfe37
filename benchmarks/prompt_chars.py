"""Counts the characters that the line sends to a model for days of 300 real papers, drawn with a seed.

    python benchmarks/prompt_chars.py [--days 10] [--papers 300] [--seed 1]

The shipped configuration runs from paper to card: scoring, triage, summaries and their verification. The model knows the
labels; in triage it names 3 % of all else in vain, and one summary a day needs its repair. `uncached` leaves out what
a server has seen at the beginning of an earlier question. Dollars are those of a day at the prices in watcher.toml, by
tokens of four ASCII characters or one other.
"""

from __future__ import annotations

import argparse
import gzip
import random
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the project, from wherever this is run

from benchmarks.label_reader import STREAM, LabelReader  # noqa: E402
from watcher.adapters.sources.jsonl import PaperFile  # noqa: E402
from watcher.bootstrap import Watcher  # noqa: E402
from watcher.domain.budget import Price  # noqa: E402
from watcher.settings import Settings, load_settings  # noqa: E402

STAGES = ("score", "triage", "summarize", "verify")
_NOW = datetime(2026, 7, 4, tzinfo=UTC)


@dataclass(frozen=True)
class Day:
    """What one day sent: by stage in `model`; `second_run` is what the same day sent a second time, in characters."""

    scored: int
    summarized: int
    model: LabelReader
    second_run: int

    @property
    def everything(self) -> int:
        """All characters."""
        return sum(sent.chars for sent in self.model.stages.values())

    @property
    def uncached(self) -> int:
        """The characters that no cache held."""
        return sum(sent.uncached for sent in self.model.stages.values())


def draw(papers: int, seed: int) -> list[str]:
    """The lines of a day: papers of the stream drawn at random."""
    with gzip.open(STREAM, "rt", encoding="utf-8") as lines:
        return random.Random(seed).sample(list(lines), papers)


def settings_in(folder: str) -> Settings:
    """The shipped settings, with their data in a folder."""
    return load_settings({"WATCHER_CONFIG": str(ROOT / "config"), "WATCHER_DATA": folder})


def measured(lines: list[str]) -> Day:
    """What a day of these papers sends, and what the same day sends a second time."""
    with tempfile.TemporaryDirectory() as folder:
        settings, day = settings_in(folder), Path(folder) / "day.jsonl"
        model = LabelReader(settings.topics[0])
        day.write_text("".join(lines), encoding="utf-8")
        watcher = Watcher(settings, sources=[PaperFile(day)], model=model, clock=lambda: _NOW, enrichers=())
        first = watcher.pipeline.run("first")
        found = model.stages
        model.stages = {}
        second = watcher.pipeline.run("second")
        model.stages = found
        watcher.close()
    if first.failures or second.failures:
        raise SystemExit(f"not whole: {first.failures} {second.failures}")
    return Day(first.counts["scored"], first.counts["summarized"], model, second.usage.prompt_chars)


def main() -> None:
    """Draw, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--papers", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    days = [measured(draw(given.papers, given.seed + day)) for day in range(given.days)]
    print(f"scored summarized calls {' '.join(f'{stage:>9}' for stage in STAGES)} everything uncached second-run")
    for day in days:
        parts = " ".join(f"{day.model.stages[stage].chars:9}" for stage in STAGES)
        print(
            f"{day.scored:6} {day.summarized:10} {day.model.calls:5} {parts} {day.everything:10} {day.uncached:8} "
            f"{day.second_run:10}"
        )
    print(f"mean: everything {mean(d.everything for d in days):.0f}, uncached {mean(d.uncached for d in days):.0f}")
    print(f"worst: everything {max(d.everything for d in days)}, uncached {max(d.uncached for d in days)}")
    with tempfile.TemporaryDirectory() as folder:
        prices = settings_in(folder).values.llm.prices
    for name, price in prices.items():
        print(f"{name}: ${mean(day.model.cost(Price(*price)) for day in days):.4f} a day of {given.papers} papers")


if __name__ == "__main__":
    main()
