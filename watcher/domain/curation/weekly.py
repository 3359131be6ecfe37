"""The weekly report for one topic: how many papers were screened, scored and decided, how well, and at what cost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from statistics import median_high
from typing import Self

from watcher.domain.budget import TOKYO, Usage
from watcher.domain.curation.recall import Recall, TriageRecall
from watcher.domain.errors import Misuse
from watcher.domain.papers.citations import CitationSearch, NetCounts
from watcher.domain.screening.measure import Estimate, exact_share

PAUSE = timedelta(minutes=10)
"""A gap longer than this between two clicks ends a session: the curator did something else."""

FIRST = timedelta(minutes=1)
"""The minutes counted for the first click of a session if the curator has no other clicks."""


def minutes_spent(acts: Iterable[tuple[str, datetime]]) -> Mapping[str, float]:
    """Estimate the minutes of work of each curator, from (curator, time) of every decision, edit and answer, in any
    order.

    A click counts the time since the one before it. When a session began is not known, so its first click counts as
    much as the median gap of that curator. Reading without clicking is not counted.
    """
    moments: dict[str, set[datetime]] = {}
    for curator, at in acts:
        moments.setdefault(curator, set()).add(at.replace(microsecond=0))  # one form may change cells and decide
    return {curator: _spent(sorted(found)).total_seconds() / 60 for curator, found in moments.items()}


def _spent(moments: list[datetime]) -> timedelta:
    gaps = [after - before for before, after in pairwise(moments)]
    short = [gap for gap in gaps if gap <= PAUSE]
    sittings = 1 + len(gaps) - len(short)
    return sum(short, timedelta()) + sittings * (median_high(short) if short else FIRST)


_NAME = re.compile(r"([0-9]{4})-W([0-9]{2})")
_YEARS = range(1991, 2200)  # arXiv began in 1991; the weeks before and after each must have a name too


@dataclass(frozen=True, slots=True)
class Week:
    """A calendar week in Tokyo, from Monday to Sunday."""

    monday: date

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """The calendar week (in Tokyo) that contains a time."""
        day = moment.astimezone(TOKYO).date()
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def named(cls, name: str) -> Self:
        """The week with an ISO name such as `2026-W27`. Raises Misuse."""
        if found := _NAME.fullmatch(name):
            with suppress(ValueError):  # a year without its 53rd week
                monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
                if monday.year in _YEARS:
                    return cls(monday)
        raise Misuse(f"not an ISO week: {name!r}", about="week", remedy="e.g. 2026-W27")

    def __str__(self) -> str:
        """The ISO name, e.g. `2026-W27`."""
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02}"

    @property
    def sunday(self) -> date:
        """The date of the week's Sunday, its last day."""
        return self.monday + timedelta(days=6)

    @property
    def begins(self) -> datetime:
        """The time at which the week begins: Monday 00:00 in Tokyo."""
        return datetime.combine(self.monday, time(), TOKYO)

    @property
    def ends(self) -> datetime:
        """The time at which the following week begins."""
        return self.earlier(-1).begins

    def earlier(self, weeks: int = 1) -> Week:
        """The week that is `weeks` weeks before this one."""
        return Week(self.monday - timedelta(weeks=weeks))


RECALL_WEEKS = 13
"""The number of weeks over which recall is estimated, a quarter, because one week holds too little."""

COUNTS = (
    "announced",
    "screened",
    "passed",
    "triaged",
    "named",
    "scored",
    "relevant",
    "summarized",
    "approved",
    "rejected",
)
"""The names of the counts in a weekly report."""


@dataclass(frozen=True, slots=True)
class CuratorWork:
    """One curator's work in a week: numbers of decisions on cards and of answers to the audit sample, and `minutes`,
    estimated from the times of the clicks (see `minutes_spent`).
    """

    curator: str
    decisions: int
    answers: int
    minutes: float


@dataclass(frozen=True, slots=True)
class SourceTrouble:
    """The failures of one feed in a week: how often it was read, how often that failed or found no new batch when one
    was due, and the latest error.
    """

    name: str
    readings: int
    failures: int
    error: str


@dataclass(frozen=True, slots=True)
class SummaryChecks:
    """How curators treated the summaries of papers they approved in a week, by the result of verification (the model's
    check against the abstract).

    verified: summaries in which verification found no fault; edited: those of them that a curator changed, so that
    verification may have missed a fault. flagged: summaries in which it found one; untouched: those of them that
    curators approved unchanged, so that it may have been a false alarm. cut: summaries without a fault for which
    injected instructions had been removed from the abstract.
    """

    verified: int = 0
    edited: int = 0
    flagged: int = 0
    untouched: int = 0
    cut: int = 0
    unchecked: int = 0


@dataclass(frozen=True, slots=True)
class WeeklyReport:
    """The weekly report on one topic: papers, decisions, curators' time, costs.

    `counts` has the names in COUNTS; approved and rejected count this week's decisions that are still in force. `usage`
    and `relevant_everywhere` are over all topics, because model calls are shared by topics. `scorers` and `summarizers`
    are the names of the models used in the week, `rules` those of the prefilters and keyword lists; `checks` compares
    verification with curators' edits. `nets` counts the week's relevant papers by how they were found (feeds, citations
    or both), `searches` are the searches for papers that cite the catalog.
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
    checks: SummaryChecks = SummaryChecks()
    triage: TriageRecall = field(default_factory=TriageRecall)
    nets: NetCounts = field(default_factory=NetCounts)
    searches: tuple[CitationSearch, ...] = ()

    @property
    def key(self) -> str:
        """The outbox key (idempotency key) of the report, one for each week and topic, under which it is posted once."""
        return f"report/{self.topic}/{self.week}"

    @property
    def empty(self) -> bool:
        """Whether nothing happened in the week, as before the deployment's first start."""
        return not (any(self.counts.values()) or self.curators or self.usage.calls or self.troubles)

    @property
    def decided(self) -> int:
        """The number of cards that were approved or rejected in the week."""
        return self.counts["approved"] + self.counts["rejected"]

    @property
    def precision(self) -> Estimate | None:
        """The share of approved cards among those approved or rejected in the week, with its interval; None without
        any.
        """
        return exact_share(self.counts["approved"], self.decided) if self.decided else None

    @property
    def minutes(self) -> float:
        """The estimated minutes that all curators together spent."""
        return sum(work.minutes for work in self.curators)

    @property
    def cost_per_relevant(self) -> float | None:
        """The cost of model calls in US dollars for each relevant paper, over all topics; None if no paper was
        relevant.
        """
        return self.usage.cost_usd / self.relevant_everywhere if self.relevant_everywhere else None
