"""The weekly report: what a week's judgement was worth and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from watcher.domain.audit import Recall
from watcher.domain.card import Usage
from watcher.domain.intervals import Estimate, exact_share
from watcher.domain.week import Week

RECALL_WEEKS = 12
"""Recall is told of so many weeks up to the report's, since one week's audit is too small to tell anything."""

COUNTS = ("announced", "screened", "passed", "scored", "relevant", "summarized", "approved", "rejected")


@dataclass(frozen=True, slots=True)
class CuratorWork:
    """What a curator (by bare name) did in a week; `minutes` by domain/effort.py."""

    curator: str
    decisions: int
    answers: int
    minutes: float


@dataclass(frozen=True, slots=True)
class SourceTrouble:
    """How often a feed failed or stalled in a week, of all the times it was read, and what it last said."""

    name: str
    readings: int
    failures: int
    error: str


@dataclass(frozen=True, slots=True)
class WeeklyReport:
    """A topic's week. Usage and `relevant_everywhere` are of all topics, for a model call knows no topic.

    `counts` has the names of COUNTS; approved and rejected are the decisions of the week that still stand.
    `scorers` and `summarizers` name the models whose verdicts and cells came in the week, `rules` the screenings'.
    """

    topic: str
    topic_title: str
    week: Week
    counts: Mapping[str, int]
    recall: Recall
    usage: Usage
    relevant_everywhere: int
    curators: tuple[CuratorWork, ...] = ()
    troubles: tuple[SourceTrouble, ...] = ()
    scorers: tuple[str, ...] = ()
    summarizers: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The outbox key: a report is posted once a week and topic."""
        return f"report/{self.topic}/{self.week}"

    @property
    def empty(self) -> bool:
        """Whether nothing happened at all, as in the week before a first start."""
        return not (any(self.counts.values()) or self.curators or self.usage.calls or self.troubles)

    @property
    def decided(self) -> int:
        """How many cards were approved or rejected."""
        return self.counts["approved"] + self.counts["rejected"]

    @property
    def precision(self) -> Estimate | None:
        """The share of decided cards that were approved; None while nothing was decided."""
        return exact_share(self.counts["approved"], self.decided) if self.decided else None

    @property
    def minutes(self) -> float:
        """All curators' minutes."""
        return sum(work.minutes for work in self.curators)

    @property
    def cost_per_relevant(self) -> float | None:
        """US dollars per relevant paper; None while there is none."""
        return self.usage.cost_usd / self.relevant_everywhere if self.relevant_everywhere else None
