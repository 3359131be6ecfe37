"""The weekly report for one topic: how many papers were screened, scored and decided, how well, and at what cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from watcher.domain.audit import Recall
from watcher.domain.card import Usage
from watcher.domain.intervals import Estimate, exact_share
from watcher.domain.week import Week

RECALL_WEEKS = 12
"""The number of weeks over which recall is estimated, because the audit of one week is too small."""

COUNTS = ("announced", "screened", "passed", "scored", "relevant", "summarized", "approved", "rejected")
"""The names of the counts in a weekly report."""


@dataclass(frozen=True, slots=True)
class CuratorWork:
    """One curator's week. `minutes` is an estimate from the times of the clicks (see `minutes_spent`)."""

    curator: str
    decisions: int
    answers: int
    minutes: float


@dataclass(frozen=True, slots=True)
class SourceTrouble:
    """How many of a feed's readings in a week failed or stalled, and the latest error."""

    name: str
    readings: int
    failures: int
    error: str


@dataclass(frozen=True, slots=True)
class WeeklyReport:
    """The report on one topic's week.

    `counts` has the names in COUNTS; approved and rejected count this week's decisions that still stand. `usage` and
    `relevant_everywhere` are over all topics, because model calls are shared by topics. `scorers` and `summarizers`
    name the models used in the week, `rules` the screenings.
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
        """The key of this message in the outbox; for each key one message is sent, so one for each week and topic."""
        return f"report/{self.topic}/{self.week}"

    @property
    def empty(self) -> bool:
        """Whether nothing happened, as before a deployment's first start."""
        return not (any(self.counts.values()) or self.curators or self.usage.calls or self.troubles)

    @property
    def decided(self) -> int:
        """The number of cards that were approved or rejected."""
        return self.counts["approved"] + self.counts["rejected"]

    @property
    def precision(self) -> Estimate | None:
        """The share of decided cards that were approved; None if none was decided."""
        return exact_share(self.counts["approved"], self.decided) if self.decided else None

    @property
    def minutes(self) -> float:
        """The minutes of all curators together."""
        return sum(work.minutes for work in self.curators)

    @property
    def cost_per_relevant(self) -> float | None:
        """US dollars for each relevant paper; None if there is none."""
        return self.usage.cost_usd / self.relevant_everywhere if self.relevant_everywhere else None
