"""What learning on gains: recall on a week that was held out, with and without what another week taught.

    python benchmarks/learning.py [--seeds 1]

The labels are those that ship with the topic: 1,966 papers of three weeks. Of a week each, a prefilter is shipped, it
learns on, and it is measured; all six orders, so that any two weeks change places. A new topic has nothing shipped and
learns from two weeks. What a deployment sees of its week: the papers that prefilter and core keywords put forward
(10 %), and those that triage names (99 % of what belongs, 3 % of all else). The model's scores are the labels, of
which four in sixty are one off; curators approve (3) or reject (1) what was scored 3 or 4. "put aside" are 150 papers a
week that triage did not name, taken as 0 with the weight of all of them.

Recall at a share is of all labeled papers that belong, each once; brackets hold 95 % bootstrap intervals over papers,
each with its mean over orders and seeds; a gain is the difference on the same papers. What reaches scoring at last is
r + t (1 - r), so of a gain in r there remains 1 - t, where t is the recall of triage.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from statistics import fmean

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the project, from wherever this is run

from watcher.adapters.prefilters import KeywordsAlone  # noqa: E402
from watcher.adapters.prefilters.trained import Phrases, Trained  # noqa: E402
from watcher.adapters.prefilters.training import fit, train  # noqa: E402
from watcher.domain.facts import Candidate  # noqa: E402
from watcher.domain.papers.paper import AnnounceType  # noqa: E402
from watcher.domain.papers.topic import Topic  # noqa: E402
from watcher.domain.screening.measure import BELONGS, Label, LabeledPaper  # noqa: E402
from watcher.settings import load_settings  # noqa: E402
from watcher.stages.screen import Screen  # noqa: E402
from watcher.training.files import read_labels, read_papers  # noqa: E402

SHARES = (0.05, 0.10, 0.15)
CONFIGURED = 0.10
TRIAGE, WEAK_TRIAGE, IN_VAIN, ONE_OFF = 0.99, 0.95, 0.03, 4 / 60
ASIDE, DRAWS = 150, 2000
SHIPPED, NEW, NOTHING, CURATORS = "shipped", "new topic", "nothing", "curators"

Papers = dict[str, LabeledPaper]


@dataclass(frozen=True)
class World:
    """The announced papers by week, the labels of some, the catalog's papers, and which papers have a core keyword."""

    topic: Topic
    weeks: Mapping[int, Papers]
    truth: Papers
    catalog: Sequence[LabeledPaper]
    core: frozenset[str]

    def level(self, key: str) -> int:
        """The true score; papers without a label do not belong."""
        return self.truth[key].level if key in self.truth else 0

    def shipped(self, week: int) -> list[LabeledPaper]:
        """The labels of a week and the catalog's papers."""
        return [*self.catalog, *(one for key, one in self.truth.items() if key in self.weeks[week])]

    def ranked(self, week: int, learned: Sequence[LabeledPaper]) -> list[str]:
        """The papers of a week, the most promising first; with nothing learned only those with a core keyword."""
        papers = self.weeks[week]
        if not learned:
            return [key for key in papers if key in self.core]
        phrases = Phrases.of(self.topic.themes)
        fitted = fit(learned, phrases)
        made = Trained(self.topic.slug, phrases, fitted.rarity, fitted.weights, -5, 3, (), frozenset())  # order is all
        score = {
            key: (key in self.core, made.probability(one.title, one.abstract, one.categories))
            for key, one in papers.items()
        }
        return sorted(papers, key=score.__getitem__, reverse=True)


def world() -> World:
    """The papers of tests/data and the labels that ship."""
    (topic,) = load_settings({"WATCHER_CONFIG": str(ROOT / "config")}).topics
    labels = read_labels(ROOT / "config" / "prefilters" / f"{topic.slug}.labels.jsonl.gz").texts
    papers, _ = read_papers(ROOT / "tests" / "data" / "papers" / "announced_2026-06-15_2026-07-03.jsonl.gz")
    screen, at = Screen(topic, KeywordsAlone()), datetime(2026, 7, 4, tzinfo=UTC)
    weeks, core = defaultdict[int, Papers](dict), set[str]()
    for key, one in papers.items():
        if one.day is not None and topic.categories.intersection(one.paper.categories):
            weeks[one.day.isocalendar().week][key] = LabeledPaper.of(Label(key, 0.0, 1.0, one.day), one.paper)
            if screen(Candidate(0, topic.slug, one.paper, AnnounceType.NEW, at)).priority == 0:
                core.add(key)
    announced = {key: one for key, one in labels.items() if one.day is not None}
    return World(topic, weeks, announced, [one for one in labels.values() if one.day is None], frozenset(core))


def scored_as(one: LabeledPaper, score: float, weight: float = 1.0) -> LabeledPaper:
    """The paper with another score."""
    return replace(one, score=score, weight=weight)


def lessons(here: World, week: int, order: Sequence[str], dice: random.Random) -> dict[str, Papers]:
    """What a deployment learns from a week that its prefilter puts into this order, by who teaches it."""
    papers = here.weeks[week]
    forward = set(order[: round(CONFIGURED * len(papers))]) | (here.core & papers.keys())
    cards, scores, aside = Papers(), Papers(), list[LabeledPaper]()
    for key, one in papers.items():
        level = here.level(key)
        if key not in forward and dice.random() >= (TRIAGE if level >= BELONGS else IN_VAIN):
            aside.append(one)
            continue
        said = min(4, max(0, level + dice.choice((-1, 1)))) if dice.random() < ONE_OFF else level
        scores[key] = scored_as(one, said)
        if said >= BELONGS:
            cards[key] = scored_as(one, 3 if level >= BELONGS else 1)
    put = {one.paper: scored_as(one, 0, len(aside) / ASIDE) for one in dice.sample(aside, ASIDE)}
    everything = {key: one for key, one in here.truth.items() if key in papers}
    both = scores | cards
    return {
        CURATORS: cards,
        "scores": scores,
        "both": both,
        "both, put aside": both | put,
        "all labels": everything,
    }


@dataclass(frozen=True)
class Trial:
    """Whether each paper that belongs was put forward, by (start, teacher, share), for every order and seed."""

    here: World
    hits: dict[tuple[str, str, float], dict[str, list[bool]]]

    def measure(self, start: str, teacher: str, held: int, learned: Sequence[LabeledPaper]) -> None:
        """Look at the held-out week with what was learned."""
        order, papers = self.here.ranked(held, learned), self.here.weeks[held]
        for share in SHARES:
            inside = set(order[: round(share * len(papers))])
            found = self.hits.setdefault((start, teacher, share), {})
            for key in papers:
                if self.here.level(key) >= BELONGS:
                    found.setdefault(key, []).append(key in inside)

    def learn_on(self, held: int, first: int, second: int, order: Sequence[str], seed: int) -> None:
        """Learn from the second week beside what the first one shipped, which puts it into this order; or from both,
        where nothing was shipped.
        """
        here, dice = self.here, random.Random(f"{seed} {held} {first}")
        shipped = here.shipped(first)
        for teacher, taught in lessons(here, second, order, dice).items():
            self.measure(SHIPPED, teacher, held, [*shipped, *taught.values()])
        if first < second:
            weeks = [lessons(here, week, here.ranked(week, ()), dice) for week in (first, second)]
            for teacher in [each for each in weeks[0] if each != CURATORS]:  # these reject too little to learn from
                taught = weeks[0][teacher] | weeks[1][teacher]
                self.measure(NEW, teacher, held, [*here.catalog, *taught.values()])


def trial(here: World, seeds: int) -> Trial:
    """All orders and seeds."""
    made = Trial(here, {})
    for held, first, second in permutations(sorted(here.weeks), 3):
        made.measure(SHIPPED, NOTHING, held, here.shipped(first))
        made.measure(NEW, NOTHING, held, ())
        order = here.ranked(second, here.shipped(first))
        for seed in range(seeds):
            made.learn_on(held, first, second, order, seed)
        print(f"week {held} was held out", file=sys.stderr, flush=True)
    return made


def interval(values: Sequence[float], sign: str = "") -> str:
    """The mean and its bootstrap interval; with the sign "+" for gains."""
    dice = random.Random(0)
    drawn = sorted(fmean(dice.choices(values, k=len(values))) for _ in range(DRAWS))
    mean, low, high = (f"{value:{sign}.3f}" for value in (fmean(values), drawn[DRAWS // 40], drawn[-DRAWS // 40]))
    return f"{mean} ({low} to {high})"


def rows(hits: Mapping[tuple[str, str, float], Mapping[str, Sequence[bool]]]) -> Iterator[str]:
    """The lines of the table."""
    for start, teacher in dict.fromkeys((start, teacher) for start, teacher, _ in hits):
        cells = []
        for share in SHARES:
            mine = {key: fmean(each) for key, each in sorted(hits[start, teacher, share].items())}
            base = {key: fmean(each) for key, each in hits[start, NOTHING, share].items()}
            gain = [value - base[key] for key, value in mine.items()]
            r = fmean(mine.values())
            cell = f"{share:.0%}: {interval(list(mine.values()))}, gain {interval(gain, '+')}"
            if share == CONFIGURED:
                cell += "; at last " + ", ".join(f"{r + t * (1 - r):.4f} (t {t})" for t in (TRIAGE, WEAK_TRIAGE))
            cells.append(cell)
        yield f"{start}, learns from {teacher}\n  " + "\n  ".join(cells)


def main() -> None:
    """Print the table, and what a training takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1)
    seeds = parser.parse_args().seeds
    here = world()
    began = time.process_time()
    train([*here.truth.values(), *here.catalog], Phrases.of(here.topic.themes), here.topic.slug)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"a training with calibration: {time.process_time() - began:.0f} s of a processor, {memory} MB at most")
    for week, papers in sorted(here.weeks.items()):
        print(f"week {week}: {len(papers)} papers, {sum(here.level(key) >= BELONGS for key in papers)} belong")
    print("\n".join(rows(trial(here, seeds).hits)))


if __name__ == "__main__":
    main()
