"""Simulates a quarter of triage with known papers: what the weekly report's first figure says, against what is true.

    python benchmarks/triage_recall.py [--quarters 400] [--svg docs/plots/triage-recall.svg]

Every day five batches hold two known papers each, chosen as the line does; a batch that misses one is asked again in
halves with others. How likely a known paper is to be named stays with it (intraclass correlation .8), so that asking
again tells little. The figure is computed by the product's own code from the answers of thirteen weeks.

`naive` counts every asking as if it were another paper. `easier` is how far the figure is above the truth where what
is missed is named less often than known papers are, by .05 and .10; `found` where half of the known papers are known
because triage named them as news: `counted` if these counted, `left out` as they are.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean

sys.path.insert(0, str(Path(__file__).parents[1]))  # the project, from wherever this is run

from watcher.domain.curation.triage_recall import FEWEST_PLANTS, triage_recall
from watcher.domain.curation.weekly import RECALL_WEEKS
from watcher.domain.screening.intervals import Estimate, exact_share
from watcher.domain.screening.triage import choose_plants

TRUTHS, COUNTS = (0.99, 0.95, 0.90, 0.75), (10, 25, 100, 150)
SAME = 0.8  # intraclass correlation of repeated answers about one line
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
    """What many quarters say of one truth and number of known papers; `told` is the mean interval that is told."""

    truth: float
    count: int
    value: float
    covers: float
    told: Estimate | None
    naive: float

    @property
    def width(self) -> float | None:
        """The mean width of the interval."""
        return self.told.high - self.told.low if self.told else None


def measured(truth: float, count: int, quarters: int) -> Row:
    """Simulate so many quarters."""
    dice = random.Random(f"{truth} {count}")
    every = [quarter(truth, count, dice) for _ in range(quarters)]
    found = [triage_recall(one.answers) for one in every]
    shares = [one.share for one in found if one.share is not None]
    assert bool(shares) == (count >= FEWEST_PLANTS)
    told = Estimate(*(fmean(getattr(s, end) for s in shares) for end in ("value", "low", "high"))) if shares else None
    return Row(
        truth=truth,
        count=count,
        value=fmean(one.named / one.asked for one in found),
        covers=fmean(s.low <= truth <= s.high for s in shares) if shares else float("nan"),
        told=told,
        naive=fmean(one.naive.low <= truth <= one.naive.high for one in every),
    )


def svg(rows: list[Row]) -> str:
    """The mean interval for each truth (line across) and number of known papers, as an SVG document."""
    width, height, left, top = 640, 330, 60, 44
    across = (width - left - 20) / len(rows)

    def y(recall: float) -> float:
        return top + (1 - recall) * (height - top - 60) / 0.5

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        "<title>Recall of triage on known papers: what a quarter tells</title>",
        "<style>text{font:13px sans-serif;fill:#222}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{left}" y="22" font-weight="bold">Recall of triage on known papers: what a quarter tells</text>',
        *(f'<text x="{left - 8}" y="{y(n / 10) + 4}" text-anchor="end">{n * 10}%</text>' for n in range(5, 11)),
    ]
    for place, row in enumerate(rows):
        x = left + (place + 0.5) * across
        parts.append(
            f'<path d="M{x - across / 2:.1f} {y(row.truth):.1f}h{across:.1f}" stroke="#b3541e" stroke-dasharray="4 3"/>'
        )
        if row.told:
            low, high, value = y(row.told.low), y(row.told.high), y(row.told.value)
            parts.append(f'<path d="M{x:.1f} {high:.1f}V{low:.1f}" stroke="#1f5fa8" stroke-width="5"/>')
            parts.append(f'<circle cx="{x:.1f}" cy="{value:.1f}" r="5" fill="#1f5fa8"/>')
        else:
            parts.append(f'<text x="{x:.1f}" y="{y(row.truth) + 20:.1f}" text-anchor="middle">count</text>')
        parts.append(f'<text x="{x:.1f}" y="{height - 34}" text-anchor="middle">{row.count}</text>')
    note = "known papers; dots and bars: mean figure and interval, dashes: the truth"
    return "\n".join([*parts, f'<text x="{left}" y="{height - 10}">{note}</text></svg>', ""])


def main() -> None:
    """Print coverage, width and errors; exits with 1 where the interval covers the truth in fewer than .93."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quarters", type=int, default=400)
    parser.add_argument("--svg", type=Path)
    options = parser.parse_args()
    rows = [measured(truth, count, options.quarters) for truth in TRUTHS for count in COUNTS]
    for row in rows:
        told = f"covers {row.covers:.3f}, width {row.width:.3f}" if row.told else "a count, no interval   "
        print(f"truth {row.truth:.2f}, {row.count:3} known: {told}, mean {row.value:.3f}; naive covers {row.naive:.2f}")
    for truth in TRUTHS:
        dice = random.Random(f"{truth} found")
        every = [quarter(truth, 100, dice, found=True) for _ in range(options.quarters)]
        counted = fmean(r.named / r.asked for r in (triage_recall(one.answers) for one in every))
        left = fmean(r.named / r.asked for r in (triage_recall(one.answers, one.news) for one in every))
        easier = next(row for row in rows if (row.truth, row.count) == (truth, 100))
        print(
            f"truth {truth:.2f}, 100 known, easier by .05 / .10: {easier.value - truth + 0.05:+.3f} /"
            f" {easier.value - truth + 0.10:+.3f}; half found by triage, counted {counted - truth:+.3f},"
            f" left out {left - truth:+.3f}"
        )
    if options.svg:
        options.svg.write_text(svg(rows), encoding="utf-8")
    sys.exit(any(row.covers < 0.93 for row in rows))


if __name__ == "__main__":
    main()
