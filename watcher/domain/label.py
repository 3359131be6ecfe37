"""What is known of a paper's relevance: a score, and how many announced papers it stands for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from watcher.domain.paper import Paper

BELONGS = 3
"""The score from which a paper belongs (the criteria's scale)."""
CORE = 4
"""The score of papers that a curator would add at once."""


def level(score: float) -> int:
    """The score as an integer; the mean of raters who differ by one counts for the paper."""
    return int(score + 0.5)


@dataclass(frozen=True, slots=True)
class Label:
    """A score (0-4, maybe a mean of raters) given to a paper, the papers it stands for, and when it was announced."""

    paper: str
    score: float
    weight: float = 1.0
    day: date | None = None

    @property
    def level(self) -> int:
        """The score as an integer."""
        return level(self.score)

    @property
    def belongs(self) -> bool:
        """Whether the paper belongs to the topic."""
        return self.level >= BELONGS


@dataclass(frozen=True, slots=True)
class LabeledPaper:
    """A label with what a prefilter may learn from: the text and the categories of its paper."""

    label: Label
    title: str
    abstract: str
    categories: tuple[str, ...]

    @classmethod
    def of(cls, label: Label, paper: Paper) -> LabeledPaper:
        """A label of a paper that is at hand."""
        return cls(label, paper.title, paper.abstract, paper.categories)

    @property
    def paper(self) -> str:
        """The paper's key."""
        return self.label.paper

    @property
    def score(self) -> float:
        """Its score."""
        return self.label.score

    @property
    def weight(self) -> float:
        """How many announced papers it stands for."""
        return self.label.weight

    @property
    def day(self) -> date | None:
        """When it was announced; None when it came by no announcement, like the catalog's own papers."""
        return self.label.day

    @property
    def belongs(self) -> bool:
        """Whether the paper belongs to the topic."""
        return self.label.belongs
