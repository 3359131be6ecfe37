"""Known relevance scores of papers, used to train and to measure screening."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from watcher.domain.papers.paper import Paper

BELONGS = 3
"""The score (0–4) from which a paper belongs to the topic."""
CORE = 4
"""The score of papers that a curator would add without hesitation."""


def level(score: float) -> int:
    """Round a relevance score to an integer, halves up: the mean of two raters who differ by one counts as the higher
    one.
    """
    return int(score + 0.5)


@dataclass(frozen=True, slots=True)
class Label:
    """A labeled example for training and evaluation: the known relevance score of a paper (0–4, possibly the mean of
    several raters). `paper` is its key, `weight` the number of announced papers it represents if the paper was drawn as
    a sample, and `day` its day of announcement, None if it came from elsewhere.
    """

    paper: str
    score: float
    weight: float = 1.0
    day: date | None = None

    @property
    def level(self) -> int:
        """The relevance score of the label rounded to an integer, halves up."""
        return level(self.score)

    @property
    def belongs(self) -> bool:
        """Whether the labeled paper is relevant to the topic: its score, rounded, is at least 3."""
        return self.level >= BELONGS


@dataclass(frozen=True, slots=True)
class LabeledPaper:
    """A label with the text and categories of its paper, as needed for training."""

    label: Label
    title: str
    abstract: str
    categories: tuple[str, ...]

    @classmethod
    def of(cls, label: Label, paper: Paper) -> LabeledPaper:
        """Combine a label with its paper's title, abstract and categories."""
        return cls(label, paper.title, paper.abstract, paper.categories)

    @property
    def paper(self) -> str:
        """The key of the paper, e.g. `arxiv:2306.12672`."""
        return self.label.paper

    @property
    def score(self) -> float:
        """The relevance score in the label (0–4)."""
        return self.label.score

    @property
    def weight(self) -> float:
        """The number of announced papers that the labeled paper represents."""
        return self.label.weight

    @property
    def day(self) -> date | None:
        """The paper's day of announcement; None if unknown, as for papers taken from the catalog."""
        return self.label.day

    @property
    def belongs(self) -> bool:
        """Whether the labeled paper is relevant to the topic: its score, rounded, is at least 3."""
        return self.label.belongs
