"""Figures of what services count turned into the catalog's attention cell: a level and its reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from watcher.domain.paper import Paper, PaperId

LEVELS = ("低", "中", "高")  # the catalog's own words, lowest first
_DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Signal:
    """What one service counts for one paper at one moment; None where it says nothing.

    `venue` is where it says the paper was published, in the catalog's form; `repository` is `owner/name` at GitHub.
    A paper the service does not know has no figure at all, which is worth remembering too.
    """

    paper: PaperId
    source: str
    at: datetime
    citations: int | None = None
    upvotes: int | None = None
    stars: int | None = None
    venue: str = ""
    repository: str = ""


@dataclass(frozen=True, slots=True)
class Threshold:
    """From when on a figure speaks for a level: any one of them is enough. Citations are a year, of age at least one."""

    citations: float
    upvotes: int
    stars: int


@dataclass(frozen=True, slots=True)
class AttentionRule:
    """From when on attention is middle or high. A level that stands is left only when a figure is past its threshold by
    the share `margin` (0–1), so that it does not flap.
    """

    middle: Threshold
    high: Threshold
    margin: float


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of all services together: citations a year and in all, upvotes, stars."""

    citations: int | None
    yearly: float
    upvotes: int | None
    stars: int | None

    @property
    def known(self) -> bool:
        """Whether any service counts anything."""
        return any(figure is not None for figure in (self.citations, self.upvotes, self.stars))


def figures(signals: Iterable[Signal], paper: Paper, today: date) -> Figures:
    """All figures of a paper. Of two counts of citations the lower: records of preprints are often mixed up."""
    found = list(signals)
    citations = _least(signal.citations for signal in found)
    return Figures(
        citations=citations,
        yearly=(citations or 0) / max(1.0, _age(paper, today)),
        upvotes=_most(signal.upvotes for signal in found),
        stars=_most(signal.stars for signal in found),
    )


def level(found: Figures, rule: AttentionRule, standing: str = "") -> str:
    """The level the figures speak for; `standing` is the level that stands, "" for none."""
    sure = LEVELS.index(standing) if standing in LEVELS else None
    for rank, threshold in ((2, rule.high), (1, rule.middle)):
        leave = 1 - rule.margin if sure is not None and sure >= rank else 1.0
        leave = 1 + rule.margin if sure is not None and sure < rank else leave
        if _reaches(found, threshold, leave):
            return LEVELS[rank]
    return LEVELS[0]


def standing_level(cell: str) -> str:
    """The level a cell begins with, or "" where it says something else."""
    return next((word for word in LEVELS if cell.startswith(word)), "")


def attention(found: Figures, rule: AttentionRule, standing: str = "") -> str:
    """The cell, e.g. `中 (被引用 35、GitHub 1.2k★)`; "" when nothing is known, which leaves the catalog's own words."""
    if not found.known:
        return ""
    told: list[str] = []
    if found.citations is not None:
        told.append(f"被引用 {found.citations}")
    if found.upvotes:
        told.append(f"Hugging Face {found.upvotes}票")
    if found.stars:
        told.append(f"GitHub {_short(found.stars)}★")
    return f"{level(found, rule, standing)} ({'、'.join(told)})" if told else ""


def _reaches(found: Figures, threshold: Threshold, share: float) -> bool:
    return (
        found.yearly >= threshold.citations * share
        or (found.upvotes or 0) >= threshold.upvotes * share
        or (found.stars or 0) >= threshold.stars * share
    )


def _age(paper: Paper, today: date) -> float:
    month = paper.first_month
    first = paper.published or (date(month[0], month[1], 1) if month else date(paper.year, 1, 1))
    return (today - first).days / _DAYS_A_YEAR


def _short(count: int) -> str:
    return str(count) if count < 1000 else f"{count / 1000:.1f}".removesuffix(".0") + "k"


def _least(counts: Iterable[int | None]) -> int | None:
    known: Sequence[int] = [count for count in counts if count is not None]
    return min(known, default=None)


def _most(counts: Iterable[int | None]) -> int | None:
    known: Sequence[int] = [count for count in counts if count is not None]
    return max(known, default=None)
