"""A small world to learn from: papers about minds belong, papers about lattices do not."""

from __future__ import annotations

import random
from datetime import date, timedelta

from watcher.adapters.prefilters.trained import Phrases
from watcher.domain.papers.topic import Theme
from watcher.domain.screening.measure import LabeledPaper

PHRASES = Phrases.of(
    [Theme("models", ("language model", "LLM"), crossed=True), Theme("minds", ("theory of mind", "false beliefs"))]
)
_START = date(2026, 6, 1)
_MINDS = "language models reason about false beliefs theory of mind other agents social test".split()  # noqa: SIM905
_OTHER = "language models lattice phonon quantum spectra crystal bands magnetic order measure".split()  # noqa: SIM905


def labeled(count: int = 60, seed: int = 1) -> list[LabeledPaper]:
    dice = random.Random(seed)
    return [_one(number, dice) for number in range(count)]


def _one(number: int, dice: random.Random) -> LabeledPaper:
    belongs = number % 3 == 0
    words = dice.choices(_MINDS if belongs else _OTHER, k=40)
    return LabeledPaper(
        f"arxiv:2606.{number:05}",
        4 if belongs else 0,
        1.0,
        _START + timedelta(days=number % 6),
        title=" ".join(words[:6]),
        abstract=" ".join(words),
        categories=("cs.CL",),
    )
