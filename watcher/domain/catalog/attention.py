"""Computes the catalog's attention cell, which says how much a paper is noticed (low, middle or high, with the
figures), from citations, upvotes and GitHub stars.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from watcher.domain.catalog.catalog import CatalogEntry, CatalogReading, Place
from watcher.domain.catalog.check import Evidence, Finding, FindingKind
from watcher.domain.catalog.match import Match
from watcher.domain.catalog.venue_claims import VenueClaim
from watcher.domain.papers.paper import Paper, PaperId
from watcher.domain.text import has_japanese

_LEVELS = ("低", "中", "高")
"""Low, middle and high, in the catalog's own words."""
_DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Signal:
    """The answer of one service (e.g. Semantic Scholar) about one paper at one time: citations, upvotes and stars, None
    where it gives no figure.

    `claims` are about where the paper was published, `doi` is that of the publication, `repository` is `owner/name` on
    GitHub. A signal without any of these records that the service does not know the paper, so that it is not asked
    again soon.
    """

    paper: PaperId
    source: str
    at: datetime
    citations: int | None = None
    upvotes: int | None = None
    stars: int | None = None
    repository: str = ""
    doi: str = ""
    claims: tuple[VenueClaim, ...] = ()


@dataclass(frozen=True, slots=True)
class Threshold:
    """The figures from which an attention level is reached; any one of them is enough. `citations` are per year."""

    citations: float
    upvotes: int
    stars: int


@dataclass(frozen=True, slots=True)
class AttentionRule:
    """The thresholds of the attention levels middle and high.

    `margin` (0–1) is a hysteresis: to change the level that the catalog states, a figure must be past the threshold by
    this share of it, so that a level does not change back and forth.
    """

    middle: Threshold
    high: Threshold
    margin: float


@dataclass(frozen=True, slots=True)
class Figures:
    """How much one paper is noticed, combined from all services: citations in total and per year, upvotes, GitHub
    stars.
    """

    citations: int | None
    yearly: float
    upvotes: int | None
    stars: int | None

    @property
    def known(self) -> bool:
        """Whether any service gave a citation count, upvotes or stars for the paper."""
        return any(figure is not None for figure in (self.citations, self.upvotes, self.stars))


def figures(signals: Iterable[Signal], paper: Paper, today: date) -> Figures:
    """Combine the citation counts, upvotes and stars that services give for one paper.

    Of several citation counts the lowest is taken, because services often mix up the records of preprints.
    """
    found = list(signals)
    citations = min((one.citations for one in found if one.citations is not None), default=None)
    return Figures(
        citations=citations,
        # A paper of a few weeks counts as one year old: its first citations would otherwise look like hundreds a year.
        yearly=(citations or 0) / max(1.0, _age(paper, today)),
        upvotes=max((one.upvotes for one in found if one.upvotes is not None), default=None),
        stars=max((one.stars for one in found if one.stars is not None), default=None),
    )


def level(found: Figures, rule: AttentionRule, current: str = "") -> str:
    """The attention level (低, 中 or 高: low, middle or high) for a paper's citations, upvotes and stars; `current` is
    the level in the catalog now, "" for none.
    """
    sure = _LEVELS.index(current) if current in _LEVELS else None
    for rank, threshold in ((2, rule.high), (1, rule.middle)):
        # Hysteresis: easier to stay at a level or above it, harder to climb to it.
        leave = 1 - rule.margin if sure is not None and sure >= rank else 1.0
        leave = 1 + rule.margin if sure is not None and sure < rank else leave
        if _reaches(found, threshold, leave):
            return _LEVELS[rank]
    return _LEVELS[0]


def current_level(cell: str) -> str:
    """The attention level (低, 中 or 高) at the beginning of an attention cell's text; "" if there is none."""
    return next((word for word in _LEVELS if cell.startswith(word)), "")


def attention(found: Figures, rule: AttentionRule, current: str = "") -> str:
    """The text of a catalog's attention cell for a paper's figures, e.g. `中 (被引用 35、GitHub 1.2k★)`; "" when no
    figure is known. `current` is the level in the catalog now, "" for none.
    """
    if not found.known:
        return ""
    told: list[str] = []
    if found.citations is not None:
        told.append(f"被引用 {found.citations}")
    if found.upvotes:
        told.append(f"Hugging Face {found.upvotes}票")
    if found.stars:
        short = str(found.stars) if found.stars < 1000 else f"{found.stars / 1000:.1f}".removesuffix(".0") + "k"
        told.append(f"GitHub {short}★")
    return f"{level(found, rule, current)} ({'、'.join(told)})" if told else ""


def _reaches(found: Figures, threshold: Threshold, share: float) -> bool:
    return (
        found.yearly >= threshold.citations * share
        or (found.upvotes or 0) >= threshold.upvotes * share
        or (found.stars or 0) >= threshold.stars * share
    )


def _age(paper: Paper, today: date) -> float:
    """The age of a paper in years."""
    # The most exact date that is known: the day of submission, else the month in the id, else the year.
    month = paper.first_month
    first = paper.published or (date(month[0], month[1], 1) if month else date(paper.year, 1, 1))
    return (today - first).days / _DAYS_A_YEAR


_UNKNOWN = "未調査"
_CONFIDENCE = 0.85  # services sometimes mix up the records of preprints


def signal_findings(
    reading: CatalogReading,
    truth: Mapping[Place, Match],
    signals: Mapping[PaperId, Sequence[Signal]],
    rule: AttentionRule,
    today: date,
) -> Iterator[Finding]:
    """Compare the attention cells of all catalog rows with services' citations, upvotes and stars; yield a finding for
    each that should change.

    Rows whose paper is not certain (`truth` has no match by id) are left out: their figures could be another paper's.
    """
    for entry in reading.rows:
        match = truth.get(entry.place)
        paper = match.paper if match and match.by_id else None
        said = signals.get(paper.id, ()) if paper else ()
        if paper is not None and said:
            yield from _attention(entry, paper, said, rule, today)


def _attention(
    entry: CatalogEntry, paper: Paper, said: Sequence[Signal], rule: AttentionRule, today: date
) -> Iterator[Finding]:
    """A finding if the level changes, or if the row says that nobody has looked up the figures yet.

    New figures at the same level are no finding: they change every week. A cell in another language is left to people.
    """
    if any(map(str.isalpha, entry.attention)) and not has_japanese(entry.attention):
        return
    current = current_level(entry.attention)
    cell = attention(figures(said, paper, today), rule, current)
    if not cell or (current == current_level(cell) and _UNKNOWN not in entry.attention):
        return
    sources = "、".join(sorted({signal.source for signal in said}))
    evidence = Evidence(sources, "citations, upvotes, stars", cell)
    yield Finding(FindingKind.ATTENTION, entry, "attention", entry.attention, cell, evidence, _CONFIDENCE)
