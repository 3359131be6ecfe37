"""Papers found because they cite papers of the catalog, in addition to those that feeds announce."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from watcher.domain.papers.paper import PaperId

FEED: Final = "citations"
"""The name under which papers are announced that were found by citations."""

WEEKS: Final = 13
"""How many weeks back a citing paper may have been published: services learn of some papers weeks later."""

_ROWS_A_UNIT, _REQUESTS_A_UNIT = 30, 10


@dataclass(frozen=True, slots=True)
class CitedRow:
    """A row of the catalog that a paper cites; `number` is 0 if the catalog numbers no rows."""

    number: int
    title: str

    @property
    def label(self) -> str:
        """The shortest name of the cited row: `#12`, or its title if rows have no numbers."""
        return f"#{self.number}" if self.number else self.title

    @property
    def full(self) -> str:
        """Number and title of the cited row, as text."""
        return f"#{self.number} {self.title}" if self.number else self.title


@dataclass(frozen=True, slots=True)
class CitingPapers:
    """A service's answer about which papers cite the catalog's: pairs of (citing, cited) paper, and the number of
    requests made.

    `cut` says that the request budget ran out before everything was looked up, `error` why the service failed. Pairs
    found until then are included.
    """

    pairs: frozenset[tuple[PaperId, PaperId]] = frozenset()
    requests: int = 0
    cut: bool = False
    error: str = ""

    @property
    def outcome(self) -> SearchOutcome:
        """How the search ended: failed, cut off by the budget, or complete."""
        if self.error:
            return SearchOutcome.FAILED
        return SearchOutcome.CUT if self.cut else SearchOutcome.COMPLETE


class SearchOutcome(StrEnum):
    """How a week's search for papers that cite the catalog ended at one service."""

    COMPLETE = "complete"
    CUT = "cut"  # the budget of requests ended first
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CitationSearch:
    """Fact: a service (e.g. Semantic Scholar) was asked which papers cite a topic's catalog, with the number of `rows`
    asked about, of `papers` found and of `requests` sent.
    """

    week: str
    service: str
    outcome: SearchOutcome
    rows: int
    papers: int
    requests: int
    error: str = ""


@dataclass(frozen=True, slots=True)
class NetCounts:
    """How many papers of a week were found by the feeds alone, by citations alone, and by both."""

    feeds: int = 0
    citations: int = 0
    both: int = 0


def requests_for(rows: int) -> int:
    """The most requests that a week's search for citing papers may send: ten for each begun 30 rows of the catalog."""
    return _REQUESTS_A_UNIT * -(-rows // _ROWS_A_UNIT)


def window_start(monday: date) -> date:
    """The earliest publication date of papers for the week's search for citing papers: 13 weeks before the week's
    `monday`.
    """
    return monday - timedelta(weeks=WEEKS)


def is_within(paper: PaperId, published: date | None, since: date) -> bool:
    """Whether an arXiv paper was published on or after `since`, by the date `published` that a service states, else by
    the month in its id.
    """
    if published is not None:
        return published >= since
    place = paper.place
    return place is not None and place[0] >= (since.year - 2000) * 100 + since.month
