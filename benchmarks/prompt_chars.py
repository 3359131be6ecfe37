"""Counts the characters that the line sends to a model for days of 300 real papers, drawn with a seed.

    python benchmarks/prompt_chars.py [--days 10] [--papers 300] [--share 0.1] [--seed 1]

The shipped configuration runs from feed to card: it screens as configured, and the most promising share is scored.
What belongs by the labels is summarized, filled up to the share of the stream that belongs (by weight 1.2 %), and
one summary a day needs its repair; each is verified. `uncached` leaves out static parts that a server has seen the same day.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import re
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the project, from wherever this is run

from tests.servers.llm_verify import all_ok  # noqa: E402
from watcher.adapters.sources.jsonl import PaperFile  # noqa: E402
from watcher.bootstrap import Watcher  # noqa: E402
from watcher.domain.budget import Usage  # noqa: E402
from watcher.domain.facts import Candidate  # noqa: E402
from watcher.ports import Reply, Request  # noqa: E402
from watcher.settings import load_settings  # noqa: E402

STREAM = ROOT / "tests" / "data" / "papers" / "announced_2026-06-15_2026-07-03.jsonl.gz"
LABELS = ROOT / "tests" / "data" / "labels" / "judged_2026-06-15_2026-07-03.jsonl"
BELONGS = 0.012
_NOW = datetime(2026, 7, 4, tzinfo=UTC)
_LABEL = re.compile(r"^arXiv:(\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Chars:
    """What one day sent, in characters: the papers scored and summarized, everything, and what no cache held."""

    scored: int
    summarized: int
    calls: int
    everything: int
    uncached: int
    second_run: int


@dataclass
class Counting:
    """A language model that keeps its questions; it finds `belonging`, and as many others as make up `quota`."""

    belonging: frozenset[str]
    quota: int
    name: str = "counting"
    recorded: bool = False
    asked: list[Request] = field(default_factory=list)

    def ask(self, request: Request) -> Reply:
        """Scores by label; the first summary breaks a rule, so that it is repaired."""
        spoiled = sum(one.stage == "summarize" for one in self.asked) == 0
        self.asked.append(request)
        said = self._scores(request) if request.stage == "score" else _summary(request, spoiled)
        said = all_ok(request.user) if request.stage == "verify" else said
        usage = Usage(calls=1, prompt_chars=len(request.system) + len(request.user))
        return Reply(json.dumps(said, ensure_ascii=False), self.name, "stop", usage)

    def _scores(self, request: Request) -> object:
        verdicts = []
        for arxiv_id in _LABEL.findall(request.user):
            belongs = arxiv_id in self.belonging or self.quota > 0
            self.quota -= belongs
            verdicts.append(
                {"arxiv_id": arxiv_id, "score": 4 * belongs, "criterion": "a" * belongs, "reason_ja": "主題による。"}
            )
        return {"papers": verdicts}


def _summary(request: Request, spoiled: bool) -> object:
    text = "言語モデルを世界のモデルとして用い、行動の結果を予測してから計画する方法を扱う。" * 3
    ending = "これはとても良いと思います。" if spoiled else "その限界も論じた。"
    evidence = re.findall(r"^Title: (.+)$", request.user, re.MULTILINE)[:1] * 4  # a passage for every sentence
    return {"summary_ja": text + ending, "categories_ja": ["世界モデル"], "evidence": evidence}


def draw(papers: int, seed: int) -> list[str]:
    """The lines of a day: papers of the stream drawn at random."""
    with gzip.open(STREAM, "rt", encoding="utf-8") as lines:
        return random.Random(seed).sample(list(lines), papers)


def belonging() -> frozenset[str]:
    """The ids of the papers that both raters together judged 3 or higher."""
    rows = map(json.loads, LABELS.read_text(encoding="utf-8").splitlines())
    return frozenset(row["arxiv_id"] for row in rows if mean(row["scores"]) >= 3)


def measured(lines: list[str], share: float) -> Chars:
    """What a day of these papers sends, and what the same day sends a second time."""
    labeled = belonging() & {json.loads(line)["arxiv_id"] for line in lines}
    model = Counting(labeled, math.ceil(BELONGS * len(lines)) - len(labeled))
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings({"WATCHER_CONFIG": str(ROOT / "config"), "WATCHER_DATA": folder})
        day, best = Path(folder) / "day.jsonl", Path(folder) / "best.jsonl"
        day.write_text("".join(lines), encoding="utf-8")
        watcher = Watcher(settings, sources=[PaperFile(best)], model=model, clock=lambda: _NOW, enrichers=())
        chosen = promising(watcher, PaperFile(day), round(share * len(lines)))
        best.write_text("".join(line for line in lines if json.loads(line)["arxiv_id"] in chosen), encoding="utf-8")
        first = watcher.pipeline.run("first")
        paid = list(model.asked)
        second = watcher.pipeline.run("second")
        watcher.close()
    if first.failures or second.failures:
        raise SystemExit(f"not whole: {first.failures} {second.failures}")
    return Chars(
        scored=first.counts["scored"],
        summarized=first.counts["summarized"],
        calls=len(paid),
        everything=first.usage.prompt_chars,
        uncached=sum(map(len, {one.system for one in paid})) + sum(len(one.user) for one in paid),
        second_run=second.usage.prompt_chars,
    )


def promising(watcher: Watcher, day: PaperFile, count: int) -> frozenset[str]:
    """The ids of the papers that the configured screening puts first, as scoring would take them."""
    (screen,) = watcher.pipeline.deps.screens.values()
    found = [a for reading in day.read() for a in reading.announcements]
    judged = [(screen(Candidate(0, "", a.paper, a.announce_type, _NOW), 0.0), a.paper.id.native) for a in found]
    passed = [(s.priority, -(s.probability or 0.0), native) for s, native in judged if s.passed]
    return frozenset(native for *_, native in sorted(passed)[:count])


def main() -> None:
    """Draw, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--papers", type=int, default=300)
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    days = [measured(draw(given.papers, given.seed + day), given.share) for day in range(given.days)]
    print("scored summarized calls everything uncached second-run")
    for day in days:
        print(
            f"{day.scored:6} {day.summarized:10} {day.calls:5} {day.everything:10} {day.uncached:8} {day.second_run:10}"
        )
    print(f"mean: everything {mean(d.everything for d in days):.0f}, uncached {mean(d.uncached for d in days):.0f}")
    print(f"worst: everything {max(d.everything for d in days)}, uncached {max(d.uncached for d in days)}")


if __name__ == "__main__":
    main()
