"""Simulates a quarter of triage with known papers: what the weekly report's first figure says, against what is true.

    python benchmarks/triage_recall.py [--quarters 400] [--svg docs/plots/triage-recall.svg]

Every day five batches hold two known papers each, chosen as the line does; a batch that misses one is asked again in
halves with others. How likely a known paper is to be named stays with it (intraclass correlation .8), so that asking
again tells little. The figure is computed by the product's own code from the answers of thirteen weeks.

`naive` counts every asking as if it were another paper. `easier`: the papers that nobody knows are named less often
than known papers are, by .05 and .10; the figure is above their recall by as much, and its interval holds it in fewer
quarters. `found`: half of the known papers are known because triage named them as news; `counted` if these counted,
`left out` as they are. `at least` is the width that so many independent answers leave to any interval, 2 · 1.96 standard
deviations of their share.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean

sys.path.insert(0, str(Path(__file__).parents[1]))  # the project, from wherever this is run

from watcher.domain.curation.recall import FEWEST_PLANTS, triage_recall
from watcher.domain.curation.weekly import RECALL_WEEKS
from watcher.domain.screening.measure import Estimate, exact_share
from watcher.domain.screening.triage import choose_plants

TRUTHS, COUNTS = (0.99, 0.95, 0.90, 0.75), (10, 25, 100, 150)
SAME = 0.8  # intraclass correlation of repeated answers about one line
EASIER = (0.05, 0.10)
SHOWN = 100  # known papers, where one number of them is shown
BATCHES = 5  # a day
Answers = list[tuple[list[str], list[str]]]


@dataclass(frozen=True)
class Quarter:
    """The answers of a quarter about known papers, and which of these triage had named as news."""

    answers: Answers
    news: frozenset[str]

    @property
    def naive(self) -> Estimate:
        """The share of all askings, each taken for a paper of its own."""
        asked = sum(len(plants) for plants, _ in self.answers)
        return exact_share(asked - sum(len(missed) for _, missed in self.answers), asked)


def likelihoods(truth: float, dice: random.Random) -> Iterator[float]:
    """For paper after paper, how likely it is to be named: beta-distributed with the mean `truth`."""
    both = 1 / SAME - 1
    while True:
        yield dice.betavariate(truth * both, (1 - truth) * both)


def quarter(truth: float, count: int, dice: random.Random, *, found: bool = False) -> Quarter:
    """A quarter with `count` known papers; with `found`, half of them are papers that triage named as news."""
    likely, known, news = likelihoods(truth, dice), dict[str, float](), set[str]()
    while len(known) < count:
        chance = next(likely)
        as_news = found and len(known) % 2 == 1
        if not as_news or dice.random() < chance:
            known[str(len(known))] = chance
            news |= {str(len(known) - 1)} if as_news else set()
    last, answers = dict[str, datetime](), Answers()

    def ask(day: int) -> bool:
        """Put a batch; whether it missed a known paper."""
        now = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=day)
        plants = list(choose_plants(known, str, last, now, frozenset()))
        last.update(dict.fromkeys(plants, now))
        missed = [key for key in plants if dice.random() >= known[key]]
        answers.append((plants, missed))
        return bool(missed)

    for day in (7 * week + day for week in range(RECALL_WEEKS) for day in range(5)):
        for _ in range(BATCHES):
            if ask(day):
                ask(day)
                ask(day)
    return Quarter(answers, frozenset(news))


@dataclass(frozen=True)
class Row:
    """What many quarters say of one truth and number of known papers: the mean figure, and the intervals that are told."""

    truth: float
    count: int
    value: float
    told: tuple[Estimate, ...]
    naive: float

    def covers(self, easier: float = 0.0) -> float:
        """In which part of the quarters the interval holds the recall of papers that are harder to name by so much."""
        return fmean(one.low <= self.truth - easier <= one.high for one in self.told)

    @property
    def mean(self) -> Estimate:
        """The mean interval."""
        return Estimate(*(fmean(getattr(one, end) for one in self.told) for end in ("value", "low", "high")))

    @property
    def least(self) -> float:
        """The width that is possible with so many answers."""
        return 2 * 1.96 * math.sqrt(self.truth * (1 - self.truth) / self.count)


def measured(truth: float, count: int, quarters: int) -> Row:
    """Simulate so many quarters."""
    dice = random.Random(f"{truth} {count}")
    every = [quarter(truth, count, dice) for _ in range(quarters)]
    found = [triage_recall(one.answers) for one in every]
    told = tuple(one.share for one in found if one.share is not None)
    assert bool(told) == (count >= FEWEST_PLANTS)
    naive = fmean(one.naive.low <= truth <= one.naive.high for one in every)
    return Row(truth, count, fmean(one.named / one.asked for one in found), told, naive)


@dataclass(frozen=True)
class Column:
    """A mean interval over its labels, and the recall that it should hold."""

    truth: float
    told: Estimate | None
    labels: tuple[str, ...]


LEFT, WIDTH, PANEL = 60, 700, 340


def panel(top: int, title: str, note: str, columns: list[Column]) -> Iterator[str]:
    """Columns side by side under a title, as elements of an SVG document."""
    across = (WIDTH - LEFT - 20) / len(columns)

    def y(recall: float) -> float:
        return top + 44 + (1 - recall) * (PANEL - 124) / 0.5

    yield f'<text x="{LEFT}" y="{top + 22}" font-weight="bold">{title}</text>'
    for tenth in range(5, 11):
        yield f'<text x="{LEFT - 8}" y="{y(tenth / 10) + 4:.0f}" text-anchor="end">{tenth * 10}%</text>'
    for place, one in enumerate(columns):
        x = LEFT + (place + 0.5) * across
        dashes = f"M{x - across / 2:.1f} {y(one.truth):.1f}h{across:.1f}"
        yield f'<path d="{dashes}" stroke="#b3541e" stroke-dasharray="4 3"/>'
        if one.told:
            yield f'<path d="M{x:.1f} {y(one.told.high):.1f}V{y(one.told.low):.1f}" stroke="#1f5fa8" stroke-width="5"/>'
            yield f'<circle cx="{x:.1f}" cy="{y(one.told.value):.1f}" r="5" fill="#1f5fa8"/>'
        for line, label in enumerate(one.labels):
            yield f'<text x="{x:.1f}" y="{top + PANEL - 54 + 18 * line}" text-anchor="middle">{label}</text>'
    yield f'<text x="{LEFT}" y="{top + PANEL - 12}">{note}</text>'


def svg(rows: list[Row]) -> str:
    """The mean intervals and how often they hold the truth, as an SVG document; then where known papers are easier."""
    every = [
        Column(row.truth, row.mean if row.told else None, (str(row.count), f"{row.covers():.3f}" if row.told else "–"))
        for row in rows
    ]
    easier = [
        Column(row.truth - part, row.mean, (f"{part:.2f}", f"{row.covers(part):.3f}"))
        for row in rows
        if row.count == SHOWN
        for part in (0.0, *EASIER)
    ]
    first = "known papers; part of the quarters whose interval holds the truth (dashes); bars: the mean interval"
    second = "easier by; part of the quarters whose interval holds the recall of the rest (dashes)"
    title = "Recall of triage on known papers: what a quarter tells"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {2 * PANEL}" role="img">',
            f"<title>{title}</title>",
            "<style>text{font:12px sans-serif;fill:#222}</style>",
            f'<rect width="{WIDTH}" height="{2 * PANEL}" fill="#fff"/>',
            *panel(0, title, first, every),
            *panel(PANEL, f"{SHOWN} known papers that are easier to name than the rest", second, easier),
            "</svg>",
            "",
        ]
    )


def main() -> None:
    """Print coverage, width and errors; exits with 1 where the interval covers the truth in fewer than .93."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quarters", type=int, default=400)
    parser.add_argument("--svg", type=Path)
    options = parser.parse_args()
    rows = [measured(truth, count, options.quarters) for truth in TRUTHS for count in COUNTS]
    for row in rows:
        told = "a count, no interval"
        if row.told:
            width = row.mean.high - row.mean.low
            told = f"covers {row.covers():.3f}, width {width:.3f} (at least {row.least:.3f})"
            told += "".join(f", easier by {part:.2f} covers {row.covers(part):.3f}" for part in EASIER)
        print(f"truth {row.truth:.2f}, {row.count:3} known: {told}; mean {row.value:.3f}, naive covers {row.naive:.2f}")
    for truth in TRUTHS:
        dice = random.Random(f"{truth} found")
        every = [quarter(truth, SHOWN, dice, found=True) for _ in range(options.quarters)]
        counted = fmean(r.named / r.asked for r in (triage_recall(one.answers) for one in every))
        left = fmean(r.named / r.asked for r in (triage_recall(one.answers, one.news) for one in every))
        print(
            f"truth {truth:.2f}, {SHOWN} known, half of them found by triage: counted {counted - truth:+.3f},"
            f" left out {left - truth:+.3f}"
        )
    if options.svg:
        options.svg.write_text(svg(rows), encoding="utf-8")
    sys.exit(any(row.told and row.covers() < 0.93 for row in rows))


if __name__ == "__main__":
    main()
