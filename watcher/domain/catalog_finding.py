"""What a check of the catalog finds: which cell, what stands, what should stand, and how that is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from watcher.domain.catalog import CatalogEntry


class FindingKind(StrEnum):
    """What is the matter."""

    TITLE = "title"  # not the paper's title
    AUTHORS = "authors"  # not its first author, or not the form for two
    LINK = "link"  # no identifier although the paper is on arXiv
    WRONG_LINK = "wrong_link"  # the identifier stands for another paper, or for none
    YEAR = "year"  # not the year arXiv states
    VENUE = "venue"  # outdated, missing or another one
    UNCONFIRMED = "unconfirmed"  # nothing found that vouches for it
    ATTENTION = "attention"  # the figures speak for another level
    WITHDRAWN = "withdrawn"  # taken back by its authors
    SUMMARY = "summary"  # numbers or names the abstract does not hold
    SPELLING = "spelling"  # a name that the paper spells with other capitals
    DUPLICATE = "duplicate"  # the same paper twice
    UNLISTED = "unlisted"  # stands below the table, not in it
    ORDER = "order"  # an earlier year after a later one
    NUMBER = "number"  # rows not numbered 1, 2, 3 …
    TOTAL = "total"  # the stated total is not the number of papers


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where it is known from: a source (`arXiv`, `catalog`), its field, and what that says."""

    source: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at. `cell` is a name of `Cells`, or "" for the document as a whole.

    `stands` is the piece of the cell, as readers see it, that `proposal` would replace; an empty one is added.
    No proposal means that only a person can say. `confidence` (0–1) ranks by rule; it is no probability.
    """

    kind: FindingKind
    entry: CatalogEntry | None
    cell: str
    stands: str
    proposal: str | None
    evidence: Evidence
    confidence: float
